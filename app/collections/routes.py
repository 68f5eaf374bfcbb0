"""Everything this room serves."""

from app.collections import (
    along,
    cbl_routes,
    collection_routes,
    favourite_routes,
    handing_on,
    list_member_routes,
    list_routes,
    nav,
)

__all__ = ["along", "handing_on", "nav", "routes"]

routes = [
    *favourite_routes.routes,
    *collection_routes.routes,
    *list_routes.routes,
    *list_member_routes.routes,
    *cbl_routes.routes,
]
