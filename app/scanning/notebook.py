"""The problems of one library: what stands on the screen, what to add, what to strike out."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from app.foundation.db import new_id
from app.metadata.folders import shown
from app.scanning.diff import Stamp
from app.scanning.problems import JUDGED, SIDECAR, WATCHING, Trouble
from app.scanning.reading_rows import Connection

type Line = tuple[UUID, bytes, str]
"""root, path, kind: what makes a problem one."""


class Notebook:
    """Changes are collected and written with the transaction they belong to."""

    def __init__(self, connection: Connection, library_id: UUID) -> None:
        self.connection = connection
        self.library_id = library_id
        self.lines: dict[Line, tuple[Stamp | None, str]] = {}
        self._kinds_at: dict[tuple[UUID, bytes], set[str]] = {}
        self._new: dict[Line, Trouble] = {}
        self._struck: set[Line] = set()

    async def load(self) -> None:
        rows = await self.connection.fetch(
            "SELECT root_id, path, kind, size, mtime_ns, inode, reason FROM problem "
            "WHERE library_id = $1 AND kind <> $2",
            self.library_id,
            WATCHING,
        )
        for root_id, path, kind, size, mtime_ns, inode, reason in rows:
            stamp = None if size is None else (size, mtime_ns, inode)
            self._know((root_id, path, kind), stamp, reason)

    def judged(self, root_id: UUID) -> dict[bytes, Stamp]:
        """Files known to be no chapter until they change, as they were when that was found."""
        return {
            path: stamp
            for (root, path, kind), (stamp, _) in self.lines.items()
            if root == root_id and kind in JUDGED and stamp is not None
        }

    def has(self, root_id: UUID, path: bytes, stamp: Stamp) -> bool:
        """Whether this sidecar, as it is, was already found to be bad."""
        return self.lines.get((root_id, path, SIDECAR), (None, ""))[0] == stamp

    def add(self, trouble: Trouble) -> None:
        line = (trouble.root_id, trouble.path, trouble.kind)
        if self.lines.get(line) != (trouble.stamp, trouble.reason):
            self._new[line] = trouble
        self._struck.discard(line)
        self._know(line, trouble.stamp, trouble.reason)

    def strike(self, root_id: UUID, path: bytes, *, keep: Collection[str] = ()) -> None:
        """What was wrong at this place is right again, except the kinds to keep."""
        for kind in self._kinds_at.get((root_id, path), set()) - set(keep):
            self.strike_kind(root_id, path, kind)

    def strike_kind(self, root_id: UUID, path: bytes, kind: str) -> None:
        line = (root_id, path, kind)
        if self.lines.pop(line, None) is not None:
            self._struck.add(line)
            self._new.pop(line, None)
            self._kinds_at[root_id, path].discard(kind)

    def places(self, root_id: UUID) -> list[bytes]:
        return [path for (root, path), kinds in self._kinds_at.items() if root == root_id and kinds]

    async def write(self, at: datetime) -> None:
        """Inside the caller's transaction."""
        if self._struck:
            await self._delete(self._struck)
        if self._new:
            await self.connection.executemany(
                "INSERT INTO problem (id, library_id, root_id, path, display_name, kind, reason,"
                " size, mtime_ns, inode, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
                " ON CONFLICT (root_id, path, kind) DO UPDATE SET reason = excluded.reason,"
                " size = excluded.size, mtime_ns = excluded.mtime_ns, inode = excluded.inode",
                [self._record(trouble, at) for trouble in self._new.values()],
            )
        self._struck, self._new = set(), {}

    async def _delete(self, lines: Iterable[Line]) -> None:
        roots, paths, kinds = zip(*lines, strict=True)
        await self.connection.execute(
            "DELETE FROM problem USING unnest($1::uuid[], $2::bytea[], $3::text[])"
            " AS old(root_id, path, kind) WHERE problem.root_id = old.root_id"
            " AND problem.path = old.path AND problem.kind = old.kind",
            list(roots),
            list(paths),
            list(kinds),
        )

    def _record(self, trouble: Trouble, at: datetime) -> tuple[object, ...]:
        return (
            new_id(),
            self.library_id,
            trouble.root_id,
            trouble.path,
            shown(trouble.path),
            trouble.kind,
            trouble.reason,
            *(trouble.stamp or (None, None, None)),
            at,
        )

    def _know(self, line: Line, stamp: Stamp | None, reason: str) -> None:
        self.lines[line] = (stamp, reason)
        self._kinds_at.setdefault(line[:2], set()).add(line[2])
