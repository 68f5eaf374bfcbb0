"""One root looked at: walked, compared with its rows, and judged online or offline."""

import os
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from app.foundation.archives.paths import open_root
from app.library.text import folded
from app.metadata.folders import place_of
from app.scanning.diff import Changes, Known, Stamp, diff
from app.scanning.examination import Wanted
from app.scanning.losses import EMPTY_ROOT, UNREADABLE_ROOT
from app.scanning.notebook import Notebook
from app.scanning.problems import (
    FOLDER,
    NOT_SUPPORTED,
    TWIN,
    TWIN_REASON,
    Trouble,
    unsupported_reason,
)
from app.scanning.walker import Found, Walk, walk


class Inspection(msgspec.Struct):
    """`fd` is the open root, -1 if it is offline; whoever asked for it closes it."""

    root_id: UUID
    fd: int
    walk: Walk = msgspec.field(default_factory=Walk)
    changes: Changes = msgspec.field(default_factory=Changes)
    offline_reason: str | None = None


def inspect(
    root_id: UUID,
    path: bytes,
    known: Mapping[bytes, Known],
    judged: Mapping[bytes, Stamp],
    ignore_patterns: Sequence[str],
) -> Inspection:
    """Blocking: run it in a thread."""
    fd = -1
    try:
        fd = open_root(path)
        found = walk(fd, ignore_patterns)
    except OSError:
        if fd >= 0:
            os.close(fd)
        return Inspection(root_id, -1, offline_reason=UNREADABLE_ROOT)
    changes = diff(found.files, known, judged=judged, closed=[folder for folder, _ in found.closed])
    is_empty = not (found.files or found.unsupported or found.closed) and changes.known > 0
    return Inspection(root_id, fd, found, changes, EMPTY_ROOT if is_empty else None)


def note_findings(inspection: Inspection, notebook: Notebook) -> None:
    """What the walk alone can tell, and what it shows to be no problem any more."""
    root_id, found = inspection.root_id, inspection.walk
    here = {file.path for file in found.files}
    for folder, reason in found.closed:
        notebook.add(Trouble(root_id, folder, FOLDER, reason))
        here.add(folder)
    for file in found.unsupported:
        extension = os.fsdecode(file.path).rpartition(".")[2]
        reason = unsupported_reason(extension)
        stamp = file.stamp
        notebook.add(Trouble(root_id, file.path, NOT_SUPPORTED, reason, stamp))
        here.add(file.path)
    here.update(file.path for file in found.sidecars)
    twins = _twins(found.files)
    for path in twins:
        notebook.add(Trouble(root_id, path, TWIN, TWIN_REASON))
    closed = {folder for folder, _ in found.closed}
    prefixes = tuple(folder + b"/" for folder in closed)
    for path in notebook.places(root_id):
        if path not in here and not path.startswith(prefixes):
            notebook.strike(root_id, path)
        if path not in closed:
            notebook.strike_kind(root_id, path, FOLDER)
        if path not in twins:
            notebook.strike_kind(root_id, path, TWIN)


def wanted_files(present: Sequence[Inspection]) -> list[Wanted]:
    """Folder by folder, whatever root they lie in, so that no folder is judged in two batches."""
    wanted: list[Wanted] = []
    for one in present:
        files = [(file, None) for file in one.changes.new] + one.changes.changed
        wanted += [
            Wanted(one.root_id, one.fd, file, place_of(file.path), file_id)
            for file, file_id in files
        ]
    wanted.sort(key=lambda item: (item.place.folder, item.found.path, item.root_id))
    return wanted


def _twins(files: Sequence[Found]) -> set[bytes]:
    """The later of two paths that a system without case or with another normal form confuses."""
    seen: set[bytes] = set()
    twins: set[bytes] = set()
    for file in files:
        path = file.path
        is_plain = path.isascii()
        key = path.lower() if is_plain else folded(os.fsdecode(path)).encode("utf-8", "replace")
        if key in seen:
            twins.add(path)
        seen.add(key)
    return twins
