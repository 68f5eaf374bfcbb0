"""Work from wish to end, with a real worker process: `python -m bench.jobs`.

`measure()` gives rows of (what, figure, unit, raw figure or None, note).
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import valkey.asyncio
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.foundation.db import create_engine, session_maker
from app.foundation.db.migrate import upgrade
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.foundation.embedded.valkey import EmbeddedValkey
from app.foundation.queue import Run, enqueue_all, job, wake
from app.foundation.queue.models import Job, JobState

type Row = tuple[str, float, str, float | None, str]

_TRIVIAL = 1000
_PICKED_UP = 100
_WAITING = 100_000


@job(timeout=10)
async def nothing(run: Run) -> None:
    return None


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bunko-bench-") as folder:
        data = Path(folder)
        with (
            EmbeddedPostgres(data / "data", data / "run") as postgres,
            EmbeddedValkey(data / "data", data / "run") as valkey_server,
        ):
            upgrade(postgres.url)
            worker = _worker(data, postgres.url, valkey_server.url)
            try:
                return asyncio.run(_measure(postgres.url, valkey_server.url, worker))
            finally:
                worker.send_signal(signal.SIGCONT)
                worker.terminate()
                worker.wait(30)


def _worker(data: Path, database_url: str, valkey_url: str) -> subprocess.Popen[bytes]:
    variables = {
        "BUNKO_DATA_DIR": str(data / "data"),
        "BUNKO_DATABASE_URL": database_url,
        "BUNKO_VALKEY_URL": valkey_url,
    }
    program = "import bench.jobs, app.worker, app.config; app.worker.run_worker(app.config.load())"
    return subprocess.Popen([sys.executable, "-c", program], env={**os.environ, **variables})


async def _measure(
    database_url: str, valkey_url: str, worker: subprocess.Popen[bytes]
) -> list[Row]:
    engine = create_engine(database_url)
    bell = wake.Bell(valkey_url)
    wake.hang(bell)
    sessions = session_maker(engine)
    try:
        await _wish(sessions, 1)
        await _all_done(engine)
        return [
            await _throughput(engine, sessions),
            *await _pickup(engine, sessions),
            await _keys(sessions, valkey_url, worker),
        ]
    finally:
        wake.hang(None)
        await bell.close()
        await engine.dispose()


async def _throughput(engine: AsyncEngine, sessions: async_sessionmaker[AsyncSession]) -> Row:
    began = time.perf_counter()
    await _wish(sessions, _TRIVIAL)
    await _all_done(engine)
    rate = _TRIVIAL / (time.perf_counter() - began)
    note = "1,000 that do nothing, from asking to the last one done; target ≥ 500"
    return ("jobs, end to end", rate, "jobs/s", None, note)


async def _pickup(engine: AsyncEngine, sessions: async_sessionmaker[AsyncSession]) -> list[Row]:
    since = await _count(engine)
    for _ in range(_PICKED_UP):
        await _wish(sessions, 1)
        await _all_done(engine)
    waited = func.extract("epoch", Job.started_at - Job.created_at)
    async with engine.connect() as connection:
        rows = await connection.scalars(select(waited).order_by(Job.id).offset(since))
        waits = [float(wait) * 1000 for wait in rows]
    note = "from its row's making to its start in the worker"
    return [
        ("pickup, p50", median(waits), "ms", None, note),
        ("pickup, p95", quantiles(waits, n=20)[-1], "ms", None, f"{note}; target ≤ 50"),
    ]


async def _keys(
    sessions: async_sessionmaker[AsyncSession], valkey_url: str, worker: subprocess.Popen[bytes]
) -> Row:
    worker.send_signal(signal.SIGSTOP)  # so that they all wait
    for _ in range(_WAITING // 5000):
        await _wish(sessions, 5000, written_by=_many_rows)
    client = valkey.asyncio.Valkey.from_url(valkey_url)
    keys = await client.dbsize()
    await client.aclose()
    return ("keys in Valkey", keys, "keys", None, "while 100,000 jobs wait; target: a handful")


async def _wish(
    sessions: async_sessionmaker[AsyncSession], number: int, written_by: object = None
) -> None:
    async with sessions() as session:
        if written_by is _many_rows:
            await _many_rows(session, number)
            number = 1
        await enqueue_all(session, nothing, ((None, {}) for _ in range(number)))
        await session.commit()


async def _many_rows(session: AsyncSession, number: int) -> None:
    await session.execute(
        text(
            "INSERT INTO job (id, kind, args, state, priority, run_at, fence, attempts,"
            " max_attempts, done, created_at) SELECT gen_random_uuid(), 'nothing', '{}', 'waiting',"
            " 0, now(), 0, 0, 3, 0, now() FROM generate_series(1, :number)"
        ),
        {"number": number},
    )


async def _all_done(engine: AsyncEngine) -> None:
    left = select(func.count()).where(Job.state.in_([JobState.WAITING, JobState.RUNNING]))
    async with engine.connect() as connection:
        while await connection.scalar(left):  # noqa: ASYNC110  (another process tells no event)
            await asyncio.sleep(0.02)


async def _count(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(Job)) or 0


if __name__ == "__main__":
    for what, figure, unit, _raw, note in measure():
        print(f"{what:20} {figure:10.1f} {unit:8} {note}")
