"""The files that describe a whole series, read when they changed."""

from collections.abc import Sequence
from uuid import UUID

from app.metadata.folders import place_of
from app.scanning import reading_rows
from app.scanning.examination import Examination, Wanted
from app.scanning.inspection import Inspection
from app.scanning.notebook import Notebook
from app.scanning.problems import SIDECAR, Trouble
from app.scanning.reading_rows import Connection
from app.scanning.rows import Sidecar

type Changed = dict[bytes, dict[str, Sidecar | None]]
"""By series folder and file name; None for one that is gone."""


async def changed_sidecars(
    connection: Connection,
    library_id: UUID,
    present: Sequence[Inspection],
    *,
    notebook: Notebook,
    examination: Examination,
    is_whole: bool,
) -> Changed:
    """Reads what is new or changed. Only where every root is present (`is_whole`) can a sidecar
    be called gone."""
    stamps = await reading_rows.sidecar_stamps(connection, library_id)
    here: dict[tuple[bytes, str], Wanted] = {}
    for one in present:
        # Beside the images of a chapter it describes that chapter, and the analyser reads it.
        homes = {place_of(file.path).folder for file in one.walk.files} if one.walk.sidecars else ()
        for file in one.walk.sidecars:
            folder = file.path.rpartition(b"/")[0]
            if folder and folder in homes:
                item = Wanted(one.root_id, one.fd, file, place_of(file.path))
                here[folder, name_of(file.path)] = item
    changed = _vanished(stamps, here) if is_whole else {}
    new = [
        item
        for (folder, name), item in here.items()
        if stamps.get(folder, {}).get(name) != [item.found.size, item.found.mtime_ns]
        and not notebook.has(item.root_id, item.found.path, item.found.stamp)
    ]
    for item, answer in await examination.sidecars(new):
        found = item.found
        notebook.strike(item.root_id, found.path)
        if answer.facts is None:
            notebook.add(Trouble(item.root_id, found.path, SIDECAR, answer.reason, found.stamp))
        else:
            folder, name = found.path.rpartition(b"/")[0], name_of(found.path)
            stamp = [found.size, found.mtime_ns]
            changed.setdefault(folder, {})[name] = Sidecar(folder, name, stamp, answer.facts)
    return changed


def name_of(path: bytes) -> str:
    return path.rpartition(b"/")[2].decode("ascii").lower()


def _vanished(
    stamps: dict[bytes, dict[str, list[int]]], here: dict[tuple[bytes, str], Wanted]
) -> Changed:
    changed: Changed = {}
    for folder, names in stamps.items():
        for name in names:
            if (folder, name) not in here:
                changed.setdefault(folder, {})[name] = None
    return changed
