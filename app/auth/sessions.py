"""Signed-in browsers (OWASP ASVS 5.0, 7.2): an opaque secret, of which only the hash is kept."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import CursorResult, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import User
from app.auth.devices import device_name
from app.auth.models import Second, Session, SignInChallenge, Tablet, Way
from app.errors import NotFound
from app.foundation.db import now
from app.foundation.valkey.rights import rights_changed
from app.foundation.web.client import Client

SECRET_BYTES = 32
IDLE = timedelta(days=14)
ABSOLUTE = timedelta(days=90)
WINDOW_ONLY = timedelta(days=1)
"""How long a session lives that was not asked to stay, should the window never close."""
MOST = 200
"""Of one person; the one that was used longest ago makes room."""
NOTED_EVERY = timedelta(minutes=5)
PROOF_LASTS = timedelta(minutes=10)
"""After it, sensitive acts ask again who is there (OWASP ASVS 5.0, 7.5.1)."""

NEVER = datetime.fromtimestamp(0, UTC)

# Made once: every request asks it.
_FOUND = (
    select(Session)
    .join(Session.user)
    .join(User.preference)
    .options(contains_eager(Session.user).contains_eager(User.preference))
    .where(Session.secret_hash == bindparam("its_hash"), Session.scheme == bindparam("its_scheme"))
)


def hash_secret(secret: str) -> bytes:
    """256 random bits need no slow hash (NIST SP 800-63B, 5.1.1.2 is about what people choose)."""
    return sha256(secret.encode()).digest()


class Sessions:
    """The verbs of the `session` table. Rows are found by secret, or by id for their own person."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def begin(
        self,
        person: User,
        client: Client,
        user_agent: str,
        *,
        stays: bool,
        way: Way = Way.PASSWORD,
        second: Second | None = None,
        tablet: Tablet | None = None,
        origin: bytes | None = None,
    ) -> tuple[str, Session]:
        """A new secret, always of our making, and its row. On a `tablet` nothing was proved."""
        await self._make_room(person)
        secret = secrets.token_urlsafe(SECRET_BYTES)
        moment = now()
        row = Session(
            secret_hash=hash_secret(secret),
            user_id=person.id,
            scheme=client.scheme,
            stays=stays,
            device=device_name(user_agent),
            network=client.network,
            proved_at=NEVER if tablet else moment,
            tablet_id=tablet.id if tablet else None,
            expires_at=moment + (ABSOLUTE if stays else WINDOW_ONLY),
            way=Way.TABLET if tablet else way,
            second=second,
            origin=origin,
        )
        self.session.add(row)
        await self.session.flush()
        return secret, row

    async def found(self, secret: str, scheme: str) -> Session | None:
        """The living session with its person and their preference, in one query."""
        row = await self.session.scalar(
            _FOUND, {"its_hash": hash_secret(secret), "its_scheme": scheme}
        )
        return row if row is not None and is_alive(row, now()) else None

    async def of(self, person: User) -> Sequence[Session]:
        """This person's living sessions, the last used first."""
        moment = now()
        return (
            await self.session.scalars(
                select(Session)
                .options(joinedload(Session.tablet))
                .where(
                    Session.user_id == person.id,
                    Session.expires_at > moment,
                    Session.used_at > moment - IDLE,
                )
                .order_by(Session.used_at.desc(), Session.id.desc())
            )
        ).all()

    async def beginning_of(self, session_id: UUID) -> tuple[Way, bytes | None]:
        """By what it began, and what that way wanted kept."""
        query = select(Session.way, Session.origin).where(Session.id == session_id)
        return (await self.session.execute(query)).one().tuple()

    async def end(self, session_id: UUID) -> None:
        await self._delete(Session.id == session_id)

    async def end_one_of(self, person: User, session_id: UUID) -> None:
        ended = await self._delete(Session.user_id == person.id, Session.id == session_id)
        if not ended:
            raise NotFound("This sign-in has already ended.")

    async def end_all_of(self, user_id: UUID, *, but: UUID | None = None) -> int:
        """How many ended. Those that wait for a second factor end with them, uncounted."""
        await self.session.execute(
            delete(SignInChallenge).where(SignInChallenge.user_id == user_id)
        )
        if but is None:
            return await self._delete(Session.user_id == user_id)
        return await self._delete(Session.user_id == user_id, Session.id != but)

    async def renew(self, session_id: UUID, second: Second | None = None) -> str:
        """Its person has just proved who they are: the same sign-in, under a new secret alone."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        rights_changed(self.session)
        shown: dict[str, object] = {"second": second} if second is not None else {}
        renewed = await self.session.execute(
            update(Session)
            .where(Session.id == session_id)
            .values(secret_hash=hash_secret(secret), proved_at=now(), **shown)
        )
        assert isinstance(renewed, CursorResult)
        if not renewed.rowcount:
            raise NotFound("This sign-in has already ended.")
        return secret

    async def end_on_tablets(self, user_id: UUID, *, but: UUID | None) -> None:
        await self._delete(
            Session.user_id == user_id, Session.tablet_id.is_not(None), Session.id != but
        )

    async def forget_ended(self) -> int:
        """Sweep what nobody can use any more; safe to run at any time."""
        moment = now()
        return await self._delete(
            (Session.expires_at <= moment) | (Session.used_at <= moment - IDLE)
        )

    async def _make_room(self, person: User) -> None:
        rest = (
            select(Session.id)
            .where(Session.user_id == person.id)
            .order_by(Session.used_at.desc(), Session.id.desc())
            .offset(MOST - 1)
        )
        await self.session.execute(delete(Session).where(Session.id.in_(rest)))

    async def _delete(self, *rules: object) -> int:
        rights_changed(self.session)
        found = await self.session.execute(delete(Session).where(*rules))  # type: ignore[arg-type]
        assert isinstance(found, CursorResult)
        return found.rowcount


def is_alive(row: Session, moment: datetime) -> bool:
    return row.expires_at > moment and row.used_at > moment - IDLE


def is_proved(proved_at: datetime) -> bool:
    return proved_at > now() - PROOF_LASTS


def is_due_to_be_noted(row: Session, moment: datetime) -> bool:
    """Each use would cost a write; once in a few minutes is enough to judge idleness by."""
    return row.used_at <= moment - NOTED_EVERY
