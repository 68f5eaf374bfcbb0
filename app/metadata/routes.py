"""What the room serves."""

from litestar.types import ControllerRouterHandler

from app.metadata import chapter_routes, cover_routes, edit_routes, related_routes

routes: list[ControllerRouterHandler] = [
    *edit_routes.routes,
    *cover_routes.routes,
    *related_routes.routes,
    *chapter_routes.routes,
]
