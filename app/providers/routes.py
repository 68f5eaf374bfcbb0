"""`/admin/providers`: how they are, and what one does about it. Setting them up: `setup_routes`."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.web.context import AnyRequest, NavEntry, person_of, register_nav
from app.foundation.web.i18n import _
from app.foundation.web.paging import ROWS, Cursor, moment_after
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.providers import queries, setup_routes, words
from app.providers.jobs import test_later
from app.providers.models import Provider, Way
from app.providers.opening import opened
from app.providers.queries import Wish
from app.providers.screens import ALL, LIST, all_of_them
from app.providers.service import Providers

DETAILS = "providers/_details.html"
CURSOR = "provider checks"
RESULTS = {"good": True, "bad": False}


class ProviderHealth(Controller):
    path = LIST
    opt = {"policy": Policy.MANAGER}

    @get("", name="providers.list")
    async def list_providers(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        all_seen = await queries.overview(session)
        return show(request, "providers/list.html", fragment=ALL, all_seen=all_seen, words=words)

    @get("/{provider_id:uuid}", name="providers.show")
    async def show_provider(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        provider = await Providers(session).one(provider_id)
        return show(
            request,
            "providers/show.html",
            fragment=DETAILS,
            seen=await queries.seen(session, provider),
            answers=await queries.last_answers(session, provider),
            is_being_tested=await queries.is_being_tested(session, provider),
            rest=await opened().rest_of(provider),
            words=words,
        )

    @get("/{provider_id:uuid}/history", name="providers.history")
    async def show_history(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        provider = await Providers(session).one(provider_id)
        typed, wish = _wish_of(request)
        kind = f"{CURSOR} {provider.id} {sorted(typed.items())}"
        after = moment_after(request, kind)
        found = await queries.history(session, provider, wish, after=after, limit=ROWS + 1)
        shown = found[:ROWS]
        following = ""
        if len(found) > ROWS:
            place = Cursor.of(request, kind).pack(shown[-1].at.isoformat(), str(shown[-1].id))
            following = _address(provider, {**typed, "after": place})
        return show(
            request,
            "providers/history.html",
            provider=provider,
            checks=shown,
            typed=typed,
            first_href=_address(provider, typed) if after else "",
            next_href=following,
            words=words,
        )

    @post("/{provider_id:uuid}/test", name="providers.test", status_code=200)
    async def test_provider(
        self, request: HTMXRequest, session: AsyncSession, person: User, provider_id: UUID
    ) -> Response[Any]:
        provider = await Providers(session).one(provider_id)
        await test_later(session, provider.id, person.id)
        return done(
            request,
            f"{LIST}/{provider.id}",
            flash=_("“%(name)s” is asked now.", name=provider.name),
        )

    @post("/{provider_id:uuid}/pause", name="providers.pause", status_code=200)
    async def pause_provider(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        providers = Providers(session)
        provider = await providers.one(provider_id)
        await providers.pause(provider)
        words = _("“%(name)s” is paused: it is asked nothing.", name=provider.name)
        return await all_of_them(request, session, words)

    @post("/{provider_id:uuid}/pause/remove", name="providers.resume", status_code=200)
    async def resume_provider(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        providers = Providers(session)
        provider = await providers.one(provider_id)
        await providers.resume(provider)
        flash = _("“%(name)s” is asked again.", name=provider.name)
        return await all_of_them(request, session, flash)


def _wish_of(request: AnyRequest) -> tuple[dict[str, str], Wish]:
    """What the address asks for; what is no filter is none."""
    asked = request.query_params
    typed = {
        "result": asked.get("result", "") if asked.get("result") in RESULTS else "",
        "way": asked.get("way", "") if asked.get("way") in {*Way} else "",
    }
    is_good = RESULTS.get(typed["result"])
    return typed, Wish(is_good, Way(typed["way"]) if typed["way"] else None)


def _address(provider: Provider, asked: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    path = f"{LIST}/{provider.id}/history"
    return f"{path}?{query}" if query else path


def _places(request: AnyRequest) -> list[NavEntry]:
    return [NavEntry(LIST, "plug", _("Providers"))] if person_of(request).manages else []


register_nav(_places, order=115, admin=True)
routes: list[ControllerRouterHandler] = [ProviderHealth, setup_routes.ProviderSetup]
