"""Every route of the app, as the crawls see it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from litestar import Litestar
from litestar.routes import ASGIRoute, HTTPRoute


class Known(NamedTuple):
    method: str
    path: str
    """As declared: `/series/{series_id:uuid}`."""
    policy: Any
    handler: Any

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


def routes_of(app: Litestar) -> Iterator[Known]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _model) in route.route_handler_map.items():
                yield Known(method, route.path, handler.opt.get("policy"), handler)
        elif isinstance(route, ASGIRoute):
            handler = route.route_handler
            yield Known("GET", route.path, handler.opt.get("policy"), handler)
        else:
            raise AssertionError(f"{route.path} is of a kind that no crawl knows")


def filled(path: str, values: dict[str, Any]) -> str:
    """The path with each `{name:type}` replaced; a name nobody knows fails the crawl."""
    parts = []
    for part in path.split("/"):
        name = part.strip("{}").partition(":")[0]
        parts.append(str(values[name]) if part.startswith("{") else part)
    return "/".join(parts)
