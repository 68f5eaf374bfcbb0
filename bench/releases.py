"""New chapters and releases among 100,000 releases of 1,000 followed series: `python -m bench.releases`.

The library, the process and the clients are those of `bench.lists`; the person manages this Bunko.
"""

import asyncio
import tempfile
from pathlib import Path

from app.config import Settings
from bench import lists
from bench.lists_rows import Filled, fill
from bench.report import Figure, report

FOLLOWED, EACH = 1000, 100
ROWS = """
    UPDATE user_account SET role = 'manager' WHERE id = '{person}';
    INSERT INTO provider (id, name, driver, options, allowed, languages, priority, health,
        health_since, revision, created_at, next_check_at, leaned, sample)
    VALUES (gen_random_uuid(), 'Kumo', 'mangadex', '{{}}', '{{}}', '{{}}', 0, 'healthy', now(), 1, now(),
        now() + interval '1 day', 0, '{{}}');
    INSERT INTO source (id, series_id, provider_id, remote_id, title, priority, languages, groups, keep,
        next_check_at, check_every, failures, followed_at)
    SELECT gen_random_uuid(), s.id, p.id, s.id::text, s.title, 0, '{{en}}', '{{}}', 'none',
        now() + interval '1 day', 86400, 0, now() - interval '400 days'
    FROM (SELECT id, title FROM series ORDER BY id LIMIT {followed}) s, provider p;
    INSERT INTO release (id, source_id, remote_id, number_text, number, title, language, groups, seen_at)
    SELECT gen_random_uuid(), source.id, 'r' || n, n::text, n, 'Chapter', 'en', '{{Kumo}}',
        now() - (n * 3 + random()) * interval '1 day'
    FROM source, generate_series(1, {each}) AS n;
    ANALYZE release; ANALYZE source;
"""
SEEN = """
    SELECT source.series_id FROM source JOIN series ON series.id = source.series_id
    WHERE series.age_rating < 16 ORDER BY series.id LIMIT 1
"""
"""A series that the person may see."""


async def _release(database_url: str, filled: Filled) -> None:
    import asyncpg

    from app.foundation.db.engine import asyncpg_arguments

    to = await asyncpg.connect(**asyncpg_arguments(database_url))
    await to.execute(ROWS.format(person=filled.person, followed=FOLLOWED, each=EACH))
    series = await to.fetchval(SEEN)
    await to.close()
    filled.paths = {
        "new chapters": "/updates",
        "new chapters, unread": "/updates?only=unread",
        "releases of a series": f"/series/{series}/releases",
        "a series with what is not here": f"/series/{series}",
    }


def measure() -> list[Figure]:
    from app.foundation.embedded.session import servers

    figures = []
    with (
        tempfile.TemporaryDirectory() as folder,
        servers(Settings(data_dir=Path(folder)), scratch=True) as on,
    ):
        assert on.database_url is not None
        filled = asyncio.run(fill(on.database_url))
        asyncio.run(_release(on.database_url, filled))
        settings = Settings(
            data_dir=Path(folder), database_url=on.database_url, log_level="WARNING"
        )
        with lists._served(settings) as (port, pid):
            for name, path in filled.paths.items():
                figures += asyncio.run(lists._times(port, pid, name, path, filled.cookie))
    return figures


if __name__ == "__main__":
    report(f"Releases, {FOLLOWED * EACH:,} of {FOLLOWED:,} followed series", measure())
