"""How many requests are answered a minute, per kind of route, for one person or one network.

Who is known counts for themselves, so a household behind one address gets in nobody's way;
strangers count by network. Sign-in has its own, slower counters beside this (`throttle`).
Answers say how much is left as draft-ietf-httpapi-ratelimit-headers-10 describes it.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.errors import TooManyTries
from app.foundation.db.outage import DATABASE_ERRORS
from app.foundation.db.setting_store import setting
from app.foundation.valkey.rates import Allowance, Rates, Taken
from app.foundation.web.csrf import SAFE_METHODS
from app.foundation.web.database import session_so_far
from app.foundation.web.i18n import lazy_gettext
from app.foundation.web.policies import FOR_ALL, Policy
from app.foundation.web.settings import Section, chosen, register_section

HANDFULS = {"images": 25, "sign_in": 1}
HANDFUL = 5
"""How many are fetched at once: pages and covers come in dozens, and each must cost next to nothing."""

REST = 2.0
"""Seconds before a database that was away is asked again."""

type Fields = list[tuple[bytes, bytes]]
type Number = Annotated[int, Meta(ge=10, le=1_000_000)]


class Kind(StrEnum):
    """A route may name its own by `opt={"limit": Kind.SEARCH}`; else it follows from the rest."""

    PUBLIC = "public"
    SIGN_IN = "sign_in"
    SCREENS = "screens"
    IMAGES = "images"
    WRITES = "writes"
    SEARCH = "search"
    API = "api"


@setting("limits")
class LimitRules(msgspec.Struct, frozen=True, kw_only=True):
    """Requests a minute. The numbers are far above what anybody does by hand."""

    public: Number = 300
    sign_in: Number = 60
    screens: Number = 600
    images: Number = 6000
    writes: Number = 600
    search: Number = 600
    api: Number = 1200


class TooManyRequests(TooManyTries):
    def __init__(self, taken: Taken, fields: Fields) -> None:
        super().__init__("That were too many requests in a short time.", taken.wait)
        self.headers = {name.decode(): value.decode() for name, value in fields}


class Limits:
    """One per process."""

    def __init__(self, rates: Rates, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.rates = rates
        self.sessions = sessions
        self._rules = LimitRules()
        self._allowances = allowances(self._rules)
        self._is_asking = False
        self._rest_until = 0.0

    async def take(
        self, kind: Kind, who: str, session: AsyncSession | None = None
    ) -> tuple[Taken, Allowance]:
        """`session` is that of the request, where it has one already."""
        await self._look_up_rules(session or self.sessions)
        allowance = self._allowances[kind]
        return await self.rates.take(allowance, who), allowance

    async def _look_up_rules(
        self, session: AsyncSession | async_sessionmaker[AsyncSession]
    ) -> None:
        """What was chosen last holds while one request asks anew, and while the database is away."""
        if self._is_asking or self.rates.clock() < self._rest_until:
            return
        self._is_asking = True
        try:
            rules = await chosen(session, LimitRules)
        except DATABASE_ERRORS:
            self._rest_until = self.rates.clock() + REST
            if session is not self.sessions:
                raise  # that of the request is broken now: nothing more can be asked with it
        else:
            if rules is not self._rules:
                self._rules, self._allowances = rules, allowances(rules)
        finally:
            self._is_asking = False


def allowances(rules: LimitRules) -> dict[Kind, Allowance]:
    found = {}
    for kind in Kind:
        quota: int = getattr(rules, kind.value)
        handful = min(HANDFULS.get(kind.value, HANDFUL), quota // 10)
        found[kind] = Allowance(kind.value, quota, handful=handful)
    return found


class LimitMiddleware:
    """Stands behind the principal. What breaks in here lets nobody through (requirement 4)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["route_handler"].opt.get(FOR_ALL):
            await self.app(scope, receive, send)
            return
        limits: Limits = scope["litestar_app"].state["limits"]
        kind = kind_of(scope["route_handler"], scope["method"], scope["path"])
        taken, allowance = await limits.take(kind, _who(scope), session_so_far(scope))
        if taken.wait:
            raise TooManyRequests(taken, _fields(taken, allowance))
        await self.app(scope, receive, _telling(send, taken, allowance))


def kind_of(handler: BaseRouteHandler, method: str, path: str) -> Kind:
    named = handler.opt.get("limit")
    if named is not None:
        return Kind(named)
    if handler.opt.get("image"):
        return Kind.IMAGES
    is_safe = method in SAFE_METHODS
    if handler.opt.get("policy") in (Policy.PUBLIC, Policy.SETUP):
        return Kind.PUBLIC if is_safe else Kind.SIGN_IN
    if path.startswith("/api/"):
        return Kind.API
    if path.startswith("/search"):
        return Kind.SEARCH
    return Kind.SCREENS if is_safe else Kind.WRITES


def _who(scope: Scope) -> str:
    person = scope.get("user")
    return str(person.id) if person is not None else str(scope["state"]["client"].network)


def _telling(send: Send, taken: Taken, allowance: Allowance) -> Send:
    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_fields(taken, allowance)]
        await send(message)

    return tell


def _fields(taken: Taken, allowance: Allowance) -> Fields:
    name = allowance.name
    return [
        (b"ratelimit-policy", f'"{name}";q={allowance.quota};w={allowance.window}'.encode()),
        (b"ratelimit", f'"{name}";r={taken.left};t={taken.reset}'.encode()),
    ]


register_section(
    Section(
        key="limits",
        title=lazy_gettext("Request limits"),
        about=lazy_gettext("How many requests a minute one person or one network may send."),
        icon="clock",
        kind=LimitRules,
        template="auth/_limit_rules.html",
        order=150,
    )
)
