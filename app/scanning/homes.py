"""A series whose every file now lies in another folder has moved with them. Pure."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from app.library.text import title_key
from app.metadata.folders import place_of, shown
from app.scanning.rows import SeriesRow


def follow_files(
    rows: Iterable[SeriesRow],
    paths: Mapping[UUID, Iterable[bytes]],
    taken: set[tuple[bytes, str]],
) -> None:
    """`paths` are where the files of each series lie now, `taken` the identities of others."""
    for row in rows:
        places = {place_of(path) for path in paths.get(row.id, ())}
        homes = {(place.folder, place.name) for place in places}
        if len(homes) == 1 and next(iter(homes))[0] != row.folder:
            _rehome(row, *next(iter(homes)), taken)


def _rehome(row: SeriesRow, folder: bytes, name: bytes, taken: set[tuple[bytes, str]]) -> None:
    was_named_by_folder = row.key == title_key(shown(row.folder.rpartition(b"/")[2]))
    key = title_key(shown(name)) if was_named_by_folder and name else row.key
    if (folder, key) not in taken:
        row.folder, row.key = folder, key
