"""A real OpenID provider, a process of its own on loopback."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.foundation.db import new_id
from app.foundation.security.sealing import seal
from app.single_sign_on.models import SignInProvider
from app.single_sign_on.protocol import forget_what_is_known
from app.single_sign_on.sealed import PURPOSE
from tests import factories
from tests.browser import Browser

CLIENT, SECRET = "bunko", "canary client secret qzx"


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    module = "tests.single_sign_on.lean_provider"
    command = [sys.executable, "-m", module, "-p", str(port), "-n", "true"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(process, base)
        yield base
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", base: str) -> None:
    for _ in range(600):
        assert process.poll() is None, "the provider did not start"
        try:
            urllib.request.urlopen(f"{base}/jwks", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the provider does not answer")


@pytest.fixture
async def provider(
    app: Litestar, session: AsyncSession, issuer: str, settings: Settings
) -> SignInProvider:
    await factories.admin(session)
    forget_what_is_known(issuer)
    key = app.state.secrets.sub(PURPOSE)
    return await make_provider(session, issuer, seal(key, SECRET.encode(), issuer.encode()))


async def make_provider(
    session: AsyncSession, issuer: str, secret: bytes | None = None, **more: object
) -> SignInProvider:
    values = {
        "name": "Lantern",
        "client_id": CLIENT,
        "scopes": "openid profile email",
        "allows_private": True,
        "is_on": True,
        "suffices": True,
        "makes_people": True,
        "libraries": {},
        "role_claim": "",
        "manager_value": "",
        "owner_value": "",
    }
    made = SignInProvider(id=new_id(), issuer=issuer, secret=secret, **{**values, **more})
    return await factories.add(session, made)


@pytest.fixture
def anyone(client: httpx.AsyncClient, app: Litestar) -> Browser:
    return Browser(client, app, None)


def known_there(issuer: str, subject: str, **claims: object) -> None:
    request = urllib.request.Request(
        f"{issuer}/users/{subject}",
        data=json.dumps(claims).encode(),
        headers={"content-type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=20).close()


async def away(browser: Browser, provider: SignInProvider, query: str = "?next=/account") -> str:
    answer = await browser.get(f"/login/with/{provider.id}{query}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def local(address: str) -> str:
    parts = urlsplit(address)
    assert parts.netloc == "localhost"
    return f"{parts.path}?{parts.query}"


async def sign_in(browser: Browser, provider: SignInProvider, subject: str) -> httpx.Response:
    back = await agree(await away(browser, provider), subject)
    return await browser.get(local(back))


async def agree(address: str, subject: str) -> str:
    """What the provider answers to somebody who says there who they are: the way back."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as there:
        answer = await there.post(address, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]
