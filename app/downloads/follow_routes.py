"""`/follow`: a series of a provider comes to the shelf."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads.follow_forms import LONGEST_ID, MOST_LANGUAGES, NEW, FollowForm
from app.downloads.follow_jobs import check_soon, fetch_cover_later
from app.downloads.follow_matching import Candidate, Followed, candidates, followed
from app.downloads.following import follow
from app.downloads.updates_words import keep_options, language_options
from app.errors import DomainError, NotFound, Unavailable
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, current_language
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.models import Library, Series
from app.library.queries import visible_to
from app.library.service import AllLibraries
from app.providers.base import RemoteChapter, RemoteSeries
from app.providers.models import Provider
from app.providers.service import Providers
from app.search.discover_preview import Preview, preview, series_url
from app.search.discover_words import Words
from app.search.remote_shelf import may_meet

MANAGER = {"policy": Policy.MANAGER}
MOST_GROUPS_SHOWN = 20


class Offer(msgspec.Struct, frozen=True):
    """What somebody would follow, and what there is to choose from."""

    provider: Provider
    remote: RemoteSeries
    chapters: Sequence[RemoteChapter] | None
    """None where the provider has not said (yet)."""

    @property
    def languages(self) -> list[str]:
        found = Counter(one.language for one in self.chapters or () if one.language)
        return list(
            dict.fromkeys([*self.remote.languages, *(tag for tag, _n in found.most_common())])
        )

    @property
    def groups(self) -> list[tuple[str, int]]:
        found = Counter(group for one in self.chapters or () for group in one.groups)
        return found.most_common(MOST_GROUPS_SHOWN)

    @property
    def path(self) -> str:
        return _path(self.provider, self.remote.remote_id)

    def preferred(self) -> str:
        """The language that this person reads Bunko in, else one that the provider is asked for."""
        wishes = [current_language(), *self.provider.languages, "en", *self.languages]
        return next((tag for tag in wishes if tag in self.languages), "")


@get("/follow", name="follow.new", opt=MANAGER)
async def offer_to_follow(
    request: HTMXRequest, person: User, session: AsyncSession
) -> Response[Any]:
    provider, said = await _asked(request, session)
    offer = _offer(person, provider, said)
    if offer is None:
        why = said.series.why if said.series else ""
        return show(
            request,
            "downloads/follow_waiting.html",
            provider=provider,
            why=why,
            here=_path(provider, request.query_params.get("id", "")),
        )
    return await _screen(request, person, session, offer)


@post("/follow", name="follow.follow", status_code=200, opt=MANAGER)
async def follow_series(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    provider, said = await _asked(request, session)
    offer = _offer(person, provider, said)
    if offer is None:
        raise Unavailable(
            (said.series.why if said.series else "") or _("The provider did not answer. Try again.")
        )
    form = await Form.read(request, FollowForm)
    place = await _place(session, person, offer, form)
    wish = form.value
    if wish is None or place is None:
        return await _screen(request, person, session, offer, form)
    library, series = place
    source = await follow(
        session,
        await Providers(session).one(provider.id),
        offer.remote,
        library,
        by=person,
        languages=wish.chosen_languages,
        groups=wish.chosen_groups,
        keep=wish.keep,
        series=series,
    )
    await _refuse_what_is_hidden(session, person, source.series_id)
    await check_soon(session, source, person.id)
    if series is None and offer.remote.cover_url:
        await fetch_cover_later(session, source, offer.remote.cover_url)
    text = _("“%(title)s” is followed. Its chapters are being looked up.", title=source.title)
    return done(request, then=f"/series/{source.series_id}/releases", flash=text)


def _path(provider: Provider, remote_id: str) -> str:
    return f"/follow?{urlencode({'provider': str(provider.id), 'id': remote_id})}"


async def _asked(request: HTMXRequest, session: AsyncSession) -> tuple[Provider, Preview]:
    remote_id = request.query_params.get("id", "")[:LONGEST_ID]
    try:
        provider_id = UUID(request.query_params.get("provider", ""))
    except ValueError as error:
        raise NotFound("There is no such provider.") from error
    provider = await Providers(session).one(provider_id)
    if not remote_id:
        raise NotFound(_("“%(provider)s” has no such series.", provider=provider.name))
    # What waits for a provider holds no connection.
    await session.close()
    again = request.query_params.get("again") == "1"
    return provider, await preview(request.app, provider, remote_id, again=again)


def _offer(person: User, provider: Provider, said: Preview) -> Offer | None:
    remote = said.series.answer if said.series else None
    is_gone = said.series is not None and said.series.is_gone
    if is_gone or (remote and not may_meet(person, remote)):
        raise NotFound(_("“%(provider)s” has no such series.", provider=provider.name))
    chapters = said.chapters.answer if said.chapters else None
    return Offer(provider, remote, chapters) if remote else None


async def _place(
    session: AsyncSession, person: User, offer: Offer, form: Form[FollowForm]
) -> tuple[Library, Series | None] | None:
    """The library, and the series where it is not a new one; or a sentence beside the field."""
    wish = form.value
    if wish is None:
        return None
    libraries = AllLibraries(session)
    try:
        if wish.into == NEW:
            if wish.library is None:
                form.wrong("library", _("Choose a library."))
                return None
            library, series = await libraries.one_for(person, wish.library), None
        else:
            chosen = _chosen(await candidates(session, person, offer.remote), wish.into)
            library = await libraries.one_for(person, chosen.library_id)
            series = await session.get_one(Series, chosen.series_id)
    except DomainError as error:
        form.wrong("library" if wish.into == NEW else "into", error)
        return None
    if library.read_only:
        form.wrong("library" if series is None else "into", _read_only(library))
        return None
    return library, series


def _chosen(found: Sequence[Candidate], wish: str) -> Candidate:
    chosen = next((one for one in found if str(one.series_id) == wish), None)
    if chosen is None:
        raise NotFound("There is no such series.")
    return chosen


def _read_only(library: Library) -> str:
    return _("“%(name)s” is read-only: nothing can be put there.", name=library.name)


async def _refuse_what_is_hidden(session: AsyncSession, person: User, series_id: UUID) -> None:
    """Nobody follows what they would not be shown afterwards: then nothing was done."""
    seen = select(Series.id).where(Series.id == series_id, visible_to(person))
    if await session.scalar(seen) is None:
        raise NotFound("There is no such series.")


async def _screen(
    request: HTMXRequest,
    person: User,
    session: AsyncSession,
    offer: Offer,
    form: Form[FollowForm] | None = None,
) -> Response[Any]:
    there = await followed(session, person, offer.provider, offer.remote.remote_id)
    form = form or _as_it_is(offer, there)
    libraries = await AllLibraries(session).all_for(person)
    found = await candidates(session, person, offer.remote)
    likely = [one for one in found if not one.read_only]
    writable = [library for library in libraries if not library.read_only]
    if not form.values["library"] and len(writable) == 1:
        form.values["library"] = writable[0].id
    if not form.values["into"]:
        form.values["into"] = str(likely[0].series_id) if likely else NEW
    return show(
        request,
        "downloads/follow.html",
        422 if form.errors else 200,
        offer=offer,
        remote=offer.remote,
        provider=offer.provider,
        words=Words(request),
        back=series_url(offer.provider.id, offer.remote.remote_id),
        form=form,
        libraries=writable,
        read_only=[library for library in libraries if library.read_only],
        candidates=likely,
        followed=there,
        languages=language_options(offer.languages),
        places=range(MOST_LANGUAGES),
        keeps=keep_options(),
    )


def _as_it_is(offer: Offer, there: Sequence[Followed]) -> Form[FollowForm]:
    """What is wanted already, where it is followed; else what is usual."""
    if not there:
        return Form.blank(FollowForm, languages=[offer.preferred()], into="")
    wish = there[0]
    return Form.blank(
        FollowForm,
        languages=list(wish.languages),
        groups="\n".join(wish.groups),
        keep=wish.keep,
        into="",
    )


routes = [offer_to_follow, follow_series]
