"""The audit log (OWASP ASVS 5.0, 16.3): what is written, and when it is forgotten."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.events import SecurityEvent, Words
from app.events import on
from app.foundation.db import new_id
from app.foundation.db.setting_store import setting
from app.foundation.security.text import clean_line
from app.monitoring.models import AuditLine

LONGEST_WORD = 300
MOST_WORDS = 20
LEAST_DAYS = 7  # younger lines the table itself gives to nobody (it says six: clocks differ)
AT_ONCE = 5000


@setting("audit")
class AuditRules(msgspec.Struct, frozen=True, kw_only=True):
    keep_days: Annotated[int, Meta(ge=LEAST_DAYS, le=3650)] = 180


@on(SecurityEvent)
async def write_down(session: AsyncSession, event: SecurityEvent) -> None:
    """In the transaction of what happened: neither is kept without the other."""
    names = await _names(session, {event.subject, event.by.person} - {None})
    line_id = new_id()
    line = AuditLine(
        id=line_id,
        at=moment_of(line_id),
        what=event.what.value,
        person_id=event.by.person,
        person_name=names.get(event.by.person),
        subject_id=event.subject,
        subject_name=names.get(event.subject),
        network=event.by.network,
        device=clean_line(event.by.device, LONGEST_WORD),
        about=_short(event.about),
    )
    session.add(line)
    await session.flush()


async def forget_before(session: AsyncSession, moment: datetime) -> int:
    """At most AT_ONCE lines, so that no statement is long; how many went."""
    await session.execute(text("SET LOCAL bunko.forgets_audit = 'yes'"))
    old = (
        select(AuditLine.id)
        .where(AuditLine.id < first_id_at(moment))
        .order_by(AuditLine.id)
        .limit(AT_ONCE)
    )
    gone = await session.execute(
        delete(AuditLine).where(AuditLine.id.in_(old)).returning(AuditLine.id)
    )
    await session.execute(text("SET LOCAL bunko.forgets_audit = ''"))
    return len(gone.all())


def moment_of(line_id: UUID) -> datetime:
    """When this id was made (RFC 9562, 5.7), to the millisecond."""
    return datetime.fromtimestamp((line_id.int >> 80) / 1000, UTC)


def first_id_at(moment: datetime) -> UUID:
    """Every line from this moment on has this id or a higher one."""
    since = max(moment - datetime(1970, 1, 1, tzinfo=UTC), timedelta())
    return UUID(int=(since // timedelta(milliseconds=1)) << 80)


async def _names(session: AsyncSession, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    if not ids:
        return {}
    rows = await session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _short(about: Words) -> Words:
    return {
        name: clean_line(value, LONGEST_WORD) if isinstance(value, str) else value
        for name, value in list(about.items())[:MOST_WORDS]
    }
