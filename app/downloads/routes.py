"""Everything this room serves."""

from litestar.types import ControllerRouterHandler

from app.downloads import follow_sources_routes, updates_routes

routes: list[ControllerRouterHandler] = [*updates_routes.routes, *follow_sources_routes.routes]
