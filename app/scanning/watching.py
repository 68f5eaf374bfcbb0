"""A change in a folder starts a scan of its library, once the folder has become quiet.

One worker of all watches: the one that holds an advisory lock. Where the system watches no more
folders, libraries are looked through again and again instead, and their problems screen says so.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import msgspec
from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.foundation.db import new_id, now, session_maker
from app.foundation.db.outage import DATABASE_ERRORS
from app.library.models import Problem
from app.scanning.jobs import scan_library_later
from app.scanning.problems import WATCHING, WATCHING_REASON

LOCK = 0x77617463_68657273  # "watchers", among advisory locks
STEP_MS = 1000
HIDDEN = (".bunko-", ".nfs", ".~lock")
log = logging.getLogger(__name__)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds. Tests shorten these."""

    quiet: float = 10.0
    """Nothing changed for this long: whoever copies files has finished."""
    longest: float = 120.0
    """Or so long after the first change, so that endless copying is followed too."""
    step: float = 1.0
    look: float = 30.0
    """Between two looks at which folders there are."""
    instead: float = 900.0
    """Between two scans of libraries that cannot be watched."""


class Place(msgspec.Struct, frozen=True):
    """One root to watch, and which folder it was: after a disk went and came it is another."""

    library_id: UUID
    root_id: UUID
    path: str
    device: int
    inode: int


class Changes:
    """When each library changed first and last."""

    def __init__(self, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        self.pace = pace
        self.clock = clock
        self._times: dict[UUID, tuple[float, float]] = {}

    def note(self, library_id: UUID) -> None:
        moment = self.clock()
        first, _ = self._times.get(library_id, (moment, moment))
        self._times[library_id] = (first, moment)

    def due(self) -> list[UUID]:
        """Libraries that may be scanned now; each is named once."""
        moment, pace = self.clock(), self.pace
        found = [
            library_id
            for library_id, (first, last) in self._times.items()
            if moment - last >= pace.quiet or moment - first >= pace.longest
        ]
        for library_id in found:
            del self._times[library_id]
        return found


class Watching:
    def __init__(self, engine: AsyncEngine, pace: Pace | None = None) -> None:
        self.engine = engine
        self.pace = pace or Pace()
        self.sessions = session_maker(engine)
        self.changes = Changes(self.pace)
        self.places: frozenset[Place] = frozenset()
        self.is_blind = False
        self._said: frozenset[Place] | None = None
        """Of which the problems screen says that they are not watched; None before the first look,
        when it may still say what another worker found."""
        self._eyes: asyncio.Task[None] | None = None
        self._scanned_instead = time.monotonic()

    async def keep(self) -> None:
        """Until cancelled. Only while nobody else does."""
        while True:
            try:
                async with self.engine.connect() as plain:
                    connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
                    await self._watch_alone(connection)
            except DATABASE_ERRORS as error:
                log.warning("Folders are not watched while the database is away: %s", error)
            await asyncio.sleep(self.pace.look)

    async def _watch_alone(self, connection: AsyncConnection) -> None:
        lock = text("SELECT pg_try_advisory_lock(:key)").bindparams(key=LOCK)
        if not await connection.scalar(lock):
            return
        try:
            await self._watch(connection)
        finally:
            await self._close_eyes()
            self.places = frozenset()
            with suppress(*DATABASE_ERRORS):
                unlock = text("SELECT pg_advisory_unlock(:key)").bindparams(key=LOCK)
                await connection.execute(unlock)

    async def _watch(self, connection: AsyncConnection) -> None:
        looked = -self.pace.look
        while True:
            if time.monotonic() - looked >= self.pace.look:
                # On the connection that holds the lock: when it is lost, so is the right to watch.
                await self._look(connection)
                looked = time.monotonic()
            await self._scan(self.changes.due())
            if self.is_blind and time.monotonic() - self._scanned_instead >= self.pace.instead:
                self._scanned_instead = time.monotonic()
                await self._scan({place.library_id for place in self.places})
                self.places = frozenset()  # the system may watch more by now: the next look tries
            await asyncio.sleep(self.pace.step)

    async def _look(self, connection: AsyncConnection) -> None:
        """Watch what there is to watch now."""
        rows = await connection.execute(
            text(
                "SELECT root.library_id, root.id, root.path FROM library_root root"
                " JOIN library ON library.id = root.library_id WHERE library.watch"
            )
        )
        places = await asyncio.to_thread(_existing, [tuple(row) for row in rows])
        if places != self.places or not (self.is_blind or self._eyes_open()):
            await self._open_eyes(places)
        if places and not self.is_blind:
            # Beneath a root watchfiles passes over the folders that it could not watch, in silence.
            await self._note_blindness(asyncio.to_thread(_watch_one_more))
        unseen = self.places if self.is_blind else frozenset()
        if unseen != self._said:
            await self._say_so(unseen)
            self._said = unseen

    async def _open_eyes(self, places: frozenset[Place]) -> None:
        await self._close_eyes()
        self.places, self.is_blind = places, False
        if places:
            self._eyes = asyncio.create_task(
                self._note_blindness(self._see(places)), name="watching folders"
            )
            # In most cases it fails at once, or not at all; what fails later is said later.
            await asyncio.wait([self._eyes], timeout=self.pace.step)

    def _eyes_open(self) -> bool:
        return not self.places or (self._eyes is not None and not self._eyes.done())

    async def _see(self, places: Iterable[Place]) -> None:
        from watchfiles import awatch

        by_path = {place.path: place.library_id for place in places}
        async for found in awatch(
            *by_path,
            watch_filter=_counts,
            step=STEP_MS,
            debounce=2 * STEP_MS,
            ignore_permission_denied=True,
        ):
            for _, path in found:
                for root, library_id in by_path.items():
                    if path == root or path.startswith(root.rstrip("/") + "/"):
                        self.changes.note(library_id)

    async def _note_blindness(self, watching: Awaitable[None]) -> None:
        try:
            await watching
        except (OSError, RuntimeError) as error:  # RuntimeError: no more instances of inotify
            self.is_blind = True
            log.warning(
                "The system watches no more folders (%s); libraries are looked through every"
                " %.0f minutes instead. Raise fs.inotify.max_user_watches, or"
                " fs.inotify.max_user_instances, to change that.",
                error,
                self.pace.instead / 60,
            )

    async def _close_eyes(self) -> None:
        if self._eyes is not None:
            self._eyes.cancel()
            with suppress(asyncio.CancelledError):
                await self._eyes
            self._eyes = None

    async def _scan(self, library_ids: Collection[UUID]) -> None:
        if not library_ids:
            return
        async with self.sessions() as session:
            for library_id in library_ids:
                await scan_library_later(session, library_id)
            await session.commit()

    async def _say_so(self, unseen: Collection[Place]) -> None:
        """One line on the problems screen of each library that is not watched as it should be."""
        rows = [
            {
                "id": new_id(),
                "library_id": place.library_id,
                "root_id": place.root_id,
                "path": b"",
                "display_name": place.path,
                "kind": WATCHING,
                "reason": WATCHING_REASON,
                "since": now(),
            }
            for place in unseen
        ]
        seen = Problem.root_id.not_in([place.root_id for place in unseen])
        async with self.sessions() as session:
            await session.execute(delete(Problem).where(Problem.kind == WATCHING, seen))
            if rows:
                await session.execute(insert(Problem).values(rows).on_conflict_do_nothing())
            await session.commit()


def _existing(rows: Iterable[tuple[UUID, UUID, bytes]]) -> frozenset[Place]:
    """Those that are folders now. A path that is no text cannot be watched, only scheduled."""
    places = set()
    for library_id, root_id, path in rows:
        with suppress(OSError, UnicodeDecodeError):
            shown = path.decode()
            found = Path(shown).stat()
            places.add(Place(library_id, root_id, shown, found.st_dev, found.st_ino))
    return frozenset(places)


def _watch_one_more() -> None:
    """OSError or RuntimeError where the kernel gives no more."""
    from watchfiles import watch

    tried = watch("/", recursive=False, rust_timeout=1, yield_on_timeout=True)
    next(tried)
    tried.close()


def _counts(_: object, path: str) -> bool:
    return not any(part.startswith(HIDDEN) for part in path.split("/"))
