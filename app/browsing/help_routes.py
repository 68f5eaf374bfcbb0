"""`/help/keys`: what the keyboard does."""

from typing import Any, NamedTuple

from litestar import Response, get
from litestar_htmx import HTMXRequest

from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import show


class Key(NamedTuple):
    """`names` are the labels of the keys; any of them does it."""

    names: tuple[str, ...]
    does: str


@get("/help/keys", name="help.keys", opt={"policy": Policy.SIGNED_IN})
async def show_keys(request: HTMXRequest) -> Response[Any]:
    return show(request, "browsing/keys.html", everywhere=_everywhere(), search=_search())


def _everywhere() -> list[Key]:
    return [
        Key((_("Tab"),), _("To the next link, button or field; with Shift to the one before.")),
        Key((_("Enter"),), _("Opens a link, presses a button, unfolds a menu.")),
        Key(("/",), _("To the search box.")),
        Key(("←", "→", "↑", "↓"), _("From cover to cover.")),
        Key((_("Esc"),), _("Closes a menu or the suggestions.")),
        Key(("?",), _("Opens this list.")),
    ]


def _search() -> list[Key]:
    return [
        Key(("↓", "↑"), _("Along the suggestions.")),
        Key((_("Enter"),), _("Opens the chosen suggestion, or searches for what is written.")),
    ]
