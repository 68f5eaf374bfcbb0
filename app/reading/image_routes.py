"""The doors to images: they answer as bare ASGI, because a response object with all that a screen
needs would cost more than the page. (Litestar 2.25 loses path parameters of `@asgi` routes.)"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from litestar import get
from litestar.enums import ScopeType
from litestar.types import ASGIApp, ControllerRouterHandler, HTTPScope, Receive, Scope, Send

from app.accounts.models import User
from app.errors import DomainError, NotFound
from app.foundation.archives.errors import BadFile
from app.foundation.images.workshop import RETRY_SECONDS, Busy
from app.foundation.web import policies
from app.foundation.web.headers import ONE_OBJECT
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy, SignInFirst
from app.reading.access import CoverSource
from app.reading.image_answers import NOT_KEPT, ClientGone
from app.reading.images import Images, images_of

# `image`: the principal may be two seconds old (SEC23).
_SIGNED_IN = {"policy": Policy.SIGNED_IN, "scope": policies.Scope.READ, "image": True}

type Answer = Callable[[Images, HTTPScope, Receive, Send, User, dict[str, Any]], Awaitable[None]]
_MOST_PAGES = 1_000_000


@get("/chapters/{chapter_id:uuid}/pages/{page:int}", name="reading.page", opt=_SIGNED_IN)
async def page_image() -> ASGIApp:
    return partial(_answer, _send_page)


@get("/chapters/{chapter_id:uuid}/cover", name="reading.chapter_cover", opt=_SIGNED_IN)
async def chapter_cover() -> ASGIApp:
    return partial(_answer, _send_chapter_cover)


@get("/series/{series_id:uuid}/cover", name="reading.series_cover", opt=_SIGNED_IN)
async def series_cover() -> ASGIApp:
    return partial(_answer, _send_series_cover)


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


async def _answer(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == ScopeType.HTTP
    person = scope.get("user")
    if not isinstance(person, User):
        raise SignInFirst
    named: dict[str, Any] = scope["path_params"]
    try:
        await answer(images_of(scope["litestar_app"]), scope, receive, send, person, named)
    except ClientGone:
        return
    except BadFile as error:
        # The address is right and the file is not: for whoever asks, there is no such image.
        await _say(send, 404, _(error.message))
    except Busy as error:
        await _say(send, error.status, _(error.message), (b"retry-after", b"%d" % RETRY_SECONDS))
    except DomainError as error:
        await _say(send, error.status, _(error.message))


async def _say(send: Send, status: int, sentence: str, *more: tuple[bytes, bytes]) -> None:
    """One plain sentence: what asks here is an `<img>`, not a person."""
    body = sentence.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", NOT_KEPT.encode()),
        (b"content-security-policy", ONE_OBJECT),
        *more,
    ]
    start: Any = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
