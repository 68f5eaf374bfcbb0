"""The one middleware around everything: client, host, request id, headers, compression, log.

It stands outside Litestar's router, so answers for unknown addresses pass it too, and it is the
last resort for what fails while an answer is being sent.
"""

import secrets
from logging import DEBUG
from time import perf_counter
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.enums import ScopeType
from litestar.exceptions import LitestarException
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from app.config import Settings
from app.foundation.logger import get_logger
from app.foundation.security.logs import current_request_id
from app.foundation.web.client import Client, Clients
from app.foundation.web.compression import (
    LEAST_BYTES,
    choose_encoding,
    compress,
    encoded_headers,
    is_worth_it,
)
from app.foundation.web.database import close_what_is_left
from app.foundation.web.errors import answer_error
from app.foundation.web.headers import HSTS, default_headers
from app.foundation.web.hosts import Hosts, split_host
from app.foundation.web.i18n import choose_language, use_language

ALPHABET = b"23456789ABCDEFGHJKLMNPQRSTVWXYZ"  # no letters that look like digits
_LETTERS = bytes(ALPHABET[byte % len(ALPHABET)] for byte in range(256))
PROBES = frozenset({"/healthz", "/readyz"})  # asked by machines under whatever name
MISDIRECTED = 421

log = get_logger("bunko.web")

type Message = Any  # at this edge: an ASGI message, whose `type` decides its shape


class FrontDoor:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.clients = Clients(settings.trusted_proxies)
        self.hosts = Hosts(settings.public_url)
        self.plain_headers = default_headers(settings.static_url)
        self.secure_headers = [*self.plain_headers, HSTS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            return
        began = perf_counter()
        client = self.clients.of(scope)
        request_id = new_request_id()
        scope["state"]["client"] = client
        scope["state"]["request_id"] = request_id
        scope["scheme"] = client.scheme
        current_request_id.set(request_id)
        if scope["method"] == "HEAD":
            # Every GET can be asked for its headers alone; the body is dropped on the way out.
            scope["method"] = "GET"
            scope["state"]["is_head"] = True
        outward = Outward(scope, send, self._headers(client, request_id))
        try:
            if scope["path"] in PROBES or self.hosts.allows(client.host, client.scheme):
                await self.app(scope, receive, outward)
            else:
                await self._refuse_host(client, scope, receive, outward)
        except Exception as error:  # noqa: BLE001 - the last resort
            await _answer_failure(error, scope, receive, outward)
        finally:
            await close_what_is_left(scope)
        _log_request(scope, outward.status, perf_counter() - began)

    def _headers(self, client: Client, request_id: str) -> list[tuple[bytes, bytes]]:
        own = self.secure_headers if client.is_https else self.plain_headers
        return [*own, (b"x-request-id", request_id.encode())]

    async def _refuse_host(
        self, client: Client, scope: Scope, receive: Receive, send: Send
    ) -> None:
        request = Request[Any, Any, Any](scope)
        language = choose_language(request.headers.get("accept-language", ""))
        use_language(language)
        name, _port = split_host(client.host)
        context = {
            "lang": language,
            "host": client.host if name else "?",
            "public_url": self.hosts.public_url,
        }
        body = request.app.state.templates.render("errors/host.html", request, context)
        response = ASGIResponse(body=body, media_type="text/html", status_code=MISDIRECTED)
        await response(scope, receive, send)


class Outward:
    """What leaves: headers completed, words compressed, and whether anything has left yet.

    A start is held back until the first part of the body shows whether compressing is worth it.
    """

    def __init__(self, scope: Scope, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self.scope = scope
        self.send = send
        self.defaults = headers
        self.started = False
        self.status = 0
        self._held: Message | None = None
        self._encoding: bytes | None = None
        self._is_head = "is_head" in scope["state"]

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        elif self._held is not None and message["type"] == "http.response.body":
            await self._first_part(self._held, message)
        else:
            await self._pass_on(message)

    def begin_anew(self) -> None:
        """What was held back will not be sent; another answer comes instead."""
        self._held = None
        self._encoding = None

    async def _start(self, message: Message) -> None:
        headers = [(name.lower(), value) for name, value in message["headers"]]
        present = {name for name, _value in headers}
        headers += [header for header in self.defaults if header[0] not in present]
        message = {**message, "headers": headers}
        self.status = message["status"]
        if is_worth_it(headers):
            message["headers"] = [*headers, (b"vary", b"Accept-Encoding")]
            self._encoding = choose_encoding(_accept_encoding(self.scope))
        if self._encoding is None:
            await self._send_start(message)
        else:
            self._held = message

    async def _first_part(self, start: Message, part: Message) -> None:
        body = part["body"]
        self._held = None
        if self._encoding and not part["more_body"] and len(body) >= LEAST_BYTES:
            body = compress(body, self._encoding)
            start["headers"] = encoded_headers(start["headers"], self._encoding, len(body))
            part = {**part, "body": body}
        await self._send_start(start)
        await self._pass_on(part)

    async def _send_start(self, start: Message) -> None:
        # The commit happens in here; only when it has succeeded, something has left.
        await self.send(start)
        self.started = True

    async def _pass_on(self, message: Message) -> None:
        if self._is_head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self.send(message)


async def _answer_failure(
    error: Exception, scope: Scope, receive: Receive, outward: Outward
) -> None:
    """Litestar wraps what fails inside `send`, such as the commit; the cause is what counts."""
    cause = error.__cause__ if isinstance(error, LitestarException) else None
    failed = cause if isinstance(cause, Exception) else error
    if outward.started:
        log.error("failed while answering", exc_info=failed)
        return
    outward.begin_anew()
    # The person may be what could not be loaded, so the screen does without.
    scope["user"] = None
    request = Request[Any, Any, Any](scope, receive)
    response = answer_error(request, failed).to_asgi_response(None, request)
    await response(scope, receive, outward)


def new_request_id() -> str:
    """Ten letters that can be read out over the telephone."""
    letters = secrets.token_bytes(10).translate(_LETTERS).decode()
    return f"{letters[:5]}-{letters[5:]}"


def _log_request(scope: HTTPScope, status: int, seconds: float) -> None:
    is_one_of_dozens = status < 400 and _comes_in_dozens(scope)
    if is_one_of_dozens and not log.is_enabled_for(DEBUG):
        return
    note = log.debug if is_one_of_dozens else log.info
    note(
        "request",
        method="HEAD" if "is_head" in scope["state"] else scope["method"],
        path=_loggable_path(scope),
        status=status,
        ms=round(seconds * 1000, 1),
    )


def _comes_in_dozens(scope: HTTPScope) -> bool:
    """Pages, covers, built files and probes would hide what a person did."""
    if scope["path"] in PROBES or "route_handler" not in scope:
        return scope["path"] in PROBES
    handler = scope["route_handler"]
    return bool(handler.opt.get("image")) or getattr(handler, "is_mount", False)


def _loggable_path(scope: HTTPScope) -> str:
    """The path where all that varies in it is an id; else its shape, for it may hold a token."""
    template = scope.get("path_template", "")
    if not template:
        return "/" + scope["path"].lstrip("/").partition("/")[0][:40] + " (unknown)"
    if all(isinstance(value, UUID | int) for value in scope["path_params"].values()):
        return scope["path"]
    return str(template)


def _accept_encoding(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            return value
    return b""
