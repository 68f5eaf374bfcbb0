"""Ten codes on paper for the day the phone is lost. Each works once."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.hashing import hasher
from app.auth.models import BackupCode
from app.foundation.db import now

NUMBER = 10
LETTERS = "23456789abcdefghjkmnpqrstvwxyz"  # none that is taken for another
GROUP, GROUPS = 5, 3
"""Fifteen of thirty letters: 73 bits."""
LONGEST_TYPED = 40
SALT_BYTES = 16


class BackupCodes:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def replace(self, user_id: UUID, hashes: Sequence[str]) -> None:
        """None of the codes before these works any more."""
        await self.forget(user_id)
        self.session.add_all(BackupCode(user_id=user_id, code_hash=one) for one in hashes)

    async def spend(self, user_id: UUID, typed: str) -> bool:
        """Of fifty who send one code at once, one comes through."""
        code = as_kept(typed)
        known = await self.session.scalar(
            select(BackupCode.code_hash)
            .where(BackupCode.user_id == user_id, BackupCode.used_at.is_(None))
            .limit(1)
        )
        if code is None or known is None:
            return False
        spent = await self.session.execute(
            update(BackupCode)
            .where(
                BackupCode.user_id == user_id,
                BackupCode.code_hash == await hasher().hash_like(known, code),
                BackupCode.used_at.is_(None),
            )
            .values(used_at=now())
        )
        assert isinstance(spent, CursorResult)
        return spent.rowcount == 1

    async def left(self, user_id: UUID) -> int:
        found = await self.session.scalar(
            select(func.count()).where(BackupCode.user_id == user_id, BackupCode.used_at.is_(None))
        )
        return found or 0

    async def forget(self, user_id: UUID) -> None:
        await self.session.execute(delete(BackupCode).where(BackupCode.user_id == user_id))


async def make_codes() -> tuple[list[str], list[str]]:
    """Ten codes, shown now or never, and the hashes to keep. They share a salt, so that a code that
    is tried costs one slow hash and not ten."""
    salt = secrets.token_bytes(SALT_BYTES)
    codes = [_new_code() for _ in range(NUMBER)]
    return codes, [await hasher().hash_with(code.replace("-", ""), salt) for code in codes]


def as_kept(typed: str) -> str | None:
    """As it was hashed, however it was typed; None for what cannot be a code of ours."""
    bare = typed[:LONGEST_TYPED].casefold().replace("-", "").replace(" ", "")
    is_one = len(bare) == GROUP * GROUPS and set(bare) <= set(LETTERS)
    return bare if is_one else None


def _new_code() -> str:
    groups = ["".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS)]
    return "-".join(groups)
