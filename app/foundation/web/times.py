"""Moments and days in the language of the person asking, where this server stands (`TZ`)."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from jinja2 import Environment

from app.foundation.db import day_of
from app.foundation.web.i18n import _, current_language, locale_name, ngettext


def install(environment: Environment) -> None:
    """Give templates the filters of this module."""
    environment.filters.update(
        ago=ago,
        due=due,
        full_date=full_date,
        since=since,
        short_date=short_date,
        month_name=month_name,
    )


def ago(moment: datetime, now: datetime | None = None) -> str:
    """How long ago (or in how long) an aware datetime is; after nine weeks, the date."""
    passed = (now or datetime.now(UTC)) - moment
    if abs(passed) < timedelta(minutes=1):
        # Clocks differ a little: what was written a moment ago may seem to be ahead.
        return _("in a moment") if passed < timedelta(seconds=-5) else _("just now")
    if passed < timedelta(0):
        return _in_future(-passed)
    if passed < timedelta(hours=1):
        return _("%(num)s min ago", num=passed // timedelta(minutes=1))
    if passed < timedelta(days=1):
        return _("%(num)s h ago", num=passed // timedelta(hours=1))
    if passed < timedelta(days=2):
        return _("Yesterday")
    if passed < timedelta(weeks=2):
        return ngettext("%(num)s day ago", "%(num)s days ago", passed.days)
    if passed < timedelta(weeks=9):
        return ngettext("%(num)s week ago", "%(num)s weeks ago", passed.days // 7)
    return short_date(moment)


def due(moment: datetime, now: datetime | None = None) -> str:
    """In how long something is to happen; what is late happens in a moment."""
    present = now or datetime.now(UTC)
    return ago(moment, present) if moment > present else _("in a moment")


def _in_future(left: timedelta) -> str:
    if left < timedelta(hours=1):
        return _("in %(num)s min", num=left // timedelta(minutes=1))
    if left < timedelta(days=1):
        return _("in %(num)s h", num=left // timedelta(hours=1))
    return ngettext("in %(num)s day", "in %(num)s days", left.days)


def since(moment: datetime, now: datetime | None = None) -> str:
    """ "since 14:05", of another day "since 26 Nov 2026": for what has lasted."""
    from babel.dates import format_time

    if day_of(moment) != day_of(now or datetime.now(UTC)):
        return _("since %(when)s", when=short_date(moment))
    locale = locale_name(current_language())
    return _("since %(when)s", when=format_time(moment.astimezone(), "short", locale=locale))


def short_date(moment: date) -> str:
    """ "26 Nov 2026"; of an aware datetime the day where this server stands (`TZ`)."""
    day = day_of(moment) if isinstance(moment, datetime) else moment
    return _short_date(current_language(), day)


@lru_cache(maxsize=4096)
def _short_date(language: str, day: date) -> str:
    from babel.dates import format_skeleton

    return format_skeleton("yMMMd", day, locale=locale_name(language))


def month_name(moment: date, *, long: bool = False) -> str:
    """ "Nov", or "November"."""
    from babel.dates import format_date

    return format_date(moment, "LLLL" if long else "LLL", locale=locale_name(current_language()))


def full_date(moment: datetime) -> str:
    """Date and time with its zone, that of this server, for a title."""
    from babel.dates import format_datetime

    local = moment.astimezone()
    return format_datetime(local, "long", locale=locale_name(current_language()))
