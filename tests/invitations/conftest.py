from collections.abc import AsyncIterator, Iterator

import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from app.foundation.web import settings
from tests.mail_server import Post, posting

PASSWORD = "seven lanterns by the river"


@pytest.fixture
async def post(app: Litestar, engine: AsyncEngine) -> AsyncIterator[Post]:
    async with posting(app, engine) as post:
        yield post


@pytest.fixture(autouse=True)
def forget_settings() -> Iterator[None]:
    yield
    settings._kept.clear()
