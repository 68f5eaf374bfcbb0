"""The description of `/api/v1`, as OpenAPI 3.1: made by Litestar from the routes themselves."""

from typing import Any

import msgspec
from litestar import Litestar
from litestar._openapi.plugin import OpenAPIPlugin
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, Reference, SecurityScheme, Server, Tag
from litestar.routes import HTTPRoute

from app.foundation.web.policies import Scope, scopes_that_open

ABOUT = """\
Everything here speaks JSON and answers mistakes with `application/problem+json` (RFC 9457).

**Keys.** Make an app password in your account under *App passwords* and send it as `X-API-Key`, or by
Basic with your name. The password of your account is never accepted here. Each address says below
which scope a key needs; whoever needs less asks for less.

**Tokens.** A program that runs for long may exchange its app password for an access token of 15
minutes and a refresh token, so that it need not keep the app password.

**Pictures and files** have the same addresses as on the screens: `/series/{id}/cover`,
`/chapters/{id}/pages/{n}` (scope *read*), `/chapters/{id}/file`, `/series/{id}/file` (scope *download*).

**Limits.** `429` says in `Retry-After` how many seconds to wait. Lists come in parts: follow `next`.
"""
SCHEMES: dict[str, SecurityScheme | Reference] = {
    "app_password": SecurityScheme(
        type="apiKey", name="X-API-Key", security_scheme_in="header", description="An app password."
    ),
    "basic": SecurityScheme(
        type="http", scheme="basic", description="Your name, and an app password as the password."
    ),
    "token": SecurityScheme(
        type="http", scheme="bearer", bearer_format="JWT", description="An access token."
    ),
}
_KEY = "api description"


def describe(app: Litestar) -> bytes:
    """As JSON; made when it is first asked for, and kept."""
    kept: bytes | None = app.state.get(_KEY)
    if kept is None:
        kept = app.state[_KEY] = msgspec.json.encode(_schema(app))
    return kept


def _schema(app: Litestar) -> dict[str, Any]:
    plugin = app.plugins.get(OpenAPIPlugin)
    # Given to the app itself (2.25), the configuration would open addresses that say nothing of a
    # policy, and answer unknown ones below them with a screen of Litestar's.
    plugin._openapi_config = _config()
    schema = plugin.provide_openapi_schema()
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path in schema["paths"]:
            for method, (handler, _model) in route.route_handler_map.items():
                _name_scopes(schema["paths"][route.path].get(method.lower()), handler)
    return schema


def _name_scopes(operation: dict[str, Any] | None, handler: BaseRouteHandler) -> None:
    """From the declaration that is judged, so that the words cannot differ from it."""
    scopes = scopes_that_open(handler)
    if operation is None or not scopes:
        return
    names = " or ".join(f"`{scope}`" for scope in Scope if scope in scopes)
    needed = "Any key opens this." if len(scopes) == len(Scope) else f"A key needs {names}."
    operation["description"] = f"{operation['description']}\n\n{needed}"


def _config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Bunko",
        version="1",
        summary="A self-hosted manga library",
        description=ABOUT,
        servers=[Server(url="/")],
        use_handler_docstrings=True,
        components=Components(security_schemes=SCHEMES),
        security=[{"app_password": []}, {"basic": []}, {"token": []}],
        tags=[
            Tag(name="Signing in", description="Tokens for programs that run for long."),
            Tag(name="People"),
            Tag(name="Libraries"),
        ],
    )
