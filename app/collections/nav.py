"""One place in the rail for everything people put together."""

from collections.abc import Iterable

from app.foundation.web.context import AnyRequest, NavEntry, register_nav
from app.foundation.web.i18n import _

ROOMS = ("/collections", "/favourites", "/search/lists")


def lists(request: AnyRequest) -> Iterable[NavEntry]:
    is_here = request.scope["path"].startswith(ROOMS)
    return [NavEntry("/lists", "list", _("Lists"), current=is_here)]


register_nav(lists, order=20)
