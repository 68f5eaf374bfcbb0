"""A series that begins at a provider, before there is a file of it.

It is found again by what a scan goes by: the folder its files will lie in, and its title as a key.
"""

import os
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.archives.entry_names import safe_part
from app.foundation.db import new_id, now
from app.library.models import Library, Series
from app.library.shelving import count_library
from app.library.text import sort_key, title_key
from app.metadata.changes import Present
from app.metadata.describing import describe
from app.metadata.facts import Credit, OtherTitle, unique, web_links
from app.metadata.merge import PROVIDER
from app.providers.base import RemoteSeries
from app.providers.models import Provider

SITES = {
    "anilist": "https://anilist.co/manga/%s",
    "mal": "https://myanimelist.net/manga/%s",
    "kitsu": "https://kitsu.app/manga/%s",
    "mangaupdates": "https://www.mangaupdates.com/series/%s",
    "anime-planet": "https://www.anime-planet.com/manga/%s",
}
"""Where a series stands on a site that providers name by its id there."""


async def begin_series(
    session: AsyncSession,
    library: Library,
    provider: Provider,
    remote: RemoteSeries,
    languages: Sequence[str] = (),
) -> Series:
    """A series without chapters, described as the provider does. The caller holds the library."""
    series = Series(
        id=new_id(),
        library_id=library.id,
        folder=await _free_folder(session, library, remote.title),
        key=title_key(remote.title),
        title=remote.title,
        sort_key=sort_key(remote.title),
        is_followed=True,
    )
    session.add(series)
    await session.flush()
    await session.refresh(series, ["creators", "tags"])
    source = from_provider(provider)
    said = _facts(remote, languages)
    changes = {name: Present(value, source=source) for name, value in said.items() if value}
    await describe(session, series, changes)
    await count_library(session, library.id)
    return series


def from_provider(provider: Provider) -> dict[str, Any]:
    """Kept in `Series.sources`. The name as it was then: the provider may be gone by the time."""
    return {
        "origin": PROVIDER,
        "by": str(provider.id),
        "name": provider.name,
        "at": now().isoformat(timespec="seconds"),
    }


def links_of(remote: RemoteSeries) -> list[str]:
    """The addresses of a series: with its provider, and on the sites it names."""
    named = [
        value if value.startswith("http") else SITES.get(site, "%s") % value
        for site, value in remote.links.items()
    ]
    return unique(address for one in [remote.url or "", *named] for address in web_links(one))


async def _free_folder(session: AsyncSession, library: Library, title: str) -> bytes:
    """A folder of its own, named like the series: files of two would not tell themselves apart."""
    name = safe_part(title)
    folder, at = os.fsencode(name), 1
    while await session.scalar(
        select(Series.id).where(Series.library_id == library.id, Series.folder == folder).limit(1)
    ):
        at += 1
        folder = os.fsencode(f"{name} ({at})")
    return folder


def _facts(remote: RemoteSeries, languages: Sequence[str]) -> dict[str, Any]:
    """By the names of SeriesFacts. The language is that of the chapters, not the original's."""
    others = [
        OtherTitle(other.text, "alternative", other.language)
        for other in remote.other_titles
        if other.text != remote.title
    ]
    return {
        "title": remote.title,
        "other_titles": others,
        "summary": remote.summary,
        "status": remote.status,
        "year": remote.year,
        "language": languages[0] if len(languages) == 1 else None,
        "age_rating": remote.age_rating,
        "links": links_of(remote),
        "creators": [
            *(Credit(name, "writer") for name in remote.authors),
            *(Credit(name, "penciller") for name in remote.artists),
        ],
        "genres": list(remote.genres),
        "tags": list(remote.tags),
    }
