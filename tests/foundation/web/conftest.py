"""An app of its own with probe routes; nobody's database is asked unless a test says so."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from jinja2 import ChoiceLoader, DictLoader
from litestar import Litestar
from litestar.types import ControllerRouterHandler

from app import asgi
from app.asgi import create_app
from app.config import Settings
from app.foundation.web import context, fixed_names, health
from app.foundation.web.templates import Compiled

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
SECRET = b"tests only: 0123456789 abcdefghijklmnop"

PROBE_TEMPLATES = {
    "probe/form.html": "{{ csrf() }}{{ csrf() }}",
    "probe/screen.html": '{% extends "layout.html" %}{% block content %}'
    '{% include "probe/_part.html" %}{% endblock %}',
    "probe/_part.html": "<p>{{ word }}</p>",
    "probe/alone.html": '{% extends "alone.html" %}{% block content %}{{ word }}{% endblock %}',
    "probe/undefined.html": "{{ nobody_said_so }}",
}

type Make = Callable[..., Litestar]


@pytest.fixture(autouse=True)
def no_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the rooms add to every request and screen would ask a database; their routes take half
    a second to put up."""
    monkeypatch.setattr(asgi, "ROUTES", [health.alive, health.ready, *fixed_names.routes])
    monkeypatch.setattr(asgi, "MIDDLEWARE", [])
    monkeypatch.setattr(context, "_navs", [])
    monkeypatch.setattr(context, "_contexts", [])


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """Every app has an environment of its own, but the templates are the same."""
    return Compiled(str(tmp_path_factory.mktemp("compiled")))


@pytest.fixture
def make_app(tmp_path: Path, compiled: Compiled) -> Make:
    def make(routes: Sequence[ControllerRouterHandler] = (), **changes: Any) -> Litestar:
        chosen: dict[str, Any] = {
            "data_dir": tmp_path,
            "database_url": NOWHERE,
            "secret_key": SECRET,
            **changes,
        }
        app = create_app(Settings(**chosen), more=list(routes))
        environment = app.state.templates.environment
        environment.bytecode_cache = compiled
        environment.loader = ChoiceLoader([DictLoader(PROBE_TEMPLATES), environment.loader])
        return app

    return make


@asynccontextmanager
async def browser(
    app: Litestar, base_url: str = "http://localhost", peer: str = "192.0.2.7"
) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, client=(peer, 4242))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
        yield client
