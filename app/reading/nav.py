"""One place in the rail for what somebody has read."""

from collections.abc import Iterable

from app.foundation.web.context import AnyRequest, NavEntry, register_nav
from app.foundation.web.i18n import _

SCREENS = ("/history", "/bookmarks", "/statistics")


def reading(request: AnyRequest) -> Iterable[NavEntry]:
    is_here = request.scope["path"].startswith(SCREENS)
    return [NavEntry("/history", "clock", _("History"), current=is_here)]


register_nav(reading, order=30)
