"""Moments as providers write them. Each has its zone here, or it is none; nor is one of the first or
the last year there is, which no other zone knows."""

from datetime import MAXYEAR, MINYEAR, UTC, datetime


def moment_in(text: str | None) -> datetime | None:
    """With its zone, or not at all."""
    try:
        found = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return in_utc(found) if found.tzinfo else None


def in_utc(moment: datetime | None) -> datetime | None:
    """One without a zone was meant so."""
    if moment is None or moment.year in (MINYEAR, MAXYEAR):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def day_in(text: str | None) -> datetime | None:
    """Its beginning."""
    try:
        return in_utc(datetime.fromisoformat(text[:10])) if text else None
    except ValueError:
        return None
