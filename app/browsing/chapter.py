"""Everything the screen of one chapter shows."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.series_lines import progress_of
from app.errors import NotFound
from app.foundation.archives import page_facts
from app.foundation.archives.page_facts import Size
from app.foundation.images.recipe import Recipe
from app.library.models import Chapter, ChapterFile, Library, PageFacts, Root, Series
from app.library.queries import visible_to
from app.reading.addresses import page_url
from app.reading.models import Progress
from app.reading.places import Place, place_in

THUMBNAILS = 60
THUMBNAIL = Recipe(width=320, height=480, fit="box")


class ChapterView(msgspec.Struct, frozen=True):
    """`file` and what belongs to it are None while it is missing."""

    chapter: Chapter
    series: Series
    library: Library
    progress: Progress | None
    file: ChapterFile | None
    root: Root | None
    facts: bytes | None

    @property
    def pages(self) -> int:
        return self.file.page_count if self.file else 0

    @property
    def place(self) -> Place:
        return place_in(self.progress, self.pages or 1)

    @property
    def sizes(self) -> Sequence[Size]:
        """Of its pages in pixels, once the second pass has been there."""
        return page_facts.decode_facts(self.facts).sizes if self.facts else []


class Thumbnail(msgspec.Struct, frozen=True):
    page: int
    url: str
    is_here: bool


class Contents(msgspec.Struct, frozen=True):
    """Some of the pages; `previous` and `next` are the first pages of the parts around them."""

    thumbnails: Sequence[Thumbnail]
    first: int
    last: int
    previous: int | None
    next: int | None


async def chapter_for(session: AsyncSession, person: User, chapter_id: UUID) -> ChapterView:
    """The chapter with its file, if this person may see it. One query."""
    row = (
        await session.execute(
            select(Chapter, Series, Library, Progress, ChapterFile, Root, PageFacts.data)
            .join(Series, Series.id == Chapter.series_id)
            .join(Library, Library.id == Series.library_id)
            .outerjoin(Progress, progress_of(person))
            .outerjoin(
                ChapterFile,
                and_(
                    ChapterFile.chapter_id == Chapter.id,
                    ChapterFile.missing_since.is_(None),
                    ChapterFile.trashed_at.is_(None),
                ),
            )
            .outerjoin(Root, Root.id == ChapterFile.root_id)
            .outerjoin(
                PageFacts,
                and_(
                    PageFacts.file_id == ChapterFile.id,
                    PageFacts.revision == ChapterFile.revision,
                ),
            )
            .where(Chapter.id == chapter_id, visible_to(person))
            .where(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None))
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such chapter.")
    return ChapterView(*row)


async def others_at(session: AsyncSession, of: Chapter) -> Sequence[Chapter]:
    """The same place in other languages or by other groups."""
    found = await session.scalars(
        select(Chapter)
        .where(Chapter.series_id == of.series_id, Chapter.position == of.position)
        .where(Chapter.id != of.id)
        .where(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))
        .order_by(Chapter.language, Chapter.id)
        .limit(20)
    )
    return found.all()


def contents_of(view: ChapterView, first: int) -> Contents | None:
    """The part of the pages in which page `first` stands; absurd ones are the last part."""
    if view.file is None or not view.pages:
        return None
    total, revision = view.pages, view.file.revision
    begin = (max(1, min(first, total)) - 1) // THUMBNAILS * THUMBNAILS + 1
    end = min(begin + THUMBNAILS - 1, total)
    here = view.place.page if view.place.is_begun and not view.place.is_read else 0
    return Contents(
        [
            Thumbnail(page, page_url(view.chapter.id, page, revision, THUMBNAIL), page == here)
            for page in range(begin, end + 1)
        ],
        begin,
        end,
        begin - THUMBNAILS if begin > 1 else None,
        end + 1 if end < total else None,
    )
