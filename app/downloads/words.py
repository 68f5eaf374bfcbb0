"""Downloads in plain words."""

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import NamedTuple

from app.downloads.models import DownloadState
from app.downloads.queries import Line, Show, Totals
from app.foundation.web.i18n import _, ngettext, number
from app.library.words import plain
from app.providers.models import Health

KILO = 1000
A_MOMENT = timedelta(seconds=5)


class State(NamedTuple):
    """`kind` and `icon` as the macro `state` takes them."""

    kind: str
    icon: str
    word: str


def state_of(line: Line) -> State:
    if line.paused_at is not None and line.finished_at is None:
        return State("warn", "pause", _("Paused"))
    return {
        DownloadState.QUEUED: State("", "clock", _("Waiting")),
        DownloadState.WAITING: State("warn", "clock", _("Held")),
        DownloadState.RUNNING: State("now", "down", _("Downloading")),
        DownloadState.VERIFYING: State("now", "select", _("Verifying")),
        DownloadState.DONE: State("good", "check", _("Done")),
        DownloadState.FAILED: State("bad", "alert", _("Failed")),
        DownloadState.CANCELLED: State("", "x", _("Cancelled")),
    }[line.state]


def chapter_of(line: Line) -> str:
    """ "Ch. 10.5 · Sand" """
    if line.number is not None:
        name = _("Ch. %(number)s", number=plain(line.number))
    else:
        name = line.number_text or _("One-shot")
    return f"{name} · {line.title}" if line.title else name


def from_of(line: Line) -> str:
    """The groups and the language."""
    return " · ".join([part for part in (", ".join(line.groups), line.language) if part])


def progress_of(line: Line) -> str:
    """ "13 of 30 pages, 1.4 MB/s" """
    if line.pages_total is None:
        return ""
    if line.state is DownloadState.VERIFYING:
        return ngettext(
            "One page, being put together", "%(num)s pages, being put together", line.pages_total
        )
    said = _(
        "%(done)s of %(total)s pages", done=number(line.pages_done), total=number(line.pages_total)
    )
    if line.state is DownloadState.RUNNING and line.rate:
        return f"{said}, {rate(line.rate)}"
    return said


def goes_on(line: Line) -> datetime | None:
    """When one that is held is tried again, where that is worth saying."""
    is_held = line.state is DownloadState.WAITING and line.paused_at is None
    return line.run_at if is_held and line.run_at > datetime.now(UTC) + A_MOMENT else None


def held_by(line: Line) -> str:
    """Why nothing is asked for: the provider is left alone."""
    if line.state not in (DownloadState.QUEUED, DownloadState.WAITING):
        return ""
    if line.provider_paused_at is not None:
        return _("%(provider)s is paused.", provider=line.provider)
    if line.provider_health not in (Health.DOWN, Health.BLOCKED):
        return ""
    if line.provider_health is Health.BLOCKED:
        said = _(
            "%(provider)s turns Bunko away. It goes on once it answers.", provider=line.provider
        )
    else:
        said = _("%(provider)s does not answer. It goes on once it does.", provider=line.provider)
    return f"{said} {_(line.provider_reason)}" if line.provider_reason else said


def rate(bytes_per_second: int) -> str:
    if bytes_per_second >= KILO * KILO:
        return _("%(number)s MB/s", number=number(round(bytes_per_second / (KILO * KILO), 1)))
    return _("%(number)s KB/s", number=number(max(1, round(bytes_per_second / KILO))))


def summary_of(totals: Totals, most: int) -> str:
    return _(
        "%(active)s active, %(waiting)s waiting, %(failed)s failed",
        active=_some(totals.active, most),
        waiting=_some(totals.waiting, most),
        failed=_some(totals.failed, most),
    )


def pace_of(totals: Totals) -> str:
    """How fast it goes, and when what is at work is through."""
    if not totals.rate:
        return ""
    if totals.seconds_left is None:
        return rate(totals.rate)
    minutes = max(1, ceil(totals.seconds_left / 60))
    return ngettext(
        "%(rate)s, these take less than a minute",
        "%(rate)s, these take about %(num)s minutes",
        minutes,
        rate=rate(totals.rate),
    )


def tabs_of(totals: Totals, most: int) -> list[tuple[Show, str, str]]:
    """Value, label and number of each."""
    return [
        (Show.ACTIVE, _("Active"), _some(totals.active, most)),
        (Show.WAITING, _("Waiting"), _some(totals.waiting, most)),
        (Show.FAILED, _("Failed"), _some(totals.failed, most)),
        (Show.DONE, _("Done"), _today(totals.done_today, most)),
        (Show.CANCELLED, _("Cancelled"), ""),
    ]


def nothing_of(show: Show) -> tuple[str, str]:
    """What an empty list says: a heading, and what would stand there."""
    return {
        Show.ACTIVE: (
            _("Nothing comes in at the moment"),
            _(
                "Follow a series, or ask for chapters on its screen; they appear here while they"
                " are fetched."
            ),
        ),
        Show.WAITING: (_("Nothing waits"), _("What has to wait stands here, and says for what.")),
        Show.FAILED: (_("Nothing failed"), _("What cannot be had stands here, and says why.")),
        Show.DONE: (_("Nothing was downloaded yet"), _("What has come in stands here.")),
        Show.CANCELLED: (
            _("Nothing was cancelled"),
            _("What is cancelled stands here, and can be asked for again."),
        ),
    }[show]


def waiting_meanwhile(totals: Totals, most: int) -> str:
    """Where nothing comes in, but something will."""
    if totals.waiting >= most:
        return _("%(count)s downloads wait, and say for what.", count=_some(most, most))
    return ngettext(
        "One download waits, and says for what.",
        "%(num)s downloads wait, and say for what.",
        totals.waiting,
    )


def paused(count: int) -> str:
    return ngettext("One download is paused.", "%(num)s downloads are paused.", count)


def resumed(count: int) -> str:
    return ngettext("One download goes on.", "%(num)s downloads go on.", count)


def cancelled(count: int) -> str:
    return ngettext("One download is cancelled.", "%(num)s downloads are cancelled.", count)


def begun_again(count: int) -> str:
    return ngettext("One download is tried again.", "%(num)s downloads are tried again.", count)


def moved_to_top(_count: int) -> str:
    return _("It is the next of its provider.")


def moved_to_bottom(_count: int) -> str:
    return _("It is the last of its provider.")


def _today(count: int, most: int) -> str:
    return _("%(number)s today", number=_some(count, most)) if count else ""


def _some(count: int, most: int) -> str:
    return number(count) + ("+" if count >= most else "")
