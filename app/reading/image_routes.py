"""The doors to images: raw ASGI, because everything a screen needs would cost more than the page."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import asgi
from litestar.enums import ScopeType
from litestar.types import ControllerRouterHandler, HTTPScope, Receive, Scope, Send

from app.accounts.models import User
from app.errors import DomainError, NotFound
from app.foundation.archives.errors import BadFile
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy, SignInFirst
from app.reading.access import CoverSource
from app.reading.images import Images, images_of

# `image`: the principal may be two seconds old (SEC23).
_SIGNED_IN = {"policy": Policy.SIGNED_IN, "image": True}

type Answer = Callable[[Images, HTTPScope, Receive, Send, User, dict[str, Any]], Awaitable[None]]
_MOST_PAGES = 1_000_000


@asgi("/chapters/{chapter_id:uuid}/pages/{page:int}", opt=_SIGNED_IN)
async def page_image(scope: Scope, receive: Receive, send: Send) -> None:
    await _answer(scope, receive, send, _send_page)


@asgi("/chapters/{chapter_id:uuid}/cover", opt=_SIGNED_IN)
async def chapter_cover(scope: Scope, receive: Receive, send: Send) -> None:
    await _answer(scope, receive, send, _send_chapter_cover)


@asgi("/series/{series_id:uuid}/cover", opt=_SIGNED_IN)
async def series_cover(scope: Scope, receive: Receive, send: Send) -> None:
    await _answer(scope, receive, send, _send_series_cover)


image_routes: list[ControllerRouterHandler] = [page_image, chapter_cover, series_cover]


async def _send_page(
    images: Images,
    scope: HTTPScope,
    receive: Receive,
    send: Send,
    person: User,
    named: dict[str, Any],
) -> None:
    file = await images.access.chapter_file(person, named["chapter_id"])
    if not 1 <= named["page"] <= _MOST_PAGES:
        raise NotFound("There is no such page.")
    await images.send_page(scope, receive, send, file, named["page"])


async def _send_chapter_cover(
    images: Images,
    scope: HTTPScope,
    receive: Receive,
    send: Send,
    person: User,
    named: dict[str, Any],
) -> None:
    file = await images.access.chapter_file(person, named["chapter_id"])
    await images.send_cover(scope, receive, send, CoverSource(file, 1))


async def _send_series_cover(
    images: Images,
    scope: HTTPScope,
    receive: Receive,
    send: Send,
    person: User,
    named: dict[str, Any],
) -> None:
    source = await images.access.series_cover(person, named["series_id"])
    await images.send_cover(scope, receive, send, source)


async def _answer(scope: Scope, receive: Receive, send: Send, answer: Answer) -> None:
    assert scope["type"] == ScopeType.HTTP
    if scope["method"] not in ("GET", "HEAD"):
        await _say(send, 405, _("Images can only be looked at."), [(b"allow", b"GET, HEAD")])
        return
    person = scope.get("user")
    if not isinstance(person, User):
        raise SignInFirst
    named: dict[str, Any] = scope["path_params"]
    try:
        await answer(images_of(scope["litestar_app"]), scope, receive, send, person, named)
    except BadFile as error:
        # The address is right and the file is not: for whoever asks, there is no such image.
        await _say(send, 404, _(error.message))
    except DomainError as error:
        await _say(send, error.status, _(error.message))


async def _say(
    send: Send, status: int, sentence: str, more: list[tuple[bytes, bytes]] | None = None
) -> None:
    """One plain sentence: what asks here is an `<img>`, not a person."""
    body = sentence.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"private, no-store"),
        *(more or []),
    ]
    start: Any = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
