"""Everything this room serves."""

from litestar.types import ControllerRouterHandler

from app.downloads import (
    follow_routes,
    follow_sources_routes,
    queue_routes,
    releases_routes,
    updates_routes,
)

routes: list[ControllerRouterHandler] = [
    *follow_routes.routes,
    *follow_sources_routes.routes,
    *releases_routes.routes,
    *updates_routes.routes,
    *queue_routes.routes,
]
