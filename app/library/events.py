"""What other rooms may want to know about the shelf."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SeriesChanged:
    """Chapters of these series came, went, or changed their positions. Series that are new are
    not among them: nobody can have read them. `added` are the chapters that came, where that was all."""

    library_id: UUID
    series_ids: tuple[UUID, ...]
    added: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class ScanWanted:
    """Somebody asked for a library to be scanned. `really_gone` are roots of which they said that
    what they lost is lost."""

    library_id: UUID
    requested_by: UUID | None
    really_gone: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ChapterReplaced:
    """The chapter has another file now; `taken_from` is the chapter it came with, which goes to
    the trash. Who was in that one goes on in this one."""

    chapter_id: UUID
    taken_from: UUID
