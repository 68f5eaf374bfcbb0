"""Providers in plain words, and their days as small pictures."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from app.foundation.web.i18n import LazyText, _, lazy_gettext, ngettext
from app.providers.base import Capability
from app.providers.models import Health, Provider, ProviderCheck, Way
from app.providers.probing import Answer
from app.providers.queries import Hour, Seen
from app.providers.registry import driver
from app.providers.registry import driver_names as driver_names

HEIGHT, WIDTH, STEP, LEAST = 28, 4, 5, 4
SLOWEST_MS = 8000
"""What takes as long fills the picture."""


class State(NamedTuple):
    """`kind` and `icon` as the macro `state` takes them."""

    kind: str
    icon: str
    word: LazyText


class Bar(NamedTuple):
    x: int
    y: int
    height: int
    kind: str


PAUSED = State("", "pause", lazy_gettext("Paused"))
STATES: dict[Health, State] = {
    Health.UNTESTED: State("", "clock", lazy_gettext("Not tested yet")),
    Health.HEALTHY: State("good", "check", lazy_gettext("Healthy")),
    Health.DEGRADED: State("warn", "clock", lazy_gettext("Struggling")),
    Health.DOWN: State("bad", "alert", lazy_gettext("Down")),
    Health.BLOCKED: State("bad", "x", lazy_gettext("Turns us away")),
}
CAPABILITIES: dict[Capability, LazyText] = {
    Capability.SEARCH: lazy_gettext("Search"),
    Capability.LATEST: lazy_gettext("Latest"),
    Capability.POPULAR: lazy_gettext("Popular"),
    Capability.SERIES: lazy_gettext("Series"),
    Capability.CHAPTERS: lazy_gettext("Chapters"),
    Capability.PAGES: lazy_gettext("Pages"),
    Capability.LANGUAGES: lazy_gettext("Languages"),
    Capability.FILTERS: lazy_gettext("Filters"),
}
KINDS: dict[str, LazyText] = {
    "mangadex": lazy_gettext(
        "Manga in many languages, by those who translate it. No account is needed."
    ),
    "komga": lazy_gettext("A server of yours or of friends, by an API key or name and password."),
    "opds": lazy_gettext("Any catalogue of books: Kavita, Codex, Calibre-Web, LANraragi."),
}
"""What one may expect of our own drivers."""
WAYS: dict[Way, LazyText] = {
    Way.CHECK: lazy_gettext("Check"),
    Way.TEST: lazy_gettext("Test"),
    Way.USE: lazy_gettext("Real use"),
}


def state_of(provider: Provider) -> State:
    return PAUSED if provider.paused_at is not None else STATES[provider.health]


def lasts_since(provider: Provider) -> datetime | None:
    """None where nothing is known yet that could last."""
    if provider.paused_at is None and provider.health is Health.UNTESTED:
        return None
    return provider.paused_at or provider.health_since


def driver_title(name: str) -> str:
    """By its own name, where what brought it is not installed any more."""
    return driver(name).title if name in driver_names() else name


def about(provider: Provider) -> str:
    languages = ", ".join(provider.languages) or _("all languages")
    return f"{driver_title(provider.driver)} · {languages}"


def summary(all_seen: Iterable[Seen]) -> str:
    """ "3 healthy, 1 struggling, 1 down" """
    found = [one.provider for one in all_seen]
    active = [one for one in found if one.paused_at is None]
    counts = [
        (sum(one.health is Health.HEALTHY for one in active), _n_healthy),
        (sum(one.health is Health.DEGRADED for one in active), _n_struggling),
        (sum(one.health is Health.DOWN for one in active), _n_down),
        (sum(one.health is Health.BLOCKED for one in active), _n_blocked),
        (len(found) - len(active), _n_paused),
    ]
    return ", ".join(say(number) for number, say in counts if number)


def _n_healthy(number: int) -> str:
    return ngettext("one healthy", "%(num)s healthy", number)


def _n_struggling(number: int) -> str:
    return ngettext("one struggling", "%(num)s struggling", number)


def _n_down(number: int) -> str:
    return ngettext("one down", "%(num)s down", number)


def _n_blocked(number: int) -> str:
    return ngettext("one turns us away", "%(num)s turn us away", number)


def _n_paused(number: int) -> str:
    return ngettext("one paused", "%(num)s paused", number)


def bars(hours: Sequence[Hour]) -> list[Bar]:
    """One for each hour: the slower the answers, the higher; `b` with errors, `n` not asked."""
    found = []
    for at, hour in enumerate(hours):
        share = min(hour.ms / SLOWEST_MS, 1.0) ** 0.5
        height = (
            LEAST - 1 if not (hour.good or hour.bad) else LEAST + round((HEIGHT - LEAST) * share)
        )
        if hour.bad and not hour.good:
            height = HEIGHT
        kind = "b" if hour.bad else ("" if hour.good else "n")
        found.append(Bar(at * STEP, HEIGHT - height, height, kind))
    return found


def in_words(seen: Seen) -> str:
    """What the picture shows, for those who do not see it."""
    bad = sum(1 for hour in seen.hours if hour.bad)
    if not seen.asked:
        return _("Not asked within 24 hours.")
    said = _("No errors within 24 hours.")
    if bad:
        said = ngettext("Errors in one of 24 hours.", "Errors in %(num)s of 24 hours.", bad)
    if seen.seconds is None:
        return said
    return f"{said} {_('An answer takes %(time)s.', time=duration(seen.seconds * 1000))}"


def duration(ms: float) -> str:
    return _("%(seconds)s s", seconds=f"{ms / 1000:.1f}")


def share(success: float | None) -> str:
    """Never rounded up to all of it."""
    return "–" if success is None else f"{int(success * 100)} %"


def answer_of(check: ProviderCheck | Answer) -> str:
    """What came, or why nothing did."""
    if not check.is_good or not check.said:
        return _(check.said) if check.said else _("It went well.")
    if check.capability is Capability.PAGES:
        return _("The first page is %(size)s pixels.", size=check.said)
    if not check.said.isdigit():
        return _(check.said)
    number = int(check.said)
    if check.capability is Capability.CHAPTERS:
        return ngettext("Lists one chapter.", "Lists %(num)s chapters.", number)
    return ngettext("Finds one series.", "Finds %(num)s series.", number)
