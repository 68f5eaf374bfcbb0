"""`/discover`: every provider asked at once, one of them alone, and a series there."""

from hashlib import blake2b
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.archives.sniffing import sniff
from app.foundation.web.conditional import Bytes
from app.foundation.web.context import AnyRequest, NavEntry, person_of, register_nav
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import show, wants_fragment
from app.providers.models import Provider
from app.providers.service import Providers
from app.reading.image_answers import SOON_STALE
from app.reading.placeholder import placeholder
from app.search import discover, discover_preview
from app.search.discover_filters import common, menus
from app.search.discover_lists import Wanted, kinds_of, look_through
from app.search.discover_words import Words, cover_signer, language_choices
from app.search.remote_covers import WIDTH, covers_of
from app.search.remote_merge import merged
from app.search.remote_shelf import may_meet, shelved

A_DAY = "private, max-age=86400"
LONGEST_SIGNED = 12_000


class Discover(Controller):
    path = "/discover"
    opt = {"policy": Policy.MANAGER}

    @get("", name="discover.search")
    async def search(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        search = discover.Search.read(request)
        context: dict[str, Any] = {
            "search": search,
            "words": Words(request),
            "choices": language_choices(search.languages),
        }
        if not search.text:
            providers = Providers(session)
            asked, skipped = await providers.asked(), await providers.skipped()
            await session.close()
            offered = common((await discover.narrowed_by(request.app, asked)).values())
            return show(
                request,
                "search/discover.html",
                **context,
                shelves=_shelves(asked),
                skipped=skipped,
                menus=menus(offered, search.filters),
            )
        # A script shows at once that providers are being asked, and asks on; a screen waits.
        is_first = wants_fragment(request) and search.seen is None
        wait = discover.AT_ONCE if is_first else discover.PATIENCE
        found = await discover.answers(request.app, session, person, search, wait)
        return show(
            request,
            "search/discover_results.html",
            fragment="search/_discover_results.html",
            **context,
            found=found,
            menus=found.menus,
            is_first=is_first,
        )

    @get("/{provider_id:uuid}", name="discover.provider")
    async def provider(
        self, request: HTMXRequest, person: User, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        wanted = Wanted.read(request, await Providers(session).one(provider_id))
        return show(
            request,
            "search/discover_provider.html",
            fragment="search/_discover_entries.html",
            wanted=wanted,
            provider=wanted.provider,
            search=wanted.search,
            looked=await look_through(request.app, session, person, wanted),
            kinds=kinds_of(wanted.provider, wanted.search, wanted.kind),
            choices=language_choices(wanted.search.languages),
            words=Words(request),
        )

    @get("/{provider_id:uuid}/series", name="discover.series")
    async def series(
        self, request: HTMXRequest, person: User, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        provider = await Providers(session).one(provider_id)
        choice = discover_preview.Choice.read(request)
        if not choice.remote_id:
            raise NotFound(_("“%(provider)s” has no such series.", provider=provider.name))
        await session.close()
        again = request.query_params.get("again") == "1"
        said = await discover_preview.preview(request.app, provider, choice.remote_id, again=again)
        if said.series and (said.series.is_gone or not _may(person, said)):
            raise NotFound(_("“%(provider)s” has no such series.", provider=provider.name))
        context: dict[str, Any] = {
            "provider": provider,
            "choice": choice,
            "words": Words(request),
            "said": said,
        }
        if said.series is None or said.series.answer is None:
            return show(request, "search/discover_waiting.html", **context)
        entries = merged([(provider, [said.series.answer])])
        marks = await shelved(session, person, entries)
        chapters = said.chapters.answer if said.chapters else None
        return show(
            request,
            "search/discover_series.html",
            fragment="search/_discover_chapters.html",
            **context,
            series=said.series.answer,
            mark=marks.get(0),
            listing=None if chapters is None else discover_preview.listed(chapters, choice),
        )

    @get("/{provider_id:uuid}/cover", name="discover.cover")
    async def cover(
        self, request: HTMXRequest, session: AsyncSession, provider_id: UUID
    ) -> Response[Any]:
        url = _signed_address(request, provider_id)
        covers = covers_of(request.app)
        data = await covers.kept(provider_id, url)
        if data is None:
            provider = await Providers(session).one(provider_id)
            await session.close()
            data = await covers.fetched(provider, url)
        cache = A_DAY if data else SOON_STALE
        data = data or placeholder(WIDTH)
        etag = blake2b(data, digest_size=10).hexdigest()
        return Bytes(request, data, media_type=sniff(data) or "", etag=etag, cache_control=cache)


def _signed_address(request: HTMXRequest, provider_id: UUID) -> str:
    signed = request.query_params.get("u", "")
    payload = cover_signer(request.app).open(signed) if len(signed) <= LONGEST_SIGNED else None
    if payload is None or payload[:16] != provider_id.bytes:
        raise NotFound("There is no such cover.")
    return payload[16:].decode()


def _may(person: User, said: discover_preview.Preview) -> bool:
    series = said.series.answer if said.series else None
    return series is None or may_meet(person, series)


def _shelves(providers: list[Provider]) -> list[tuple[Provider, list[tuple[str, str]]]]:
    """Each provider with the lists that can be looked through without searching."""
    nothing = discover.Search(text="")
    return [
        (one, [(word, href) for word, href, _is in kinds_of(one, nothing)]) for one in providers
    ]


def _place(request: AnyRequest) -> list[NavEntry]:
    person: User = person_of(request)
    return [NavEntry("/discover", "compass", _("Discover"))] if person.manages else []


register_nav(_place, order=40)
discover_routes: list[ControllerRouterHandler] = [Discover]
