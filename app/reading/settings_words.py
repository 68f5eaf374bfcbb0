"""What the settings of the reader are called on screens, and in which order they stand."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import inspect

from app.foundation.web.i18n import LazyText
from app.foundation.web.i18n import lazy_gettext as _
from app.reading.profiles import Profile
from app.reading.reader_settings import FIELDS, Origin, Resolved, Scope, Values, known
from app.reading.views import Mode

_ON, _OFF = "yes", "no"


class Choice(msgspec.Struct, frozen=True):
    """One setting on a form: its options, what is said in this scope, and what counts without."""

    name: str
    label: LazyText
    help: LazyText | str
    options: Sequence[tuple[str, LazyText | str]]
    value: str
    otherwise: LazyText | str
    origin: LazyText


class Group(msgspec.Struct, frozen=True):
    title: LazyText
    choices: Sequence[Choice]


SCOPES = {
    Scope.SERIES: _("This series"),
    Scope.DEVICE: _("This device"),
    Scope.ALWAYS: _("Always"),
}
ORIGINS = {
    Origin.SERIES: _("chosen for this series"),
    Origin.DEVICE: _("chosen for this device"),
    Origin.PROFILE: _("suits this kind of device"),
    Origin.ALWAYS: _("your default"),
    Origin.BUNKO: _("usual"),
}
PROFILES = {
    Profile.PHONE: _("Phone"),
    Profile.TABLET: _("Tablet"),
    Profile.DESKTOP: _("Computer"),
    Profile.E_INK_600: _("E-ink, 600 × 800"),
    Profile.E_INK_758: _("E-ink, 758 × 1024"),
    Profile.E_INK_1072: _("E-ink, 1072 × 1448"),
    Profile.TV: _("Television"),
}
MODES = {
    Mode.RIGHT_TO_LEFT: _("Pages, right to left"),
    Mode.LEFT_TO_RIGHT: _("Pages, left to right"),
    Mode.VERTICAL: _("Pages, top to bottom"),
    Mode.WEBTOON: _("Webtoon, one long strip"),
    Mode.CONTINUOUS: _("Continuous, with gaps"),
}
_YES_NO = {_ON: _("Yes"), _OFF: _("No")}
_AS_THE_SERIES = _("as the series says")
_WORDS: dict[str, dict[Any, LazyText]] = {
    "mode": dict(MODES),
    "layout": {
        "single": _("One page"),
        "double-cover": _("Two pages, cover alone"),
        "double": _("Two pages"),
    },
    "wide": {
        "alone": _("Shown whole"),
        "split": _("Split in two"),
        "rotate": _("Turned on their side"),
    },
    "scale": {
        "screen": _("Whole page on the screen"),
        "width": _("As wide as the screen"),
        "shrink-width": _("As wide as the screen, never enlarged"),
        "height": _("As high as the screen"),
        "original": _("Original size"),
    },
    "background": {
        "theme": _("By the theme"),
        "black": _("Black"),
        "grey": _("Grey"),
        "paper": _("Paper"),
        "white": _("White"),
    },
    "taps": {
        "left-right": _("Left and right edge"),
        "l-shaped": _("L-shaped"),
        "kindle": _("Like a Kindle"),
        "edge": _("Both edges go on"),
        "right-and-left": _("Left and right third"),
        "disabled": _("Nowhere, buttons only"),
    },
    "width": {
        "screen": _("By the screen"),
        "original": _("Original"),
    },
    "quality": {"low": _("Low"), "medium": _("Medium"), "high": _("High")},
}
_UNITS = {
    "side_padding": "%",
    "page_margin": "px",
    "width": "px",
    "contrast": "%",
    "gamma": "%",
}
_LABELS: dict[str, tuple[LazyText, LazyText | str]] = {
    "mode": (_("Direction"), ""),
    "layout": (_("Pages side by side"), _("One at a time where the screen is too narrow.")),
    "shift": (_("Move pairs on by one"), _("If facing pages do not stand together.")),
    "wide": (_("Double-page pictures"), _("Where pages stand one by one.")),
    "half_steps": (_("Half a page at a time"), _("For small screens held sideways.")),
    "scale": (_("Size"), ""),
    "background": (_("Background"), ""),
    "side_padding": (_("Free space beside a strip"), ""),
    "page_margin": (_("Gap between continuous pages"), ""),
    "scroll_speed": (_("Speed of automatic scrolling"), ""),
    "taps": (_("Where a tap turns the page"), ""),
    "invert_taps": (_("Exchange next and previous"), ""),
    "width": (_("Width of images"), _("Never larger than they are.")),
    "quality": (_("Quality of images"), _("Of those that are made anew.")),
    "data_saver": (_("Save data"), _("Smaller and coarser images.")),
    "crop": (_("Cut off empty borders"), ""),
    "grey": (_("Greyscale"), ""),
    "dither": (_("Sixteen levels of grey"), _("For e-ink screens.")),
    "invert": (_("Exchange black and white"), ""),
    "contrast": (_("Contrast"), ""),
    "gamma": (_("Brightness of middle tones"), ""),
    "ahead": (_("Pages fetched ahead"), ""),
    "behind": (_("Pages kept behind"), ""),
    "refresh_every": (
        _("Flash the screen every so many pages"),
        _("Clears the shadows of e-ink. 0 is never."),
    ),
    "incognito": (_("Incognito"), _("Nothing you read is remembered.")),
}
_GROUPS = (
    (_("Pages"), ("mode", "layout", "shift", "wide", "half_steps")),
    (_("Screen"), ("scale", "background", "side_padding", "page_margin", "scroll_speed")),
    (_("Turning"), ("taps", "invert_taps", "ahead", "behind", "refresh_every", "incognito")),
    (
        _("Images"),
        (
            *("width", "quality", "data_saver", "crop", "grey", "dither"),
            *("invert", "contrast", "gamma"),
        ),
    ),
)


def groups_of(said: Values, beyond: Resolved) -> list[Group]:
    """The whole form: `said` in the scope it is for, `beyond` what counts where it says nothing."""
    values = known(said)
    return [
        Group(title, [_choice(name, values.get(name), beyond) for name in names])
        for title, names in _GROUPS
    ]


def form_of(given: dict[str, Any]) -> dict[str, Any]:
    """What was sent, as settings: "" takes a value away."""
    return {
        name: value == _ON if FIELDS[name].type is bool and value is not None else value
        for name, value in given.items()
        if name in FIELDS
    }


def _choice(name: str, value: Any, beyond: Resolved) -> Choice:
    label, help = _LABELS[name]
    return Choice(
        name=name,
        label=label,
        help=help,
        options=[(_key(one), _word(name, one)) for one in _possible(name)],
        value="" if value is None else _key(value),
        otherwise=_word(name, getattr(beyond.settings, name)),
        origin=ORIGINS[beyond.origins[name]],
    )


def _possible(name: str) -> Sequence[Any]:
    if FIELDS[name].type is bool:
        return (True, False)
    kind = inspect.type_info(FIELDS[name].type)
    if isinstance(kind, inspect.UnionType):
        kind = next(one for one in kind.types if isinstance(one, inspect.EnumType))
    if isinstance(kind, inspect.EnumType):
        words = _WORDS[name]
        return [one for key in words for one in kind.cls if one.value == key]
    assert isinstance(kind, inspect.LiteralType)
    return kind.values


def _key(value: Any) -> str:
    if isinstance(value, bool):
        return _ON if value else _OFF
    return str(value)


def _word(name: str, value: Any) -> LazyText | str:
    if value is None:
        return _AS_THE_SERIES
    if isinstance(value, bool):
        return _YES_NO[_key(value)]
    word = _WORDS.get(name, {}).get(value)
    if word is not None:
        return word
    unit = _UNITS.get(name)
    return f"{value} {unit}" if unit else str(value)
