"""How this person reads this chapter here: the settings that count, and the plan of the pages. No I/O."""

from typing import Any

import msgspec

from app.accounts.models import User
from app.library.models import Direction
from app.reading.profiles import (
    Profile,
    Screen,
    is_too_narrow_for_two,
    screen_of,
    settings_of,
    suggested,
)
from app.reading.reader_settings import Origin, ReaderSettings, Scope, Values, known, resolve
from app.reading.views import Mode, Plan, Wide, mode_of

ALWAYS = "reader"
"""The person's own defaults, inside `Preference.reading`."""
_OUTWARD = {
    Scope.SERIES: Origin.SERIES,
    Scope.DEVICE: Origin.DEVICE,
    Scope.ALWAYS: Origin.ALWAYS,
}


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """What this person said, and what they read on. `device` None: not met before."""

    series: Values
    device: Values | None
    name: str
    profile: Profile
    screen: Screen
    always: Values

    def layers(self) -> list[tuple[Origin, Values]]:
        return [
            (Origin.SERIES, self.series),
            (Origin.DEVICE, self.device or {}),
            (Origin.PROFILE, settings_of(self.profile)),
            (Origin.ALWAYS, self.always),
        ]

    def beyond(self, scope: Scope) -> list[tuple[Origin, Values]]:
        """The layers that count where this scope says nothing."""
        layers = self.layers()
        at = [origin for origin, _ in layers].index(_OUTWARD[scope])
        return layers[at + 1 :]

    def said_in(self, scope: Scope) -> Values:
        return {
            Scope.SERIES: self.series,
            Scope.DEVICE: self.device or {},
            Scope.ALWAYS: self.always,
        }[scope]


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    here: Here
    settings: ReaderSettings
    mode: Mode

    @property
    def plan(self) -> Plan:
        said = self.settings
        return Plan(
            mode=self.mode,
            layout=said.layout,
            is_shifted=said.shift,
            wide=said.wide,
            half_steps=said.half_steps,
            is_narrow=is_too_narrow_for_two(self.here.profile, self.here.screen),
        )

    @property
    def needs_shapes(self) -> bool:
        """Whether it matters which pages are wide."""
        plan = self.plan
        return not plan.mode.is_strip and (plan.is_double or plan.wide is not Wide.ALONE)


def here_of(
    person: User,
    user_agent: str,
    *,
    series: Values | None = None,
    device: Any = None,
) -> Here:
    """`device` is a row of devices, or anything with its columns; None where it was never met."""
    if device is None:
        profile = suggested(user_agent)
        measured = None
    else:
        profile = device.profile
        measured = Screen(device.width, device.height)
    return Here(
        series=series or {},
        device=None if device is None else device.settings,
        name="" if device is None else device.name,
        profile=profile,
        screen=screen_of(profile, measured),
        always=always_of(person),
    )


def always_of(person: User) -> Values:
    said = (person.preference.reading or {}).get(ALWAYS)
    return said if isinstance(said, dict) else {}


def manner_of(
    here: Here, *, series: Direction | None, is_strip: bool, library: Direction
) -> Manner:
    """`series` is the direction its metadata names; `is_strip` what its pages look like."""
    said = resolve(here.layers()).settings
    modes = {origin: known(layer).get("mode") for origin, layer in here.layers()}
    mode = mode_of(
        chosen=modes[Origin.SERIES],
        series=series,
        is_strip=is_strip,
        device=modes[Origin.DEVICE] or modes[Origin.PROFILE],
        default=modes[Origin.ALWAYS],
        library=library,
    )
    return Manner(here=here, settings=said, mode=mode)
