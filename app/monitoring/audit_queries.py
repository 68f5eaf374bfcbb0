"""Lines of the audit log, newest first."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, select, union
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.accounts.models import User
from app.accounts.names import name_key
from app.foundation.db import midnight
from app.foundation.web.client import network_of
from app.monitoring.audit import first_id_at
from app.monitoring.models import AuditLine

SHOWN = 50
EXPORTED_AT_ONCE = 1000


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to see; all of it empty is everything. Days are of UTC."""

    kind: str = ""
    person: str = ""
    """A name, as it is now or was then."""
    network: str = ""
    since: date | None = None
    until: date | None = None


async def lines(
    session: AsyncSession, wish: Wish, *, before: UUID | None = None, limit: int = SHOWN
) -> Sequence[AuditLine]:
    rules = _rules(wish)
    if before is not None:
        rules.append(AuditLine.id < before)
    query = select(AuditLine).where(*rules)
    if wish.person:
        query = select(AuditLine).where(
            AuditLine.id.in_(await _ids_about(session, wish.person, rules, limit))
        )
    return (await session.scalars(query.order_by(AuditLine.id.desc()).limit(limit))).all()


async def exported(
    sessions: async_sessionmaker[AsyncSession], wish: Wish
) -> AsyncIterator[AuditLine]:
    """All of it, a bounded number of rows in memory; each part is a transaction of its own."""
    before: UUID | None = None
    while True:
        async with sessions() as session:
            part = await lines(session, wish, before=before, limit=EXPORTED_AT_ONCE)
        for line in part:
            yield line
        if len(part) < EXPORTED_AT_ONCE:
            return
        before = part[-1].id


def _rules(wish: Wish) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = []
    if wish.kind:
        rules.append(AuditLine.what == wish.kind)
    if wish.network:
        rules.append(AuditLine.network == network_of(wish.network))
    if wish.since is not None:
        rules.append(AuditLine.id >= first_id_at(midnight(wish.since)))
    if wish.until is not None:
        rules.append(AuditLine.id < first_id_at(midnight(wish.until + timedelta(days=1))))
    return rules


async def _ids_about(
    session: AsyncSession, name: str, rules: list[ColumnElement[bool]], limit: int
) -> list[UUID]:
    """What a person did and what happened to them: each way has an index that ends early."""
    known = await session.scalar(select(User.id).where(User.name_key == name_key(name)))
    if known is None:
        # Somebody who is gone, or had another name.
        latest = select(AuditLine.subject_id).where(AuditLine.subject_name == name)
        known = await session.scalar(latest.order_by(AuditLine.id.desc()).limit(1))
    if known is None:
        return []
    ways = [
        select(AuditLine.id)
        .where(column == known, *rules)
        .order_by(AuditLine.id.desc())
        .limit(limit)
        .subquery()
        for column in (AuditLine.person_id, AuditLine.subject_id)
    ]
    return list((await session.scalars(union(*(select(way.c.id) for way in ways)))).all())
