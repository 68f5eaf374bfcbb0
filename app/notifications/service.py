"""Telling people something: a line in their inbox and, where they chose so, a letter.

    await notify(
        session,
        await those_who_manage(session),
        Kind.PROVIDER,
        lazy_gettext("“%(name)s” does not answer.", name=provider.name),
        detail=provider.health_reason,
        link=f"/admin/providers/{provider.id}",
        about=str(provider.id),
    )

`notify(session, people, kind, words, *, detail=None, link="", about=None, series_id=None)` only writes
rows, in the caller's transaction. The words are kept as a sentence and its values, and are
translated where somebody reads them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.errors import NotFound
from app.foundation.db import new_id, now
from app.foundation.mail import send_later
from app.foundation.web.i18n import LazyText
from app.notifications.letters import LETTER
from app.notifications.models import UNREAD, Kind, Notification, NotificationByMail
from app.notifications.queries import shown_to

READ_KEPT, KEPT = timedelta(days=30), timedelta(days=180)
AT_ONCE = 5000


async def notify(
    session: AsyncSession,
    people: Iterable[UUID],
    kind: Kind,
    words: LazyText,
    *,
    detail: str | None = None,
    link: str = "",
    about: str | None = None,
    series_id: UUID | None = None,
) -> None:
    """`detail` is a sentence that is translated like the errors of drivers; `link` one of our own
    addresses. While a line `about` the same is unread, this one takes its place: nobody finds ten
    lines about one thing. Give `series_id` where the words name a series."""
    line = {
        "kind": kind,
        "sentence": words.message,
        "words": dict(words.values),
        "detail": detail,
        "link": link,
        "about": about,
        "series_id": series_id,
        "at": now(),
    }
    rows = [{"id": new_id(), "user_id": person, **line} for person in dict.fromkeys(people)]
    if not rows:
        return
    wish = insert(Notification)
    wish = wish.on_conflict_do_update(
        index_elements=["user_id", "kind", "about"],
        index_where=text(UNREAD),
        set_={name: wish.excluded[name] for name in line if name not in ("kind", "about")},
    )
    told = await session.execute(wish.returning(Notification.id, Notification.user_id), rows)
    await _write_letters(session, kind, {row.user_id: row.id for row in told})


async def those_who_manage(session: AsyncSession) -> Sequence[UUID]:
    """Owners and managers who may sign in."""
    rules = (User.role.in_((Role.OWNER, Role.MANAGER)), User.disabled_at.is_(None))
    return (await session.scalars(select(User.id).where(*rules).order_by(User.id))).all()


async def mark_read(session: AsyncSession, person: User, line_id: UUID) -> Notification:
    line = await session.scalar(
        select(Notification).where(Notification.id == line_id, shown_to(person))
    )
    if line is None:
        raise NotFound("There is no such message.")
    line.read_at = line.read_at or now()
    return line


async def mark_all_read(session: AsyncSession, person: User) -> None:
    """Those that cannot be seen any more as well: nobody would ever find them."""
    mine = (Notification.user_id == person.id, text(UNREAD))
    await session.execute(update(Notification).where(*mine).values(read_at=now()))


async def choose_mail(session: AsyncSession, person: User, kinds: Iterable[Kind]) -> None:
    """Letters of exactly these kinds."""
    mine = NotificationByMail.user_id == person.id
    await session.execute(delete(NotificationByMail).where(mine))
    session.add_all(NotificationByMail(user_id=person.id, kind=kind) for kind in set(kinds))


async def forget_old(session: AsyncSession, moment: datetime) -> int:
    """At most AT_ONCE lines, so that no statement is long; how many went."""
    is_read = Notification.read_at < moment - READ_KEPT
    old = (
        select(Notification.id)
        .where(
            (Notification.at < moment - KEPT) | (is_read & (Notification.at < moment - READ_KEPT))
        )
        .order_by(Notification.at)
        .limit(AT_ONCE)
    )
    gone = await session.execute(
        delete(Notification).where(Notification.id.in_(old)).returning(Notification.id)
    )
    return len(gone.all())


async def _write_letters(session: AsyncSession, kind: Kind, lines: dict[UUID, UUID]) -> None:
    """`lines` by person."""
    wants = select(NotificationByMail.user_id).where(
        NotificationByMail.user_id.in_(lines), NotificationByMail.kind == kind
    )
    for person in await session.scalars(wants):
        line = lines[person]
        await send_later(session, LETTER, person, key=f"notification {line}", line_id=line)
