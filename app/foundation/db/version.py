"""Whether the database has the newest tables, asked without Alembic: a start of most days.

Importing Alembic and the migrations takes a fifth of a warm start and is needed for none of it.
"""

import asyncio
import re
from functools import cache
from pathlib import Path

import asyncpg

from app.foundation.db.engine import CONNECT_SECONDS, asyncpg_arguments

VERSIONS = Path(__file__).parents[3] / "migrations" / "versions"
_REVISION = re.compile(r'^(down_)?revision\b[^=]*= *"([^"]+)"', re.MULTILINE)


def is_newest(database_url: str) -> bool:
    """False also where that cannot be told: then Alembic shall say what is the matter."""
    revision = asyncio.run(_revision(database_url))
    return revision is not None and revision == newest()


@cache
def newest() -> str | None:
    """The migration that no other builds on; None where there are several."""
    found = [
        match.groups()
        for file in VERSIONS.glob("*.py")
        for match in _REVISION.finditer(file.read_text())
    ]
    heads = {name for down, name in found if not down} - {name for down, name in found if down}
    return heads.pop() if len(heads) == 1 else None


async def _revision(database_url: str) -> str | None:
    try:
        connection = await asyncpg.connect(
            **asyncpg_arguments(database_url), timeout=CONNECT_SECONDS
        )
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return None
    try:
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.PostgresError:
        return None
    else:
        return revision
    finally:
        await connection.close()
