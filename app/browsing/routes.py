"""Everything this room serves."""

from litestar.types import ControllerRouterHandler

from app.browsing import (
    chapter_routes,
    help_routes,
    home_routes,
    nav,
    original_routes,
    scan_routes,
    selection_routes,
    series_marks,
    series_routes,
    shelf_routes,
)

__all__ = ["nav", "routes"]

routes: list[ControllerRouterHandler] = [
    *home_routes.routes,
    *shelf_routes.routes,
    *selection_routes.routes,
    help_routes.show_keys,
    *scan_routes.routes,
    *series_routes.routes,
    *series_marks.routes,
    *chapter_routes.routes,
    *original_routes.routes,
]
