"""Work in plain words: what a job does, and how it stands."""

from datetime import UTC, datetime
from typing import NamedTuple

from app.foundation.queue.models import Job, JobState, TimetableEntry
from app.foundation.web.i18n import _, ngettext, number


class State(NamedTuple):
    """`kind` and `icon` as the macro `state` takes them."""

    kind: str
    icon: str
    word: str


def title_of(kind: str) -> str:
    """An unknown kind (of a newer version, or one that is gone) is shown by its own name."""
    names = {
        "scan_library": _("Scan library"),
        "describe_files": _("Measure pages"),
        "mark_series": _("Mark series"),
        "forget_acts": _("Forget what can no longer be undone"),
        "send_mail": _("Send mail"),
        "tidy_up": _("Tidy up"),
        "care_for_database": _("Care for the database"),
        "forget_audit_lines": _("Forget old lines of the audit log"),
        "tidy_folders": _("Empty the trash"),
        "check_providers": _("Check providers"),
        "test_provider": _("Test a provider"),
        "forget_checks": _("Forget old checks of providers"),
        "forget_notifications": _("Forget old notifications"),
        "check_sources": _("Look for new chapters"),
        "check_source": _("Look for new chapters of one series"),
        "fetch_cover": _("Fetch a cover"),
        "download_from": _("Download from a provider"),
        "put_away_worse": _("Put away older versions"),
        "ring_downloads": _("Look for waiting downloads"),
        "sweep_downloads": _("Clear away pages of ended downloads"),
        "forget_downloads": _("Forget old tries of downloads"),
    }
    return names.get(kind, kind)


def state_of(job: Job) -> State:
    if job.state is JobState.RUNNING and job.cancel_requested_at is not None:
        return State("warn", "clock", _("Stopping"))
    if job.state is JobState.WAITING and job.run_at > datetime.now(UTC):
        return State("", "clock", _("Waiting to try again") if job.error else _("Scheduled"))
    return state_named(job.state)


def state_named(state: JobState) -> State:
    return {
        JobState.WAITING: State("", "clock", _("Waiting")),
        JobState.RUNNING: State("now", "play", _("Running")),
        JobState.DONE: State("good", "check", _("Done")),
        JobState.FAILED: State("bad", "alert", _("Failed")),
        JobState.CANCELLED: State("", "x", _("Cancelled")),
    }[state]


def progress_of(job: Job, moment: datetime | None = None) -> str:
    """ "6 412 of 10 000 files, 1 930 per second" """
    if job.total is None or job.started_at is None:
        return _(job.note) if job.note else ""
    values = {"done": number(job.done), "total": number(job.total)}
    if job.kind in ("scan_library", "describe_files"):
        said = _("%(done)s of %(total)s files", **values)
    else:
        said = _("%(done)s of %(total)s", **values)
    seconds = ((job.finished_at or moment or datetime.now(UTC)) - job.started_at).total_seconds()
    if job.state is JobState.RUNNING and job.done and seconds >= 1:
        said += ", " + _("%(rate)s per second", rate=number(max(1, round(job.done / seconds))))
    return said


def rhythm_of(entry: TimetableEntry) -> str:
    hours, rest = divmod(entry.every_seconds, 3600)
    if rest or not hours:
        return ngettext(
            "Every minute", "Every %(num)s minutes", max(1, round(entry.every_seconds / 60))
        )
    if hours % 24:
        return ngettext("Every hour", "Every %(num)s hours", hours)
    return ngettext("Every day", "Every %(num)s days", hours // 24)
