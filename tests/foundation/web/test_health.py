from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.foundation.web.conftest import Make, browser


async def test_a_running_app_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200


async def test_an_app_without_its_database_is_alive_but_not_ready(make_app: Make) -> None:
    async with browser(make_app()) as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz", headers={"accept": "application/json"})

    assert answer.status_code == 503
    assert answer.json()["title"] == "The database cannot be reached at the moment."


async def test_an_app_without_valkey_is_not_ready(make_app: Make, database_url: str) -> None:
    app = make_app(database_url=database_url, valkey_url="valkey://127.0.0.1:1")
    try:
        async with browser(app) as client:
            answer = await client.get("/readyz")
    finally:
        await app.state.engine.dispose()

    assert answer.status_code == 503
    assert "Valkey" in answer.text


async def test_an_app_whose_database_waits_for_a_migration_is_not_ready(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        kept: Any = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        await connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    try:
        answer = await client.get("/readyz")
    finally:
        async with engine.begin() as connection:
            await connection.execute(
                text("UPDATE alembic_version SET version_num = :kept"), {"kept": kept}
            )

    assert answer.status_code == 503
    assert "migration" in answer.text
