"""How a handler answers: `show` a screen, or say what is `done`. Nobody else looks at htmx.

Without scripts a screen is whole and an action ends in a 303. With htmx a screen may be one
fragment and an action answers with the fragment it changed.
"""

from typing import Any

from litestar import Response
from litestar.datastructures import Cookie
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Receive, Scope, Send

from app.foundation.web.conditional import NOTHING
from app.foundation.web.context import AnyRequest, plain_context, shell_context
from app.foundation.web.csrf import new_cookie
from app.foundation.web.database import session_so_far
from app.foundation.web.flashes import Flash, forget_flashes, keep_flash, kept_flashes
from app.foundation.web.i18n import use_language

HTML = "text/html"
FLASHES_BESIDE = "errors/_flashes_beside.html"


def show(
    request: AnyRequest,
    template: str,
    status_code: int = 200,
    *,
    fragment: str | None = None,
    flash: Flash | str | None = None,
    shell: bool = True,
    **context: Any,
) -> Response[Any]:
    """The screen; or, where htmx asks for a part of one, `fragment` with the same context.

    A screen without rail and dock (`shell=False`) saves the queries for them.
    """
    flashes = [_as_flash(flash)] if flash else []
    if fragment and wants_fragment(request):
        return Screen(request, fragment, status_code, context, flashes, whole=False)
    return Screen(request, template, status_code, context, flashes, whole=True, shell=shell)


def done(
    request: AnyRequest,
    then: str,
    fragment: str | None = None,
    *,
    flash: Flash | str | None = None,
    **context: Any,
) -> Response[Any]:
    """The action succeeded: 303 to `then`, or for htmx the changed `fragment`.

    `then` is an address of ours. htmx without a fragment is sent to `then` as a whole.
    """
    kept = _as_flash(flash) if flash else None
    if fragment and wants_fragment(request):
        return Screen(request, fragment, 200, context, [kept] if kept else [], whole=False)
    response: Response[Any] = Response(b"", status_code=303, headers={"Vary": "HX-Request"})
    if request.headers.get("hx-request") == "true":
        # A 303 would be followed by the script and its screen put into a corner of this one.
        response.status_code = 200
        response.headers["HX-Redirect"] = local_path(then)
    else:
        response.headers["Location"] = local_path(then)
    if kept:
        response.cookies.append(keep_flash(request, kept))
    return response


def wants_fragment(request: AnyRequest) -> bool:
    """Whether htmx asks for a part: not for a boosted link, not for the whole body."""
    headers = request.headers
    return (
        headers.get("hx-request") == "true"
        and headers.get("hx-request-type") != "full"
        and headers.get("hx-boosted") != "true"
        and headers.get("hx-history-restore-request") != "true"
    )


def local_path(address: str | None, otherwise: str = "/") -> str:
    """The address if it can only lead to ourselves; for every `next` that came from outside."""
    if not address or not address.startswith("/") or not address.isprintable():
        return otherwise
    # Browsers read a backslash as a slash, and two slashes as another host.
    if address.startswith(("//", "/\\")) or "\\" in address:
        return otherwise
    return address


class Screen(Response[bytes]):
    """A template, rendered when the answer is sent: what it needs to know may take queries."""

    def __init__(
        self,
        request: AnyRequest,
        template: str,
        status_code: int,
        context: dict[str, Any],
        flashes: list[Flash],
        *,
        whole: bool,
        shell: bool = True,
    ) -> None:
        super().__init__(
            NOTHING, status_code=status_code, media_type=HTML, headers={"Vary": "HX-Request"}
        )
        self.request = request
        self.template = template
        self.context = context
        self.flashes = flashes
        self.whole = whole
        self.shell = shell

    def to_asgi_response(self, app: Any, request: AnyRequest, **given: Any) -> ASGIApp:  # type: ignore[override]
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            self.content = (await self._markup()).encode()
            response: ASGIResponse = super(Screen, self).to_asgi_response(None, request, **given)
            await response(scope, receive, send)

        return answer

    async def _markup(self) -> str:
        context = plain_context(self.request, self._flashes_to_show())
        use_language(context["lang"])
        if self.whole and self.shell:
            context |= await self._shell_context()
        context |= self.context
        templates = self.request.app.state.templates
        markup: str = templates.render(self.template, self.request, context)
        if not self.whole and self.flashes:
            markup += templates.render(FLASHES_BESIDE, self.request, context)
        self._add(new_cookie(self.request.scope))
        return markup

    def _flashes_to_show(self) -> list[Flash]:
        if not self.whole:
            return self.flashes
        kept = kept_flashes(self.request)
        if kept:
            self._add(forget_flashes(self.request))
        return [*kept, *self.flashes]

    async def _shell_context(self) -> dict[str, Any]:
        session = session_so_far(self.request.scope)
        if session is None:
            return await shell_context(self.request)
        # What a refused handler left half done must not be written by a look at the shelves.
        with session.no_autoflush:
            return await shell_context(self.request)

    def _add(self, cookie: Cookie | None) -> None:
        if cookie is not None:
            self.cookies.append(cookie)


def _as_flash(flash: Flash | str) -> Flash:
    return Flash(flash) if isinstance(flash, str) else flash
