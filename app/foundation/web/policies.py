"""Who may come in, by name. Each route says one; what is not said is closed to everybody."""

from collections.abc import Awaitable, Callable
from enum import Enum, StrEnum, auto
from typing import Any, ClassVar

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as ASGIScope

from app.errors import NotAllowed

type Connection = ASGIConnection[Any, Any, Any, Any]
type Judge = Callable[["Policy", Connection], Awaitable[bool]]


class Policy(Enum):
    """Set by `opt={"policy": Policy.SIGNED_IN}` on a handler, controller or router."""

    PUBLIC = auto()
    SETUP = auto()
    """Only while there is no owner."""
    SIGNED_IN = auto()
    MANAGER = auto()
    OWNER = auto()


class Scope(StrEnum):
    """What a key in a header (an app password, an access token) may be used for.

    A route opens to keys by `opt={"scope": Scope.READ}`, or a tuple of them of which one is enough.
    To a route that says nothing only the cookie of a signed-in browser leads.
    """

    READ = "read"
    PROGRESS = "progress"
    DOWNLOAD = "download"
    ADMIN = "admin"


ANY_SCOPE = tuple(Scope)


class GoThereFirst(NotAllowed):
    """Something comes before this: a browser is sent to `door`, a program gets the status."""

    door: ClassVar[str]


class SignInFirst(GoThereFirst):
    """Nobody is signed in. A browser is sent to `/login?next=…`, everything else gets 401."""

    status = 401
    door = "/login"

    def __init__(self, message: str = "Sign in to see this.") -> None:
        super().__init__(message)


class SetUpFirst(GoThereFirst):
    """There is no owner yet. A browser is sent to `/setup`."""

    door = "/setup"

    def __init__(self, message: str = "Bunko has to be set up first.") -> None:
        super().__init__(message)


class BadKey(NotAllowed):
    """A key that is wrong, expired, revoked, or of somebody shut out: one answer for all of them.

    Never a redirect, and never a challenge that makes a browser ask for a password.
    """

    status = 401

    def __init__(self) -> None:
        super().__init__("This key does not open Bunko. Make a new app password in your account.")


class ProveFirst(GoThereFirst):
    """Whoever holds this session has not shown for ten minutes that it is theirs. A browser is
    sent to `/account/prove?next=…`; what a form sent is not kept, and its person is told so."""

    door = "/account/prove"

    def __init__(self, message: str = "Confirm first that it is you.") -> None:
        super().__init__(message)


class EnrolFirst(GoThereFirst):
    """The role of this person asks for a second factor, and this session shows none."""

    door = "/account/two-factor"

    def __init__(self, message: str = "Set up a second factor first.") -> None:
        super().__init__(message)


FOR_ALL = "for_all"
"""Option of a public route that is the same to everybody and costs next to nothing, such as a built
file: nobody is looked up for it, and it is not counted. (Its path says nothing: of what is mounted,
Litestar has cut the beginning off.)"""

_judges: list[Judge] = []


def set_judge(judge: Judge) -> None:
    """Who decides about every policy but PUBLIC. The judge answers True, or denies by False or
    by raising (SignInFirst, NotAllowed, NotFound); whatever else it raises denies as well."""
    _judges[:] = [judge]


def scopes_that_open(route_handler: BaseRouteHandler) -> frozenset[Scope]:
    declared = route_handler.opt.get("scope", ())
    return frozenset([declared] if isinstance(declared, Scope) else declared)


class PolicyMiddleware:
    """The guard of the whole app, innermost, so that nothing of a route runs before it. (Litestar
    copies the whole handler for each of its own guards: a tenth of the time of a page.)"""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await require_policy(ASGIConnection(scope, receive, send), scope["route_handler"])
        await self.app(scope, receive, send)


async def require_policy(connection: Connection, route_handler: BaseRouteHandler) -> None:
    """The judge also sees to `opt={"proof": True}`."""
    policy = route_handler.opt.get("policy")
    if policy is Policy.PUBLIC and not route_handler.opt.get("proof"):
        return
    if not isinstance(policy, Policy) or not _judges:
        raise NotAllowed("Nobody may open this.")
    if await _judges[0](policy, connection) is not True:
        raise NotAllowed("You may not open this.")
