"""The web app: everything the rooms serve, behind one front door."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, asgi
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler, Middleware, Receive, Scope, Send
from litestar_htmx import HTMXRequest

from app.accounts import routes as accounts
from app.accounts.models import User
from app.api import routes as api
from app.auth import routes as auth
from app.auth.limits import Limits
from app.browsing import routes as browsing
from app.collections import routes as collections
from app.config import Settings
from app.downloads import jobs as download_jobs
from app.downloads import routes as downloads
from app.errors import ConfigError, DomainError
from app.export import routes as export
from app.foundation.db import create_engine, session_maker
from app.foundation.mail import open_post
from app.foundation.queue import herald, wake
from app.foundation.security.logs import configure_logs
from app.foundation.security.secrets import Keys, master_secret
from app.foundation.valkey import rights
from app.foundation.valkey.live import Live
from app.foundation.valkey.rates import Rates
from app.foundation.web import fixed_names, health
from app.foundation.web.cross_origin import CrossOrigin
from app.foundation.web.csrf import CsrfMiddleware
from app.foundation.web.database import autocommit_include_redirects, provide_session
from app.foundation.web.errors import answer_error
from app.foundation.web.front_door import FrontDoor
from app.foundation.web.policies import FOR_ALL, Policy, PolicyMiddleware, SignInFirst
from app.foundation.web.static import StaticFiles
from app.foundation.web.templates import Templates
from app.invitations import routes as invitations
from app.library import routes as library
from app.metadata import routes as metadata
from app.monitoring import database_care
from app.monitoring import jobs as monitoring_jobs
from app.monitoring import routes as monitoring
from app.notifications import routes as notifications
from app.providers import routes as provider_screens
from app.providers.opening import open_for_process
from app.reading import routes as reading
from app.scanning import jobs as scanning_jobs
from app.search import routes as search
from app.settings import routes as settings_screens
from app.single_sign_on import routes as single_sign_on

BODY_BYTES = 1_000_000  # a route that takes more says so: `request_max_body_size=`
FORM_PARTS = 200


# ---- Rooms: one import of `routes` per room, and one line below; nothing else changes here. ----
ROUTES: list[ControllerRouterHandler] = [
    health.alive,
    health.ready,
    *fixed_names.routes,
    *accounts.routes,
    *auth.routes,
    *invitations.routes,
    *single_sign_on.routes,
    *library.routes,
    *reading.routes,
    *metadata.routes,
    *monitoring.routes,
    *notifications.routes,
    *provider_screens.routes,
    *settings_screens.routes,
    *search.routes,
    *browsing.routes,
    *collections.routes,
    *api.routes,
    *export.routes,
    *downloads.routes,
]
# Who listens to what requests announce; and the work that a screen may ask for by its kind.
LISTENERS = [scanning_jobs, monitoring_jobs, database_care, download_jobs]
# Who is asking: attached before the form check. The order is outside in.
MIDDLEWARE: list[Middleware] = [*auth.middleware]
# ------------------------------------------------------------------------------------------------


def create_app(settings: Settings, *, more: Sequence[ControllerRouterHandler] = ()) -> Litestar:
    """The app of one process. Its connections open with the first request that needs one.

    `more` are further routes, for tests of what every route shares.
    """
    if settings.database_url is None:
        raise ConfigError("BUNKO_DATABASE_URL should be set, or start with `bunko serve`.")
    configure_logs(settings.log_format, settings.log_level)
    open_post(settings)
    static = StaticFiles(base_url=settings.static_url)
    state = _state(settings, settings.database_url, static)
    app = Litestar(
        route_handlers=[*ROUTES, _static_route(static), *more],
        middleware=[*MIDDLEWARE, CsrfMiddleware, PolicyMiddleware],
        dependencies={
            "session": Provide(provide_session, sync_to_thread=False),
            "person": Provide(provide_person, sync_to_thread=False),
        },
        exception_handlers={
            DomainError: answer_error,
            HTTPException: answer_error,
            Exception: answer_error,
        },
        before_send=[autocommit_include_redirects],
        lifespan=[_bell, _live, _limits, _providers],
        on_shutdown=[state.engine.dispose],
        request_class=HTMXRequest,
        request_max_body_size=BODY_BYTES,
        multipart_form_part_limit=FORM_PARTS,
        openapi_config=None,
        include_in_schema=False,
        logging_config=None,
        debug=False,
        state=state,
    )
    # Outside the router, so that unknown addresses and failures of the router pass it too.
    inner = CrossOrigin(app.asgi_handler, state["session_maker_class"])
    app.asgi_handler = FrontDoor(inner, settings)
    return app


def _state(settings: Settings, database_url: str, static: StaticFiles) -> State:
    engine = create_engine(database_url)
    sessions = session_maker(engine)
    return State(
        {
            "settings": settings,
            "secrets": Keys(master_secret(settings)),
            "engine": engine,
            "session_maker_class": sessions,
            "limits": Limits(Rates(settings.valkey_url), sessions),
            "static": static,
            "templates": Templates(static, compiled=settings.data_dir / "cache" / "templates"),
        }
    )


@asynccontextmanager
async def _bell(app: Litestar) -> AsyncIterator[None]:
    """What a request asks to be done, a worker hears of at once."""
    url = app.state.settings.valkey_url
    bell = wake.Bell(url) if url else None
    wake.hang(bell)
    yield
    wake.hang(None)
    if bell:
        await bell.close()


@asynccontextmanager
async def _limits(app: Litestar) -> AsyncIterator[None]:
    yield
    await app.state["limits"].rates.close()


@asynccontextmanager
async def _providers(app: Litestar) -> AsyncIterator[None]:
    """Drivers are opened by the first screen that asks one."""
    async with open_for_process(app.state.settings):
        yield


@asynccontextmanager
async def _live(app: Litestar) -> AsyncIterator[None]:
    """What changes anywhere is told to the screens that are open here, and the other way round."""
    url = app.state.settings.valkey_url
    if url is None:
        yield
        return
    live = app.state["live"] = Live(url)
    live.start()
    rights.tell_through(live)
    herald.appoint(herald.Herald(live))
    yield
    herald.appoint(None)
    rights.tell_through(None)
    await live.close()


def provide_person(scope: Scope) -> User:
    """Who is asking, for routes whose policy lets only known people in."""
    person: Any = scope.get("user")
    if not isinstance(person, User):
        raise SignInFirst
    return person


def _static_route(static: StaticFiles) -> ControllerRouterHandler:
    @asgi("/static", is_mount=True, opt={"policy": Policy.PUBLIC, FOR_ALL: True}, copy_scope=True)
    async def built_files(scope: Scope, receive: Receive, send: Send) -> None:
        await static(scope, receive, send)

    return built_files
