from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import hashing
from app.config import Settings
from tests.security.world import World, make_world


@pytest.fixture(autouse=True)
def cheap_hash() -> Iterator[None]:
    hashing.use_cost(hashing.Cost(time=1, memory_kib=8))
    yield
    hashing.use_cost(hashing.Cost())


@pytest.fixture
async def world(app: Litestar, session: AsyncSession, settings: Settings) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield await make_world(stack, app, session, settings)
