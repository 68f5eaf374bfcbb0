"""Which pages of a file that was read again are new."""

from collections.abc import Sequence

from app.scanning import reading_rows
from app.scanning.reading_rows import Connection
from app.scanning.rows import FileRow


async def settle_revisions(connection: Connection, renewed: Sequence[FileRow]) -> None:
    """A file whose pages stand where they stood keeps its revision, and its cached images."""
    if renewed:
        pages = await reading_rows.old_pages(connection, [file.id for file in renewed])
        for file in renewed:
            file.has_new_pages = pages.get(file.id) != file.entry.analysis.pages
            file.revision += file.has_new_pages
