"""`/api/docs` (to try out), `/api/redoc` (to read), `/api/openapi.json`: for people who are signed in."""

from typing import Any

from litestar import Response, get
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest

from app.api.openapi import describe
from app.foundation.web.headers import content_policy
from app.foundation.web.policies import ANY_SCOPE, Policy
from app.foundation.web.render import show

SIGNED_IN = {"policy": Policy.SIGNED_IN}


@get("/api/docs", name="api.docs", opt=SIGNED_IN)
async def show_swagger(request: HTMXRequest) -> Response[Any]:
    return _with_own_policy(request, show(request, "api/swagger.html", shell=False))


@get("/api/redoc", name="api.redoc", opt=SIGNED_IN)
async def show_redoc(request: HTMXRequest) -> Response[Any]:
    return _with_own_policy(request, show(request, "api/redoc.html", shell=False))


@get("/api/openapi.json", name="api.openapi", opt={**SIGNED_IN, "scope": ANY_SCOPE})
async def show_description(request: HTMXRequest) -> Response[bytes]:
    return Response(describe(request.app), media_type="application/vnd.oai.openapi+json")


def _with_own_policy(request: HTMXRequest, screen: Response[Any]) -> Response[Any]:
    """Both write their styles as they draw, and have small pictures inside; scripts stay ours."""
    files = request.app.state.settings.static_url
    screen.headers["Content-Security-Policy"] = content_policy(files, drawn=True)
    return screen


routes: list[ControllerRouterHandler] = [show_swagger, show_redoc, show_description]
