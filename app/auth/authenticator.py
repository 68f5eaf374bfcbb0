"""Codes from an app on the phone (TOTP, RFC 6238): six digits, new ones every thirty seconds."""

import hmac
import re
import time
from collections.abc import Callable
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import Authenticator
from app.foundation.db import now
from app.foundation.logger import get_logger
from app.foundation.security.sealing import seal, unseal
from app.foundation.security.secrets import Keys

STEP_SECONDS = 30
DRIFT = 1
"""So many steps a phone may be ahead or behind."""
PURPOSE = "authenticator"
CODE = re.compile(r"[0-9]{6}")

log = get_logger("bunko.auth")


class Authenticators:
    """The app of one person, or none. A new seed counts only after a code from it was shown."""

    def __init__(
        self, session: AsyncSession, keys: Keys, clock: Callable[[], float] = time.time
    ) -> None:
        self.session = session
        self._key = keys.sub(PURPOSE)
        self.clock = clock

    async def of(self, user_id: UUID) -> Authenticator | None:
        return await self.session.get(Authenticator, user_id, populate_existing=True)

    async def begin(self, user_id: UUID) -> None:
        """A new seed. The app of before stays good until this one has shown a code."""
        import pyotp

        sealed = seal(self._key, pyotp.random_base32().encode(), user_id.bytes)
        await self.session.execute(
            insert(Authenticator)
            .values(user_id=user_id, new_seed=sealed)
            .on_conflict_do_update(
                index_elements=[Authenticator.user_id], set_={"new_seed": sealed}
            )
        )

    async def new_seed(self, user_id: UUID) -> str | None:
        """What the app has to be told, while it has not shown a code."""
        row = await self.of(user_id)
        return self._open(row.new_seed, user_id) if row is not None else None

    async def confirm(self, user_id: UUID, code: str) -> bool:
        """From now on its codes count; this one does no more."""
        row = await self.of(user_id)
        if row is None or row.new_seed is None:
            return False
        step = self._step_of(self._open(row.new_seed, user_id), code)
        if step is None:
            return False
        return await self._changed(
            user_id,
            Authenticator.new_seed == row.new_seed,
            seed=row.new_seed,
            new_seed=None,
            last_step=step,
            enabled_at=now(),
        )

    async def accepts(self, user_id: UUID, code: str) -> bool:
        """Whether it is the code of now, or of a step beside it, and none since was accepted."""
        row = await self.of(user_id)
        if row is None or row.seed is None:
            return False
        step = self._step_of(self._open(row.seed, user_id), code)
        if step is None:
            return False
        # Of two who send the same code at once, the row lets one through.
        is_new = or_(Authenticator.last_step.is_(None), Authenticator.last_step < step)
        return await self._changed(user_id, Authenticator.seed == row.seed, is_new, last_step=step)

    async def remove(self, user_id: UUID) -> None:
        await self.session.execute(delete(Authenticator).where(Authenticator.user_id == user_id))

    async def _changed(self, user_id: UUID, *rules: object, **values: object) -> bool:
        found = await self.session.execute(
            update(Authenticator).where(Authenticator.user_id == user_id, *rules).values(**values)  # type: ignore[arg-type]
        )
        assert isinstance(found, CursorResult)
        return found.rowcount == 1

    def _step_of(self, seed: str | None, code: str) -> int | None:
        import pyotp

        if seed is None or not CODE.fullmatch(code):
            return None
        app, step = pyotp.TOTP(seed), int(self.clock()) // STEP_SECONDS
        near = range(step - DRIFT, step + DRIFT + 1)
        good = [one for one in near if hmac.compare_digest(app.generate_otp(one), code)]
        return max(good, default=None)

    def _open(self, sealed: bytes | None, user_id: UUID) -> str | None:
        if sealed is None:
            return None
        seed = unseal(self._key, sealed, user_id.bytes)
        if seed is None:
            # Somebody changed BUNKO_SECRET_KEY, or the database: no code can be right any more.
            log.error("the seed of an authenticator cannot be opened with this secret key")
        return seed.decode() if seed is not None else None


async def has_authenticator(session: AsyncSession, user_id: UUID) -> bool:
    found = await session.scalar(
        select(Authenticator.user_id).where(
            Authenticator.user_id == user_id, Authenticator.seed.is_not(None)
        )
    )
    return found is not None


def address_of(seed: str, name: str, host: str) -> str:
    """What the QR code says (Key URI format of Google Authenticator)."""
    label = f"Bunko:{quote(name)}@{quote(host)}" if host else f"Bunko:{quote(name)}"
    return f"otpauth://totp/{label}?secret={seed}&issuer=Bunko"


def qr_code(address: str) -> bytes:
    """An SVG of its own, black on white in every theme, because scanners want it so."""
    from io import BytesIO

    import segno

    picture = BytesIO()
    segno.make(address, error="m", micro=False).save(
        picture, kind="svg", scale=4, border=4, light="#fff", svgclass=None, lineclass=None
    )
    return picture.getvalue()
