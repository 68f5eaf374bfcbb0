"""Providers, sources and releases for tests, without anything to ask."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.db import new_id
from app.library.models import Series
from app.providers.models import Provider, Release, Source
from tests.factories import add


async def a_provider(session: AsyncSession, name: str = "Kumo", **more: Any) -> Provider:
    values = {"driver": "mangadex", "options": {}, "allowed": [], "languages": [], **more}
    return await add(session, Provider(id=new_id(), name=name, **values))


async def a_source(
    session: AsyncSession, series: Series, provider: Provider, remote_id: str = "", **more: Any
) -> Source:
    return await add(
        session,
        Source(
            id=new_id(),
            series_id=series.id,
            provider_id=provider.id,
            remote_id=remote_id or series.title,
            title=series.title,
            **more,
        ),
    )


async def releases(
    session: AsyncSession, source: Source, *numbers: int, remote_id: str = "", **more: Any
) -> list[Release]:
    made = [
        Release(
            id=new_id(),
            source_id=source.id,
            remote_id=remote_id or f"{source.remote_id} {number}",
            number_text=str(number),
            number=number,
            language="en",
            **{"groups": ["Night Owls"], **more},
        )
        for number in numbers
    ]
    session.add_all(made)
    await session.commit()
    return made
