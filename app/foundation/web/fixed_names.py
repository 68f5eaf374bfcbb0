"""What browsers and crawlers ask for under names that nobody chooses.

`/manifest.webmanifest` (https://www.w3.org/TR/appmanifest/) puts Bunko on the home screen of a phone or a
tablet; `/robots.txt` (RFC 9309) asks crawlers to leave: a library at home is nobody's search result.
"""

import msgspec
from litestar import Response, get
from litestar.datastructures import State

from app.foundation.web.policies import Policy

PUBLIC = {"policy": Policy.PUBLIC}
ICONS = (192, 512)
SURFACE, ACCENT = "#faf9f6", "#2d4a8a"


@get("/robots.txt", name="fixed.robots", opt=PUBLIC, sync_to_thread=False)
def robots() -> Response[str]:
    return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")


@get("/manifest.webmanifest", name="fixed.manifest", opt=PUBLIC, sync_to_thread=False)
def manifest(state: State) -> Response[bytes]:
    static = state["static"]
    told = {
        "name": "Bunko",
        "short_name": "Bunko",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": SURFACE,
        "theme_color": ACCENT,
        "icons": [
            {
                "src": static.url(f"img/icon-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any maskable",
            }
            for size in ICONS
        ],
    }
    return Response(msgspec.json.encode(told), media_type="application/manifest+json")


routes = [robots, manifest]
