"""An owner in a browser without scripts, at the door of a running server."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.chaos.place import Place

PASSWORD = "Iron-Lantern-At-Night-9"


@asynccontextmanager
async def owner_of(place: Place) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in; the first visit sets the server up."""
    async with httpx.AsyncClient(base_url=place.serving.origin, timeout=60) as client:
        code = place.serving.link.partition("code=")[2]
        fields = {"name": "olive", "password": PASSWORD, "password_again": PASSWORD}
        await post(client, f"/setup?code={code}", "/setup", code=code, **fields)
        await post(client, "/login", "/login", name="olive", password=PASSWORD)
        assert (await client.get("/")).status_code == 200
        yield client


async def post(
    client: httpx.AsyncClient, screen: str, action: str, **fields: str
) -> httpx.Response:
    """The form to `action` on that screen, filled in and sent."""
    shown = await client.get(screen, follow_redirects=True)
    hidden = dict(re.findall(r'name="(_?csrf[^"]*)" value="([^"]+)"', shown.text))
    return await client.post(action, data={**hidden, **fields})
