"""`/downloads` while 100,000 chapters wait: `python -m bench.waiting`.

Of 200 series at four providers, half of them for a moment with a reason, three coming in, 20,000 done and
1,000 failed; asked by a manager with an age limit.
"""

import asyncio
import statistics
import tempfile
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from bench.lists import _asked, _p95, _queries, _served
from bench.lists_rows import Filled
from bench.report import Figure, report

SERIES, PROVIDERS = 200, 4
SIZES = {"waiting": 100_000, "done": 20_000, "failed": 1_000, "series": SERIES}
MOST_P95 = 100.0
SECONDS = 4.0
_ROWS = (
    "SET LOCAL statement_timeout = 0",
    """
    INSERT INTO release
        (id, source_id, remote_id, number_text, number, title, language, groups, seen_at)
    SELECT gen_random_uuid(), id, 'c' || n, n::text, n, '', 'en', '{Night Owls}', now()
    FROM source, generate_series(1, (:waiting + :done + :failed) / :series) n
    """,
    """
    INSERT INTO download (id, release_id, series_id, provider_id, state, place, run_at, reason,
        finished_at, pages_total, created_at, priority, attempts, pages_done, bytes_done, rate,
        is_automatic)
    SELECT gen_random_uuid(), id, series_id, provider_id, state, n, now(),
        CASE WHEN state IN ('waiting', 'failed') THEN 'The host cannot be reached.' END,
        CASE WHEN state IN ('done', 'failed') THEN now() - n * interval '1 second' END, 20, now(),
        0, 0, 0, 0, 0, false
    FROM (
        SELECT r.id, s.series_id, s.provider_id, n,
            CASE WHEN n <= 3 THEN 'running' WHEN n <= :waiting / 2 THEN 'queued'
                WHEN n <= :waiting THEN 'waiting' WHEN n <= :waiting + :done THEN 'done'
                ELSE 'failed' END AS state
        FROM (SELECT *, row_number() OVER (ORDER BY number, id) n FROM release) r
        JOIN source s ON s.id = r.source_id) one
    """,
    "ANALYZE",
)


def measure() -> list[Figure]:
    from app.foundation.embedded.session import servers

    with (
        tempfile.TemporaryDirectory() as folder,
        servers(Settings(data_dir=Path(folder)), scratch=True) as on,
    ):
        filled = asyncio.run(_filled(on.database_url))
        settings = Settings(
            data_dir=Path(folder), database_url=on.database_url, log_level="WARNING"
        )
        figures = []
        with _served(settings) as (port, _):
            for name, path in filled.paths.items():
                figures += asyncio.run(_times(port, name, path, filled.cookie))
        return figures + asyncio.run(_queries(settings, filled))


async def _times(port: int, name: str, path: str, cookie: str) -> list[Figure]:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
        "Accept-Encoding: br, gzip\r\n\r\n"
    ).encode()
    await _asked(port, request, seconds=1.0)
    times, _size = await _asked(port, request, seconds=SECONDS)
    return [
        Figure(f"{name}, p50", statistics.median(times), "ms"),
        Figure(f"{name}, p95", _p95(times), "ms", MOST_P95),
    ]


async def _filled(database_url: str) -> Filled:
    from app.accounts.models import Preference, Role, User
    from app.auth.sessions import Sessions
    from app.foundation.db import create_engine, new_id, session_maker
    from app.foundation.web.client import Client
    from app.library.models import Access, Library
    from bench.roomy import lift_limits

    engine = create_engine(database_url)
    async with session_maker(engine)() as session:
        manager = User(
            id=new_id(), name="charlie", name_key="charlie", password_hash="!", role=Role.MANAGER
        )
        manager.age_limit = 16
        manager.preference = Preference(user_id=manager.id)
        library = Library(id=new_id(), name="Bench", sort_key="bench")
        session.add_all([manager, library])
        await session.flush()
        session.add(Access(user_id=manager.id, library_id=library.id))
        await _series(session, library.id)
        for statement in _ROWS:
            await session.execute(text(_with_sizes(statement)))
        here = Client("127.0.0.1", "http", "127.0.0.1")
        secret, _row = await Sessions(session).begin(manager, here, "bench", stays=True)
        await lift_limits(session)
        paths = await _paths(session)
        await session.commit()
    await engine.dispose()
    return Filled(f"bunko_session={secret}", manager.id, paths)


async def _series(session: AsyncSession, library_id: UUID) -> None:
    from app.foundation.db import new_id
    from app.library.models import Series
    from app.providers.models import Provider, Source

    providers = [
        Provider(id=new_id(), name=f"Provider {n}", driver="mangadex") for n in range(PROVIDERS)
    ]
    session.add_all(providers)
    await session.flush()
    for n in range(SERIES):
        name, key = f"Tale {n}", f"tale{n}"
        series = Series(
            id=new_id(),
            library_id=library_id,
            folder=name.encode(),
            key=key,
            title=name,
            sort_key=key,
        )
        session.add(series)
        await session.flush()
        provider_id = providers[n % PROVIDERS].id
        session.add(
            Source(series_id=series.id, provider_id=provider_id, remote_id=name, title=name)
        )
    await session.flush()


def _with_sizes(statement: str) -> str:
    for name, size in SIZES.items():
        statement = statement.replace(f":{name}", str(size))
    return statement


async def _paths(session: AsyncSession) -> dict[str, str]:
    series = await session.scalar(text("SELECT id FROM series ORDER BY title LIMIT 1"))
    provider = await session.scalar(text("SELECT id FROM provider ORDER BY name LIMIT 1"))
    return {
        "active": "/downloads",
        "waiting": "/downloads?show=waiting",
        "waiting of a series": f"/downloads?show=waiting&series={series}",
        "waiting at a provider": f"/downloads?show=waiting&provider={provider}",
        "done": "/downloads?show=done",
        "failed": "/downloads?show=failed",
        "cancel all": "/downloads/cancel?show=waiting",
    }


if __name__ == "__main__":
    report("Downloads that wait", measure())
