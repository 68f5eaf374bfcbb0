"""`bunko provider …` and `bunko search`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import click
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.auth.events import COMMAND_LINE, SecurityEvent, What
from app.config import Settings, load
from app.errors import Conflict, Invalid
from app.events import publish
from app.foundation.db import create_engine, session_maker
from app.foundation.embedded.session import servers
from app.foundation.http import OutboundError
from app.foundation.web.times import since
from app.providers import opening
from app.providers.base import Capability, Filter, Wish
from app.providers.checking import check_all, fold
from app.providers.errors import ProviderError
from app.providers.models import Health, Provider, Way
from app.providers.registry import driver, options_that_are
from app.providers.service import Providers, Wanted
from app.providers.words import CAPABILITIES, answer_of, duration, state_of

type Act = Callable[["Desk"], Awaitable[None]]


class Desk:
    """The database, as the command line has it. Each transaction is committed at its end."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with self.sessions() as session, session.begin():
            yield session

    async def named(self, name: str) -> Provider:
        async with self.sessions() as session:
            return await Providers(session).named(name)


@click.group()
def provider() -> None:
    """Where series and chapters come from."""


@provider.command()
@click.argument("driver_name", metavar="DRIVER")
@click.argument("name")
@click.option("--url", help="Where it is.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="One of its driver's; repeat it.",
)
@click.option(
    "--allow", "allowed", multiple=True, metavar="HOST:PORT", help="In your own network; repeat it."
)
@click.option(
    "--language", "languages", multiple=True, help="Searched for; none is all. Repeat it."
)
@click.option("--priority", type=click.IntRange(-1000, 1000), help="The higher first; else last.")
def add(
    driver_name: str,
    name: str,
    url: str | None,
    options: tuple[str, ...],
    allowed: tuple[str, ...],
    languages: tuple[str, ...],
    priority: int | None,
) -> None:
    """Add a provider that is asked with DRIVER, and call it NAME here.

    DRIVER is mangadex, komga or opds, or one that was installed; docs/providers.md lists what each
    may be told by --option.
    """
    given = dict(map(_parted, options))
    if url is not None:
        given[_main_address(driver_name)] = url
    wanted = Wanted(
        name=name, options=given, allowed=allowed, languages=languages, priority=priority
    )

    async def act(desk: Desk) -> None:
        async with desk.transaction() as session:
            await _tell(
                session, What.SOURCE_ADDED, await Providers(session).add(driver_name, wanted)
            )

    _at_the_desk(act)
    click.echo(f"Added {name}. Test it: bunko provider test {name!r}")


@provider.command("list")
def list_providers() -> None:
    """Every provider, how it is, since when and why."""

    async def act(desk: Desk) -> None:
        async with desk.sessions() as session:
            found = await Providers(session).all()
            for one in found:
                click.echo(f"{one.name}\t{one.driver}\t{_state(one)}")
            if not found:
                click.echo(
                    "There is no provider yet. Add one: bunko provider add mangadex MangaDex",
                    err=True,
                )

    _at_the_desk(act)


def _state(one: Provider) -> str:
    word = str(state_of(one).word)
    if one.paused_at is not None:
        return f"{word} {since(one.paused_at)}"
    if one.health is Health.UNTESTED:
        return word
    return ": ".join(filter(None, [f"{word} {since(one.health_since)}", one.health_reason]))


@provider.command()
@click.argument("name")
def test(name: str) -> None:
    """Ask NAME for a series, its chapters and a page, and say what came."""

    async def act(desk: Desk) -> None:
        (probed,) = await check_all(desk, [await desk.named(name)], Way.TEST)
        async with desk.transaction() as session:
            await fold(session)
        for one in probed.answers:
            mark = "good" if one.is_good else "bad"
            what = CAPABILITIES[one.capability]
            click.echo(f"{mark}\t{what}\t{duration(one.ms)}\t{answer_of(one)}")
        if not probed.answers:
            raise Conflict(f"{name} can only be asked by id: there is nothing to test.")
        if not all(one.is_good for one in probed.answers):
            raise Conflict(f"{name} is not well.")

    _at_the_desk(act)


@provider.command()
@click.argument("name")
def pause(name: str) -> None:
    """Ask NAME nothing until it is resumed."""

    async def act(desk: Desk) -> None:
        async with desk.transaction() as session:
            await Providers(session).pause(await Providers(session).named(name))

    _at_the_desk(act)
    click.echo(f"{name} is paused.")


@provider.command()
@click.argument("name")
def resume(name: str) -> None:
    """Ask NAME again."""

    async def act(desk: Desk) -> None:
        async with desk.transaction() as session:
            await Providers(session).resume(await Providers(session).named(name))

    _at_the_desk(act)
    click.echo(f"{name} is asked again.")


@provider.command()
@click.argument("name")
@click.confirmation_option(
    prompt="Remove this provider? What is followed there gets no new chapters; files stay on disk."
)
def remove(name: str) -> None:
    """Forget NAME and what is followed there. Chapters that came from it stay."""

    async def act(desk: Desk) -> None:
        async with desk.transaction() as session:
            found = await Providers(session).named(name)
            await Providers(session).remove(found)
            await _tell(session, What.SOURCE_REMOVED, found)

    _at_the_desk(act)
    click.echo(f"Removed {name}. What came from it is still on disk.")


@click.command()
@click.argument("name", metavar="PROVIDER")
@click.argument("text", default="")
@click.option("--language", "languages", multiple=True, help="In which there are chapters.")
@click.option("--filter", "chosen", multiple=True, metavar="NAME=VALUE", help="Narrows it.")
@click.option("--filters", "lists", is_flag=True, help="Show what it may be narrowed by.")
def search(
    name: str, text: str, languages: tuple[str, ...], chosen: tuple[str, ...], lists: bool
) -> None:
    """Ask PROVIDER for series named TEXT: title, id there, languages."""

    async def act(desk: Desk) -> None:
        found = await desk.named(name)
        asked = await opening.opened().driver(found)
        if Capability.SEARCH not in asked.capabilities:
            raise Conflict(f"{name} cannot be searched.")
        try:
            is_narrowed = (lists or chosen) and Capability.FILTERS in asked.capabilities
            filters = await asked.filters() if is_narrowed else []
            if lists:
                _list_filters(found.name, filters)
                return
            wish = Wish(
                text=text,
                languages=languages or found.languages,
                filters=_filters_chosen(filters, chosen),
            )
            answer = await asked.search(wish)
        except (ProviderError, OutboundError) as error:
            raise Conflict(str(error)) from error
        for one in answer.series:
            click.echo(f"{one.title}\t{one.remote_id}\t{', '.join(one.languages)}")
        if not answer.series:
            what = f"named “{text}”" if text else "like that"
            click.echo(f"{found.name} knows no series {what}.", err=True)
        if answer.more:
            click.echo("There are more: say more of the title, or --filter.", err=True)

    _at_the_desk(act)


def _list_filters(name: str, filters: Sequence[Filter]) -> None:
    if not filters:
        click.echo(f"{name} has nothing that its lists could be narrowed by.", err=True)
    for one in filters:
        click.echo(f"{one.name}\t{', '.join(_values_of(one)) or 'a number'}")


def _filters_chosen(filters: Sequence[Filter], chosen: Sequence[str]) -> dict[str, list[str]]:
    """A choice is named by its value or by what its provider calls it, in any case."""
    known, found = {one.name: one for one in filters}, dict[str, list[str]]()
    for name, said in map(_parted, chosen):
        if name not in known:
            raise Invalid(f"There is no filter “{name}”. There are: {', '.join(known) or 'none'}.")
        choices = known[name].choices
        values = [
            one.value
            for one in choices
            if said.casefold() in (one.value.casefold(), one.label.casefold())
        ]
        if choices and not values:
            raise Invalid(f"“{name}” may be: {', '.join(_values_of(known[name]))}.")
        found.setdefault(name, []).extend(values or [said])
    return found


def _values_of(one: Filter) -> list[str]:
    return [said for choice in one.choices if (said := choice.label or choice.value)]


def _at_the_desk(act: Act) -> None:
    with servers(load()) as connected:
        asyncio.run(_act(connected, act))


async def _act(settings: Settings, act: Act) -> None:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url)
    try:
        async with opening.open_for_process(settings):
            await act(Desk(session_maker(engine)))
    finally:
        await engine.dispose()


async def _tell(session: AsyncSession, what: What, found: Provider) -> None:
    about = {"provider": found.name, "driver": found.driver}
    await publish(session, SecurityEvent(what, by=COMMAND_LINE, about=about))


def _parted(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise Invalid(f"“{text}” should be KEY=VALUE.")
    return key.strip(), value


def _main_address(driver_name: str) -> str:
    """The option that `--url` means: the first address of the driver."""
    kind = driver(driver_name).options_type
    addresses = options_that_are("address", kind)
    found = [name for name in kind.__struct_fields__ if name in addresses]
    if not found:
        raise Invalid(f"{driver_name} has no address.")
    return "url" if "url" in found else found[0]
