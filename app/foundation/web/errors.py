"""One handler for whatever goes wrong: a screen for people, problem+json (RFC 9457) for programs.

Nothing of the cause is told but the sentence of a DomainError; the reference leads whoever runs
the server to the line in the log.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.routes import HTTPRoute
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import DomainError, TooManyTries, Unavailable
from app.foundation.db.outage import is_full_disk
from app.foundation.logger import get_logger
from app.foundation.web.client import client_of
from app.foundation.web.context import AnyRequest, language_of, person_of
from app.foundation.web.csrf import BY_KEY
from app.foundation.web.database import never_commit
from app.foundation.web.i18n import use_language
from app.foundation.web.policies import GoThereFirst, ProveFirst, SignInFirst
from app.foundation.web.problems import Problem, of_domain_error, of_status
from app.foundation.web.render import Screen, wants_fragment

log = get_logger("bunko.web")
PROBLEM_JSON = "application/problem+json"
JSON_PATHS = ("/api/",)
SCREENS = ("/api/docs", "/api/redoc")
STATEMENT_CANCELLED = "57014"  # Postgres, appendix A: query_canceled


def answer_error(request: AnyRequest, error: Exception) -> Response[Any]:
    never_commit(request.scope)
    use_language(language_of(request))
    if isinstance(error, GoThereFirst) and not wants_json(request):
        return _redirect(request, error)
    problem = problem_of(error)
    if problem.status >= 500:
        _log(error, problem)
    headers = _headers(error)
    if wants_json(request):
        return _as_json(request, problem, _fields(error), headers)
    return _as_screen(request, problem, headers)


def problem_of(error: Exception) -> Problem:
    if isinstance(error, DomainError):
        return of_domain_error(error)
    if isinstance(error, HTTPException):
        return of_status(error.status_code)
    if is_full_disk(error):
        return of_domain_error(Unavailable("The disk of this server is full. Nothing was saved."))
    if is_outage(error):
        return of_domain_error(Unavailable("The database cannot be reached at the moment."))
    return of_status(500)


def is_outage(error: Exception) -> bool:
    """Whether a server of ours is away, which passes, rather than a mistake of ours, which stays."""
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout | OSError | TimeoutError):
        return True
    cancelled = getattr(getattr(error, "orig", None), "sqlstate", None) == STATEMENT_CANCELLED
    return isinstance(error, DBAPIError) and (error.connection_invalidated or cancelled)


def wants_json(request: AnyRequest) -> bool:
    accept = request.headers.get("accept", "")
    asks_for_json = "application/json" in accept or PROBLEM_JSON in accept
    path = request.scope["path"]
    is_program = request.scope["state"].get(BY_KEY, False)
    return (
        is_program
        or (path.startswith(JSON_PATHS) and path not in SCREENS)
        or (asks_for_json and "text/html" not in accept)
    )


def _as_json(
    request: AnyRequest,
    problem: Problem,
    fields: list[dict[str, str]],
    headers: Mapping[str, str],
) -> Response[dict[str, Any]]:
    problem = of_status(422) if fields else problem
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.lead,
        "request_id": request.scope["state"]["request_id"],
    }
    if fields:
        content["errors"] = fields
    return Response(
        content, status_code=problem.status, media_type=PROBLEM_JSON, headers=dict(headers)
    )


def _fields(error: Exception) -> list[dict[str, str]]:
    """What a program sent wrong, field by field, where the body or the query was checked."""
    extra = error.extra if isinstance(error, ValidationException) else None
    if not isinstance(extra, list):
        return []
    return [
        {"field": str(one.get("key", "")), "message": str(one["message"])}
        for one in extra
        if isinstance(one, dict) and "message" in one
    ]


def _as_screen(
    request: AnyRequest, problem: Problem, headers: Mapping[str, str]
) -> Response[bytes]:
    context = {"problem": problem, "at": f"{datetime.now(UTC):%H:%M:%S} UTC"}
    if wants_fragment(request):
        screen = Screen(request, "errors/_note.html", problem.status, context, [], whole=False)
        # A note in the shell; the corner that was to change stays as it is.
        screen.headers |= {"HX-Retarget": "#flashes", "HX-Reswap": "innerHTML"}
    else:
        # Above 500 nothing is asked of a database that may be the trouble.
        shell = person_of(request) is not None and problem.status < 500
        name = "errors/problem.html" if shell else "errors/problem_alone.html"
        screen = Screen(request, name, problem.status, context, [], whole=True, shell=shell)
    screen.headers |= dict(headers)
    return screen


def _redirect(request: AnyRequest, error: GoThereFirst) -> Response[bytes]:
    target = error.door
    if isinstance(error, ProveFirst):
        target += _with_next(_screen_of(request))
        target += "&again=1" if request.scope["method"] != "GET" else ""
    elif isinstance(error, SignInFirst) and request.scope["method"] == "GET":
        asked = _asked_for(request)
        target += "" if asked == "/" else _with_next(asked)
    if request.headers.get("hx-request") == "true":
        return Response(b"", status_code=error.status, headers={"HX-Redirect": target})
    return Response(b"", status_code=303, headers={"Location": target, "Vary": "HX-Request"})


def _with_next(address: str) -> str:
    return f"?next={quote(address, safe='/')}"


def _asked_for(request: AnyRequest) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return request.scope["path"] + (f"?{query}" if query else "")


def _screen_of(request: AnyRequest) -> str:
    """Where the person is: the screen that was asked for, or that a form or a script stands on."""
    headers = request.headers
    is_script = headers.get("hx-request") == "true"
    if request.scope["method"] == "GET" and not is_script:
        return _asked_for(request)
    parts = urlsplit(headers.get("hx-current-url") or headers.get("referer") or "")
    if parts.netloc.lower() == client_of(request).host and parts.path:
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return request.scope["path"] if _can_be_shown(request) else "/"


def _can_be_shown(request: AnyRequest) -> bool:
    """Whether the address of this form also has a screen."""
    template = request.scope.get("path_template")
    return any(
        isinstance(route, HTTPRoute) and route.path == template and "GET" in route.methods
        for route in request.app.routes
    )


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(error.retry_after), **error.headers}
    if isinstance(error, HTTPException) and error.headers and "Allow" in error.headers:
        return {"Allow": error.headers["Allow"]}
    passes = isinstance(error, Unavailable) or is_outage(error) or is_full_disk(error)
    return {"Retry-After": "5"} if passes else {}


def _log(error: Exception, problem: Problem) -> None:
    if isinstance(error, DomainError):
        log.warning("unavailable", reason=error.message)
    else:
        log.error("failed", status=problem.status, exc_info=error)
