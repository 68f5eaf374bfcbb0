"""One-time secrets: each works once, for its own kind, until it is too old."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.tokens import BadToken, Tokens
from app.foundation.db import now


async def test_a_token_is_spent_once_and_remembers_what_it_allows(session: AsyncSession) -> None:
    tokens = Tokens(session, "letter")
    secret, _row = await tokens.make(lives=timedelta(hours=1), data={"role": "reader"})

    assert (await tokens.good(secret)).data == {"role": "reader"}
    assert (await tokens.spend(secret)).spent_at is not None
    for again in (tokens.good, tokens.spend):
        with pytest.raises(BadToken):
            await again(secret)


async def test_only_its_hash_is_kept(session: AsyncSession) -> None:
    secret, row = await Tokens(session, "letter").make(lives=timedelta(hours=1))

    assert secret.encode() not in row.secret_hash
    assert len(row.secret_hash) == 32


async def test_expired_foreign_and_malformed_ones_are_told_alike(session: AsyncSession) -> None:
    tokens = Tokens(session, "letter")
    old, row = await tokens.make(lives=timedelta(hours=1))
    row.expires_at = now() - timedelta(seconds=1)
    foreign, _row = await Tokens(session, "parcel").make(lives=timedelta(hours=1))

    for secret in (old, foreign, "", "é" * 30, "x" * 5000):
        with pytest.raises(BadToken, match="does not work any more"):
            await tokens.spend(secret)


async def test_those_of_one_person_are_forgotten_together(
    session: AsyncSession, alice: User
) -> None:
    tokens = Tokens(session, "letter")
    hers, _row = await tokens.make(lives=timedelta(hours=1), user_id=alice.id)
    other, _row = await tokens.make(lives=timedelta(hours=1))

    await tokens.forget(alice.id)

    with pytest.raises(BadToken):
        await tokens.good(hers)
    assert await tokens.good(other)
