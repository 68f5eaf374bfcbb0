"""Downloading as work: one job a provider, which takes the provider's downloads one after another."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.queue import NotNow, Run, enqueue, hasten, job, minutes


@job(timeout=minutes(10), retries=10)
async def download_from(run: Run, provider_id: UUID) -> None:
    """Safe to run twice: what is there already is not fetched again."""
    raise NotNow("It begins in a moment.", wait=30)


async def download_later(session: AsyncSession, provider_ids: Iterable[UUID]) -> None:
    """What waits at these providers is looked at soon."""
    for provider_id in provider_ids:
        await enqueue(session, download_from, key=str(provider_id), provider_id=provider_id)
        await hasten(session, download_from, str(provider_id))
