"""What changed between the rows and the disk. Pure: two lists in, four out."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from app.scanning.walker import Found

type Stamp = tuple[int, int, int]
"""size in bytes, mtime in nanoseconds, inode."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """The row of a file, as far as it decides whether to look again."""

    file_id: UUID
    stamp: Stamp
    is_missing: bool


class Changes(msgspec.Struct):
    """`changed` are files whose row stays; one that was missing and is back is among them."""

    unchanged: int = 0
    new: list[Found] = []
    changed: list[tuple[Found, UUID]] = []
    gone: list[UUID] = []
    known: int = 0
    """How many live rows the root had."""


def diff(
    found: Iterable[Found],
    known: Mapping[bytes, Known],
    *,
    judged: Mapping[bytes, Stamp] = {},
    closed: Iterable[bytes] = (),
) -> Changes:
    """`judged` are files known to be unreadable: as long as they stay the same they are left alone.
    Nothing beneath a `closed` folder counts as gone."""
    changes = Changes(known=sum(not row.is_missing for row in known.values()))
    seen: set[bytes] = set()
    for file in found:
        seen.add(file.path)
        row = known.get(file.path)
        stamp = file.stamp
        if row is not None and row.stamp == stamp and not row.is_missing:
            changes.unchanged += 1
        elif judged.get(file.path) == stamp:
            # What became unreadable is no longer there to be read: its row, if any, is kept.
            changes.unchanged += 1
        elif row is not None:
            changes.changed.append((file, row.file_id))
        else:
            changes.new.append(file)
    prefixes = tuple(folder + b"/" for folder in closed)
    for path, row in known.items():
        if path not in seen and not row.is_missing and not path.startswith(prefixes):
            changes.gone.append(row.file_id)
    return changes
