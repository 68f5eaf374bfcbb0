"""What `app.asgi` mounts. Only what stands below `/api/v1` is described."""

from litestar import Router
from litestar.types import ControllerRouterHandler

from app.api import docs_routes
from app.api.library_routes import list_libraries
from app.api.people_routes import get_me, list_users
from app.api.token_routes import TokenRoutes

_first = Router(
    "/api/v1",
    route_handlers=[TokenRoutes, get_me, list_users, list_libraries],
    include_in_schema=True,
)
routes: list[ControllerRouterHandler] = [_first, *docs_routes.routes]
