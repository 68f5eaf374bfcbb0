"""What releases and sources are called on screens."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from app.downloads.models import DownloadState
from app.downloads.updates import Line
from app.foundation.web.i18n import _, current_language, ngettext
from app.library.words import language_name, plain
from app.providers.models import Health, Keep, Provider, Source

MOST_GROUPS = 3


def release_name(line: Any) -> str:
    """ "Ch. 10.5", "Vol. 3", "Extra"."""
    if line.number is not None:
        return _("Ch. %(number)s", number=plain(line.number))
    if line.volume is not None and not line.number_text:
        return _("Vol. %(number)s", number=plain(line.volume))
    return str(line.number_text) or _("Without a number")


def release_who(line: Line) -> str:
    """ "en · Night Owls"."""
    return " · ".join(filter(None, [line.language or "", ", ".join(line.groups[:MOST_GROUPS])]))


def release_state(line: Line) -> tuple[str, str, str]:
    """Kind, icon and words of where it is; no words where there is nothing to say."""
    if line.chapter_id is not None:
        read = line.completed_at is not None
        return ("", "check", _("Read")) if read else ("good", "check", _("Here"))
    if line.why_not:
        return "warn", "info", _(line.why_not)
    if line.paused_at is not None and line.state is not DownloadState.CANCELLED:
        return "", "clock", _("Paused")
    return _of_download(line)


def _of_download(line: Line) -> tuple[str, str, str]:
    match line.state:
        case DownloadState.QUEUED:
            return "", "clock", _("Waits its turn")
        case DownloadState.WAITING:
            return "warn", "clock", _(line.reason) if line.reason else _("Waits")
        case DownloadState.RUNNING:
            return "now", "down", _("Downloading, %(share)s", share=f"{line.percent} %")
        case DownloadState.VERIFYING | DownloadState.DONE:
            return "now", "down", _("Being checked")
        case DownloadState.FAILED:
            why = _(line.reason) if line.reason else ""
            return "bad", "alert", _("Failed: %(why)s", why=why) if why else _("Failed")
    return "", "", ""


def day_name(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    from babel.dates import format_date

    return format_date(day, "full", locale=current_language().replace("-", "_"))


def health_state(provider: Provider) -> tuple[str, str, str]:
    """Kind, icon and word."""
    if provider.paused_at is not None:
        return "", "clock", _("Paused")
    return {
        Health.UNTESTED: ("", "clock", _("Not checked yet")),
        Health.HEALTHY: ("good", "check", _("Healthy")),
        Health.DEGRADED: ("warn", "alert", _("Slow or incomplete")),
        Health.DOWN: ("bad", "alert", _("Down")),
        Health.BLOCKED: ("bad", "alert", _("Blocked")),
    }[provider.health]


def rhythm(seconds: int) -> str:
    """ "every 21 hours"."""
    hours = max(1, round(seconds / 3600))
    if hours < 48:
        return ngettext("every hour", "every %(num)s hours", hours)
    return ngettext("every day", "every %(num)s days", round(hours / 24))


def keep_words(keep: Keep) -> str:
    return {
        Keep.ALL: _("All chapters are downloaded"),
        Keep.NEW: _("New chapters are downloaded"),
        Keep.NONE: _("Chapters are only listed"),
    }[keep]


def wishes(source: Source) -> str:
    """Languages and groups, in the order of preference."""
    languages = ", ".join(language_name(tag) for tag in source.languages) or _("Any language")
    groups = ", ".join(source.groups)
    if not groups:
        return languages
    return _("%(languages)s · preferably %(groups)s", languages=languages, groups=groups)


def language_options(tags: Sequence[str]) -> list[tuple[str, str]]:
    return [(tag, language_name(tag)) for tag in tags]


def keep_options() -> list[tuple[str, str, str]]:
    return [
        (Keep.NEW, _("New chapters"), _("Those that come out from now on.")),
        (Keep.ALL, _("All chapters"), _("Those that are out already, too.")),
        (Keep.NONE, _("Nothing"), _("They are only listed; you download what you like.")),
    ]
