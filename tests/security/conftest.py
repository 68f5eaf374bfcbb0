from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from tests.security.world import World, make_world


@pytest.fixture
async def world(app: Litestar, session: AsyncSession, settings: Settings) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield await make_world(stack, app, session, settings)
