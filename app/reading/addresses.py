"""Addresses of images, and the version in them that lets a browser keep them for ever."""

from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, select

from app.foundation.images.recipe import Recipe
from app.library.models import ChapterFile, Series
from app.reading.wishes import query_of


def page_url(chapter_id: UUID, page: int, revision: int, recipe: Recipe | None = None) -> str:
    """`page` is 1-based; without a recipe it is the original."""
    return f"/chapters/{chapter_id}/pages/{page}?{query_of(recipe, revision)}"


def cover_url(series_id: UUID, version: str | None, width: int = 320) -> str:
    """`version` as `cover_version_column` gives it; None is asked for anew each time."""
    return f"/series/{series_id}/cover?w={width}" + (f"&v={version}" if version else "")


def chapter_cover_url(chapter_id: UUID, version: str | None, width: int = 320) -> str:
    return f"/chapters/{chapter_id}/cover?w={width}" + (f"&v={version}" if version else "")


def cover_version(file_id: UUID, revision: int, page: int) -> str:
    return f"{file_id.hex[-8:]}-{revision}-{page}"


def cover_version_column() -> ColumnElement[str | None]:
    """The version of a series' cover, for lists that select from `Series`. None without a cover."""
    version = func.right(cast(ChapterFile.id, Text), 8) + "-" + cast(ChapterFile.revision, Text)
    page = (
        select(version + "-" + cast(Series.cover_page, Text))
        .where(ChapterFile.chapter_id == Series.cover_chapter_id)
        .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
        .correlate(Series)
        .scalar_subquery()
    )
    return func.coalesce(Series.cover_art, page)
