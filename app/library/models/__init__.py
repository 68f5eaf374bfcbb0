from app.library.models.chapter import (
    Chapter,
    ChapterFile,
    ChapterKind,
    FileDigest,
    PageFacts,
    PageTable,
)
from app.library.models.library import Access, Direction, HiddenTag, Library, Problem, Root
from app.library.models.search import SearchDocument
from app.library.models.series import (
    Creator,
    Series,
    SeriesCreator,
    SeriesStatus,
    SeriesTag,
    Tag,
    TagKind,
)

__all__ = [
    "Access",
    "Chapter",
    "ChapterFile",
    "ChapterKind",
    "Creator",
    "Direction",
    "FileDigest",
    "HiddenTag",
    "Library",
    "PageFacts",
    "PageTable",
    "Problem",
    "Root",
    "SearchDocument",
    "Series",
    "SeriesCreator",
    "SeriesStatus",
    "SeriesTag",
    "Tag",
    "TagKind",
]
