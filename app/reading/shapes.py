"""How large the pages of a chapter are, as far as anybody knows."""

from contextlib import suppress
from uuid import UUID

from app.errors import DomainError
from app.foundation.archives import page_facts
from app.foundation.valkey.local_cache import LocalCache
from app.reading.open_files import OpenFiles
from app.reading.queries import OpenChapter
from app.reading.views import Shape

GLANCES = 5
"""Pages looked at to tell a strip, spread over the chapter."""
MOST_MEASURED = 600
"""Headers read while somebody waits; the pages behind count as narrow until the second pass."""

_measured: LocalCache[tuple[UUID, int], list[Shape]] = LocalCache(seconds=600, size=64)


async def shapes_of(files: OpenFiles, chapter: OpenChapter) -> list[Shape]:
    """One for each page: from the second pass, or from the image headers where it is yet to come."""
    assert chapter.file is not None
    if chapter.page_facts is not None:
        sizes = page_facts.decode_facts(chapter.page_facts).sizes
        shapes = [Shape(size.width, size.height) for size in sizes[: chapter.page_count]]
    else:
        key = (chapter.file.file_id, chapter.file.revision)
        shapes = _measured.get(key) or _measured.put(key, await _measure(files, chapter))
    return shapes + [Shape()] * (chapter.page_count - len(shapes))


async def is_strip(files: OpenFiles, chapter: OpenChapter) -> bool:
    """By what the second pass found, or where it has not been yet by a look at a few pages."""
    if chapter.file is None:
        return False
    if chapter.page_facts is not None:
        return page_facts.decode_facts(chapter.page_facts).is_long_strip
    step = max(1, chapter.page_count // GLANCES)
    looked_at = range(1, chapter.page_count + 1, step)[:GLANCES]
    shapes = [await _shape(files, chapter, page) for page in looked_at]
    return page_facts.is_long_strip((shape.width, shape.height) for shape in shapes)


async def _measure(files: OpenFiles, chapter: OpenChapter) -> list[Shape]:
    pages = range(1, min(chapter.page_count, MOST_MEASURED) + 1)
    return [await _shape(files, chapter, page) for page in pages]


async def _shape(files: OpenFiles, chapter: OpenChapter, page: int) -> Shape:
    assert chapter.file is not None
    # A page that cannot be read says why where it is shown.
    with suppress(DomainError):
        facts = await files.glance(chapter.file, page)
        return Shape(facts.width, facts.height)
    return Shape()
