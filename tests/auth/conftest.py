"""A person with a known password, and a Bunko that may be set up."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role, User
from app.auth import hashing
from app.auth.guard import has_owner
from app.auth.setup import DONE_FILE, TOKEN_FILE
from app.config import Settings
from tests import factories
from tests.browser import Browser, browser_of
from tests.mail_server import Post, posting

PASSWORD = "seven lanterns by the river"

type MakePerson = Callable[..., Awaitable[User]]


@pytest.fixture
def make_person(session: AsyncSession) -> MakePerson:
    async def make(name: str = "alice", role: Role = Role.READER, **more: Any) -> User:
        """Beside an owner called keeper, without whom every door leads to `/setup`."""
        if role is not Role.OWNER and not await has_owner(session):
            await factories.person(session, "keeper", Role.OWNER)
        password_hash = await hashing.hasher().hash(PASSWORD)
        return await factories.person(session, name, role, password_hash=password_hash, **more)

    return make


@pytest.fixture
async def alice(make_person: MakePerson) -> User:
    return await make_person("alice")


@pytest.fixture
async def browser(client: httpx.AsyncClient, session: AsyncSession, alice: User) -> Browser:
    """In which alice is signed in."""
    return await browser_of(client, session, alice)


@pytest.fixture
def fresh(settings: Settings) -> Iterator[Settings]:
    """A data folder in which nobody was ever made."""
    for name in (DONE_FILE, TOKEN_FILE):
        (settings.data_dir / name).unlink(missing_ok=True)
    yield settings
    for name in (DONE_FILE, TOKEN_FILE):
        (settings.data_dir / name).unlink(missing_ok=True)


@pytest.fixture
async def post(app: Litestar, engine: AsyncEngine) -> AsyncIterator[Post]:
    async with posting(app, engine) as post:
        yield post


@pytest.fixture
def anyone(client: httpx.AsyncClient, app: Litestar) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(client, app, None)
