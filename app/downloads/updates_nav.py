"""The place of this room in the rail."""

from collections.abc import Iterable

from app.foundation.web.context import AnyRequest, NavEntry, register_nav
from app.foundation.web.i18n import _


def new_chapters(_request: AnyRequest) -> Iterable[NavEntry]:
    return [NavEntry("/updates", "book", _("Updates"))]


register_nav(new_chapters, order=24)
