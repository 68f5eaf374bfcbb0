"""A shelf that is searched: titles in many scripts, and one that the reader must never meet."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.db import new_id
from app.library.grams import document_of, words_text
from app.library.models import (
    Creator,
    Library,
    SearchDocument,
    Series,
    SeriesCreator,
    SeriesTag,
    Tag,
    TagKind,
)
from app.library.text import title_key
from tests import factories as make
from tests.browser import Browser, browser_of
from tests.search.several import Several

CANARY = "Zanzibar-canary-4711"


@dataclass
class Shelves:
    session: AsyncSession
    library: Library
    reader: User
    tags: dict[str, Tag] = field(default_factory=dict)
    people: dict[str, Creator] = field(default_factory=dict)

    async def series(
        self,
        title: str,
        *,
        others: Sequence[str] = (),
        by: Sequence[str] = (),
        tags: Sequence[str] = (),
        genres: Sequence[str] = (),
        shelf: Library | None = None,
        **more: Any,
    ) -> Series:
        """A series with what a search may match, described as a scan describes it."""
        made = await make.series(
            self.session,
            shelf or self.library,
            title,
            other_titles=[{"title": other, "language": None, "kind": "other"} for other in others],
            **more,
        )
        for name in by:
            self.session.add(
                SeriesCreator(
                    series_id=made.id, creator_id=(await self._person(name)).id, role="writer"
                )
            )
        for kind, names in ((TagKind.TAG, tags), (TagKind.GENRE, genres)):
            for name in names:
                self.session.add(
                    SeriesTag(series_id=made.id, tag_id=(await self._tag(name, kind)).id)
                )
        document = document_of(title, others, [*by, *genres, *tags])
        await self._write(
            "series", made, made.id, words_text(more.get("summary") or ""), document._asdict()
        )
        return made

    async def chapter(self, series: Series, number: int, title: str, **more: Any) -> Any:
        made = await make.chapter(self.session, series, number, title=title, **more)
        await self._write("chapter", series, made.id, words_text(title), {"grams": []})
        return made

    async def _write(
        self, kind: str, series: Series, key: Any, words: str, more: dict[str, Any]
    ) -> None:
        self.session.add(SearchDocument(kind=kind, id=key, library_id=series.library_id, **more))
        await self.session.flush()
        await self.session.execute(
            text("UPDATE search_document SET words = to_tsvector('simple', :words) WHERE id = :id"),
            {"words": words, "id": key},
        )
        await self.session.commit()

    async def _person(self, name: str) -> Creator:
        if name not in self.people:
            self.people[name] = Creator(id=new_id(), name=name, key=title_key(name))
            self.session.add(self.people[name])
            await self.session.flush()
        return self.people[name]

    async def _tag(self, name: str, kind: TagKind) -> Tag:
        if name not in self.tags:
            self.tags[name] = Tag(id=new_id(), kind=kind, name=name, key=title_key(name))
            self.session.add(self.tags[name])
            await self.session.flush()
        return self.tags[name]


@pytest.fixture
async def shelves(session: AsyncSession) -> Shelves:
    library = await make.library(session, "Manga")
    reader = await make.alice(session)
    await make.let_in(session, reader, library)
    return Shelves(session, library, reader)


@pytest.fixture
async def secret(session: AsyncSession, shelves: Shelves) -> Series:
    """In a library the reader was not given: every word of it is the canary."""
    other = await make.library(session, f"Library of {CANARY}")
    hidden = await shelves.series(
        CANARY, others=[CANARY], by=[CANARY], tags=[CANARY], summary=CANARY, shelf=other
    )
    await shelves.chapter(hidden, 1, CANARY)
    return hidden


@pytest.fixture
async def several(session: AsyncSession) -> AsyncIterator[Several]:
    async with AsyncExitStack() as stack:
        yield Several(session, stack)


@pytest.fixture
async def browser(client, session: AsyncSession, shelves: Shelves) -> Browser:
    return await browser_of(client, session, shelves.reader)
