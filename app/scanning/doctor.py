"""What must hold between the rows and the disk. Folders that are offline are passed over."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import delete, select

from app.errors import Conflict
from app.foundation.archives.paths import PathRefused, open_beneath, open_root
from app.foundation.archives.publishing import stale_parts, sweep
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db.checks import Check, Found, Look, Patient, counted
from app.library.models import Library, Problem, Root
from app.metadata.folders import shown
from app.scanning import reading_rows
from app.scanning.doctor_search import search_checks
from app.scanning.inspection import Inspection, inspect
from app.scanning.lock import alone
from app.scanning.notebook import Notebook
from app.scanning.problems import WATCHING
from app.scanning.scanner import Scanner

type Judge = Callable[[Inspection, dict[UUID, str]], Sequence[str]]


async def _libraries(patient: Patient) -> list[UUID]:
    async with patient.sessions() as session:
        return list(await session.scalars(select(Library.id).order_by(Library.sort_key)))


@asynccontextmanager
async def _inspected(
    patient: Patient, library_id: UUID
) -> AsyncIterator[tuple[list[Inspection], dict[UUID, str]]]:
    """Every root that is online, walked and compared, and the names of its files by id. While a
    scan runs nothing can be said, and there are none."""
    found: list[Inspection] = []
    names: dict[UUID, str] = {}
    try:
        async with alone(patient.engine, library_id) as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            found, names = await _inspect_all(raw, library_id)
    except Conflict:
        pass  # The scan that runs now is the better judge.
    try:
        yield [one for one in found if one.offline_reason is None], names
    finally:
        for one in found:
            if one.fd >= 0:
                os.close(one.fd)


async def _inspect_all(
    raw: reading_rows.Connection, library_id: UUID
) -> tuple[list[Inspection], dict[UUID, str]]:
    patterns = await raw.fetchval("SELECT ignore_patterns FROM library WHERE id = $1", library_id)
    roots = await raw.fetch(
        "SELECT id, path FROM library_root WHERE library_id = $1 AND offline_since IS NULL",
        library_id,
    )
    notebook = Notebook(raw, library_id)
    await notebook.load()
    known = await reading_rows.known_files(raw, [root_id for root_id, _ in roots])
    found = [
        await asyncio.to_thread(
            inspect, root_id, path, known[root_id], notebook.judged(root_id), patterns or ()
        )
        for root_id, path in roots
    ]
    names = {row.file_id: shown(path) for rows in known.values() for path, row in rows.items()}
    return found, names


def _gone(one: Inspection, names: dict[UUID, str]) -> Sequence[str]:
    return [names[file_id] for file_id in one.changes.gone]


def _changed(one: Inspection, names: dict[UUID, str]) -> Sequence[str]:
    return [shown(file.path) for file, _ in one.changes.changed]


def _new(one: Inspection, names: dict[UUID, str]) -> Sequence[str]:
    return [shown(file.path) for file in one.changes.new]


def _look(judge: Judge) -> Look:
    async def look(patient: Patient) -> Found:
        wrong: list[str] = []
        for library_id in await _libraries(patient):
            async with _inspected(patient, library_id) as (inspections, names):
                for one in inspections:
                    wrong += judge(one, names)
        return counted(wrong)

    return look


async def _scan(patient: Patient) -> str:
    """The loss guard judges here as in any scan: what lost too much goes offline instead."""
    scanned, busy = 0, 0
    pool = SandboxPool(patient.settings.scan_processes)
    try:
        scanner = Scanner(patient.engine, pool, patient.settings.scan_processes)
        for library_id in await _libraries(patient):
            try:
                await scanner.scan(library_id)
                scanned += 1
            except Conflict:
                busy += 1
    finally:
        await asyncio.to_thread(pool.close)
    return f"Scanned {scanned} libraries." + (f" {busy} are being scanned already." * bool(busy))


async def _vanished(patient: Patient) -> list[tuple[UUID, str]]:
    """Problems whose file is not there; what cannot be looked at stays."""
    async with patient.sessions() as session:
        rows = await session.execute(
            select(Problem.id, Root.path, Problem.path, Problem.display_name)
            .join(Root, Root.id == Problem.root_id)
            .where(Root.offline_since.is_(None), Problem.kind != WATCHING)
            .order_by(Problem.root_id)
        )
        lines = rows.all()
    return await asyncio.to_thread(
        lambda: [(row_id, name) for row_id, root, path, name in lines if _is_gone(root, path)]
    )


def _is_gone(root: bytes, path: bytes) -> bool:
    try:
        root_fd = open_root(root)
    except OSError:
        return False
    try:
        os.close(open_beneath(root_fd, path))
    except PathRefused:
        # Links and the like are refused too, though they are there.
        return not os.path.lexists(os.path.join(root, path))  # noqa: PTH118 (bytes)
    except OSError:
        return False
    finally:
        os.close(root_fd)
    return False


async def _look_at_problems(patient: Patient) -> Found:
    return counted(name for _, name in await _vanished(patient))


async def _forget_problems(patient: Patient) -> str:
    ids = [row_id for row_id, _ in await _vanished(patient)]
    async with patient.sessions() as session, session.begin():
        await session.execute(delete(Problem).where(Problem.id.in_(ids)))
    return f"Forgot {len(ids)} problems."


async def _roots(patient: Patient) -> list[bytes]:
    async with patient.sessions() as session:
        return list(await session.scalars(select(Root.path).order_by(Root.path)))


async def _look_at_parts(patient: Patient) -> Found:
    parts: list[str] = []
    for root in await _roots(patient):
        parts += await asyncio.to_thread(_parts_in, root)
    return counted(parts)


async def _sweep(patient: Patient) -> str:
    swept = 0
    for root in await _roots(patient):
        swept += await asyncio.to_thread(_sweep_root, root)
    return f"Removed {swept} half-written files."


def _parts_in(root: bytes) -> list[str]:
    try:
        fd = open_root(root)
    except OSError:
        return []
    try:
        return [shown(path) for path, _ in stale_parts(fd)]
    finally:
        os.close(fd)


def _sweep_root(root: bytes) -> int:
    try:
        fd = open_root(root)
    except OSError:
        return 0
    try:
        return len(sweep(fd))
    finally:
        os.close(fd)


checks = (
    *search_checks,
    Check("files_gone", "files that are on the shelf are not on disk", _look(_gone), _scan),
    Check("files_changed", "files are others than when they were read", _look(_changed), _scan),
    Check("files_new", "files on disk have not been read in", _look(_new), _scan),
    Check(
        "problems_gone",
        "problems are about files that are gone",
        _look_at_problems,
        _forget_problems,
    ),
    Check("stale_parts", "half-written files lie in a library", _look_at_parts, _sweep),
)
