from collections.abc import AsyncIterator, Iterator

import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from app.auth import hashing
from app.foundation.web import settings
from tests.mail_server import Post, posting

PASSWORD = "seven lanterns by the river"


@pytest.fixture
async def post(app: Litestar, engine: AsyncEngine) -> AsyncIterator[Post]:
    async with posting(app, engine) as post:
        yield post


@pytest.fixture(autouse=True)
def cheap_hash() -> Iterator[None]:
    hashing.use_cost(hashing.Cost(time=1, memory_kib=8))
    yield
    hashing.use_cost(hashing.Cost())
    settings._kept.clear()
