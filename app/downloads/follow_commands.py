"""`bunko follow`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import click
from sqlalchemy import Select, String, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.config import Settings, load
from app.downloads.follow_checks import Outcome, learn
from app.downloads.follow_jobs import fetch_cover_later
from app.downloads.follow_matching import MOST, candidates_in
from app.downloads.following import follow as follow_series
from app.downloads.following import stop
from app.errors import BunkoError, NotFound
from app.foundation.db import create_engine, session_maker
from app.foundation.embedded.session import servers
from app.foundation.web.i18n import _
from app.library.models import Library, Series
from app.library.service import AllLibraries
from app.metadata.facts import language_tag
from app.providers.answers import answered
from app.providers.base import RemoteSeries
from app.providers.models import Keep, Provider, Source
from app.providers.opening import open_for_process, opened
from app.providers.service import Providers


class BadCall(BunkoError):
    pass


class Place(NamedTuple):
    """Where it comes to: a series of this library that is named, one that is found there, or a new
    one."""

    library: str
    into: str | None
    is_new: bool


class Wish(NamedTuple):
    languages: Sequence[str]
    groups: Sequence[str]
    keep: Keep


@click.command()
@click.argument("provider", required=False)
@click.argument("remote_id", required=False)
@click.argument("library", required=False)
@click.option("--language", "languages", multiple=True, help="In the order of preference.")
@click.option("--group", "groups", multiple=True, help="Preferred, in this order.")
@click.option(
    "--download",
    "keep",
    type=click.Choice([one.value for one in Keep]),
    default=Keep.NEW.value,
    show_default=True,
    help="Which chapters are downloaded by themselves.",
)
@click.option("--into", metavar="TITLE|ID", help="The series of LIBRARY that gets one more source.")
@click.option(
    "--new", "is_new", is_flag=True, help="A series of its own, whatever is there already."
)
@click.option("--list", "lists", is_flag=True, help="Show what is followed.")
@click.option("--stop", "stops", is_flag=True, help="Follow it no more. Chapters stay.")
def follow(
    provider: str | None,
    remote_id: str | None,
    library: str | None,
    languages: tuple[str, ...],
    groups: tuple[str, ...],
    keep: str,
    into: str | None,
    is_new: bool,
    lists: bool,
    stops: bool,
) -> None:
    """Follow the series REMOTE_ID of PROVIDER into LIBRARY.

    Where LIBRARY has that series already, it gets one more source.
    """
    settings = load()
    if lists:
        _in_database(settings, lambda session: _list(session, provider))
    elif provider is None or remote_id is None:
        raise click.UsageError("Say the PROVIDER, the REMOTE_ID of the series, and the LIBRARY.")
    elif stops:
        _in_database(settings, lambda session: _stop(session, provider, remote_id, library))
    elif library is None:
        raise click.UsageError("Say the LIBRARY, too.")
    else:
        if into is not None and is_new:
            raise click.UsageError("Say --into or --new, not both.")
        place = Place(library, into, is_new)
        wish = Wish([_tag(text) for text in languages], groups, Keep(keep))
        _in_database(settings, lambda session: _follow(session, provider, remote_id, place, wish))


async def _follow(
    session: AsyncSession, name: str, remote_id: str, place: Place, wish: Wish
) -> None:
    provider = await Providers(session).named(name)
    library = await AllLibraries(session).named(place.library)
    driver = await opened().driver(provider)
    click.echo(f"Asking {provider.name}…", err=True)
    remote = await answered(driver.series(remote_id))
    chapters = await answered(driver.chapters(remote_id, wish.languages))
    series = await _series_there(session, provider, remote, library, place)
    source = await follow_series(
        session,
        provider,
        remote,
        library,
        by=None,
        languages=wish.languages,
        groups=wish.groups,
        keep=wish.keep,
        series=series,
    )
    if series is None and remote.cover_url:
        await fetch_cover_later(session, source, remote.cover_url)
    found = await learn(session, source.id, chapters)
    if series is not None:
        click.echo(f"It is one more source of “{series.title}”, which is there already.")
    click.echo(_sentence(remote.title, library, found))


async def _series_there(
    session: AsyncSession,
    provider: Provider,
    remote: RemoteSeries,
    library: Library,
    place: Place,
) -> Series | None:
    """The series that gets the source; None for a new one, or where it is followed already."""
    if place.is_new or await _is_followed(session, provider, remote, library):
        return None
    if place.into is not None:
        found = await _named(session, library, place.into)
        if not found:
            raise BadCall(f"{library.name} has no series “{place.into}”.")
    else:
        alike = await candidates_in(session, library, remote)
        sure = [one for one in alike if one.by_link] or alike
        found = [await session.get_one(Series, one.series_id) for one in sure]
    if len(found) > 1:
        names = ", ".join(f"{one.title} ({one.id})" for one in found)
        raise BadCall(f"Several series may be meant. Say --into ID, or --new: {names}.")
    return found[0] if found else None


async def _named(session: AsyncSession, library: Library, name: str) -> list[Series]:
    """By its id, or by its title."""
    is_named = or_(cast(Series.id, String) == name.lower(), Series.title == name)
    asked = select(Series).where(Series.library_id == library.id, Series.trashed_at.is_(None))
    return list(await session.scalars(asked.where(is_named).order_by(Series.id).limit(MOST)))


async def _is_followed(
    session: AsyncSession, provider: Provider, remote: RemoteSeries, library: Library
) -> bool:
    asked = _followed().where(Source.provider_id == provider.id, Series.library_id == library.id)
    asked = asked.where(Source.remote_id == remote.remote_id)
    return (await session.scalars(asked)).first() is not None


async def _stop(session: AsyncSession, name: str, remote_id: str, library: str | None) -> None:
    provider = await Providers(session).named(name)
    asked = _followed().where(Source.provider_id == provider.id, Source.remote_id == remote_id)
    if library is not None:
        asked = asked.where(Library.name == library)
    sources = (await session.scalars(asked)).all()
    if not sources:
        raise NotFound(
            _("No series %(id)s of %(provider)s is followed.", id=remote_id, provider=provider.name)
        )
    for source in sources:
        await stop(session, source)
        click.echo(f"{source.title} is no longer followed. Its chapters stay.")


async def _list(session: AsyncSession, name: str | None) -> None:
    asked = _followed().options(joinedload(Source.provider), joinedload(Source.series))
    if name is not None:
        provider = await Providers(session).named(name)
        asked = asked.where(Source.provider_id == provider.id)
    found = (await session.scalars(asked)).all()
    if not found:
        click.echo("Nothing is followed.", err=True)
    for source in found:
        click.echo(f"{source.title}  {source.provider.name} {source.remote_id}")
        looks = f"next look {source.next_check_at.astimezone():%Y-%m-%d %H:%M %Z}"
        said = f"  {', '.join(source.languages) or 'any language'}, download {source.keep}, {looks}"
        click.echo(said + (f"  ({source.reason})" if source.reason else ""))


def _followed() -> Select[Source]:
    return (
        select(Source)
        .join(Series, Series.id == Source.series_id)
        .join(Library, Library.id == Series.library_id)
        .join(Provider, Provider.id == Source.provider_id)
        .where(Source.stopped_at.is_(None))
        .order_by(Series.sort_key, Source.priority.desc(), Source.id)
    )


def _sentence(title: str, library: Library, found: Outcome) -> str:
    releases = "1 release" if found.fresh == 1 else f"{found.fresh} releases"
    wanted = f"{found.wanted} will be downloaded" if found.wanted else "none is downloaded now"
    return f"{title} is followed in {library.name}: {releases}, {wanted}."


def _tag(text: str) -> str:
    tag = language_tag(text)
    if tag is None:
        raise BadCall(f"“{text}” is no language such as en or pt-BR.")
    return tag


def _in_database(settings: Settings, act: Callable[[AsyncSession], Awaitable[None]]) -> None:
    async def run(connected: Settings) -> None:
        assert connected.database_url is not None
        engine = create_engine(connected.database_url)
        try:
            async with (
                open_for_process(connected),
                session_maker(engine)() as session,
                session.begin(),
            ):
                await act(session)
        finally:
            await engine.dispose()

    with servers(settings) as connected:
        asyncio.run(run(connected))
