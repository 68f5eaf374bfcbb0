"""Providers: set up, changed, paused, taken away, and how they answer.

    for provider in await Providers(session).asked():
        driver = await opened().driver(provider)

Whoever asks one in earnest says how that went with `record`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict, Invalid, NotFound, Sentence
from app.events import publish
from app.foundation.db import new_id, now
from app.foundation.security.text import clean_line
from app.foundation.web.i18n import _
from app.providers.base import Capability, Options
from app.providers.events import ProviderLeaves
from app.providers.models import Health, Provider, ProviderCheck, Way
from app.providers.opening import SecretsLost, opened
from app.providers.registry import (
    driver,
    options_that_are,
    parse_port,
    read_options,
    secret_options,
)

LONGEST_NAME = 60
LONGEST_REASON = 400
MOST_PROVIDERS = 500
MOST_PORTS = 20
BY_PRIORITY = (Provider.priority.desc(), func.lower(Provider.name), Provider.id)


class NameTaken(Conflict):
    pass


class SecretsWanted(Invalid):
    """They were typed for another host than the provider is to be asked at now: that one gets them
    only from whoever types them anew."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__("The address leads to another host: type this anew, or forget it.")
        self.names = names


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as somebody wants it. A secret option that is not given stays what it was."""

    name: str
    options: Mapping[str, Any] = {}
    allowed: Sequence[str] = ()
    languages: Sequence[str] = ()
    priority: int | None = None
    """None leaves its place as it is; a new one comes last then."""


def can_be_asked() -> ColumnElement[bool]:
    """Not paused, and not known to be down or to want no more of us."""
    return Provider.paused_at.is_(None) & Provider.health.not_in((Health.DOWN, Health.BLOCKED))


class Providers:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def all(self) -> list[Provider]:
        """The higher in priority first."""
        return await self._those()

    async def asked(self) -> list[Provider]:
        """Those worth a question now, the higher in priority first."""
        return await self._those(can_be_asked())

    async def skipped(self) -> list[Provider]:
        """The others: `paused_at`, `health` and `health_reason` say why."""
        return await self._those(~can_be_asked())

    async def one(self, provider_id: UUID) -> Provider:
        found = await self.session.get(Provider, provider_id)
        if found is None:
            raise NotFound("There is no such provider.")
        return found

    async def named(self, name: str) -> Provider:
        """By its name, for the command line."""
        found = await self.session.scalar(
            select(Provider).where(func.lower(Provider.name) == name.lower())
        )
        if found is None:
            raise NotFound(_("There is no provider named %(name)s.", name=repr(name)))
        return found

    async def add(self, driver_name: str, wanted: Wanted) -> Provider:
        number = await self.session.scalar(select(func.count(Provider.id)))
        if (number or 0) >= MOST_PROVIDERS:
            raise Conflict("There are too many providers. Remove one first.")
        lowest = await self.session.scalar(select(func.min(Provider.priority)))
        last = 0 if lowest is None else lowest - 1
        provider = Provider(id=new_id(), driver=driver_name, revision=0, priority=last)
        await self._set(provider, wanted, kept={})
        self.session.add(provider)
        await self.session.flush()
        return provider

    async def change(self, provider: Provider, wanted: Wanted) -> None:
        kept = _kept_secrets(provider)
        left = kept.keys() - wanted.options.keys()
        was, will = (_hosts(provider.driver, one) for one in (provider.options, wanted.options))
        if left and was != will:
            raise SecretsWanted(left)
        await self._set(provider, wanted, kept=kept)
        await self.session.flush()

    async def move(self, provider: Provider, *, up: bool) -> None:
        """One place up or down. At the end nothing moves."""
        query = select(Provider).order_by(*BY_PRIORITY).with_for_update(key_share=True)
        order = list(await self.session.scalars(query))
        at = order.index(provider)
        order.insert(max(0, at - 1) if up else at + 1, order.pop(at))
        for place, one in enumerate(order):
            one.priority = -place

    async def remove(self, provider: Provider) -> None:
        """What was followed there goes with it; chapters that came from it stay."""
        await publish(self.session, ProviderLeaves(provider))
        await self.session.execute(delete(Provider).where(Provider.id == provider.id))

    async def pause(self, provider: Provider) -> None:
        provider.paused_at = provider.paused_at or now()

    async def resume(self, provider: Provider) -> None:
        """It is checked at once."""
        provider.paused_at = None
        provider.next_check_at = now()

    async def _those(self, *rules: ColumnElement[bool]) -> list[Provider]:
        query = select(Provider).where(*rules).order_by(*BY_PRIORITY)
        return list(await self.session.scalars(query))

    async def _set(self, provider: Provider, wanted: Wanted, kept: Mapping[str, Any]) -> None:
        """Raises Invalid or NameTaken, and changes nothing then."""
        name = await self._free_name(wanted.name, but=provider.id)
        options = read_options(provider.driver, {**kept, **wanted.options})
        allowed = checked_ports(wanted.allowed)
        plain, secrets = _told_apart(provider.driver, options)
        provider.name = name
        if wanted.priority is not None:
            provider.priority = wanted.priority
        provider.options, provider.allowed = plain, allowed
        provider.languages = list(wanted.languages)
        provider.sealed = opened().sealed(provider.id, secrets)
        provider.revision += 1
        provider.next_check_at = now()

    async def _free_name(self, name: str, but: UUID) -> str:
        name = clean_line(name, LONGEST_NAME)
        if not name:
            raise Invalid("Give the provider a name.")
        same = exists().where(func.lower(Provider.name) == name.lower(), Provider.id != but)
        if await self.session.scalar(select(same)):
            raise NameTaken(_("There is already a provider named “%(name)s”.", name=name))
        return name


async def record(
    session: AsyncSession,
    provider_id: UUID,
    capability: Capability,
    is_good: bool,
    ms: float,
    reason: str | None = None,
    *,
    way: Way = Way.USE,
) -> None:
    """One question that was asked in earnest: a search, a list of chapters, the pages of a whole
    chapter (not each page). It counts in the provider's health like a check. `reason` is the
    sentence of the error; what is our own doing (`Resting`) is not recorded."""
    await session.execute(
        insert(ProviderCheck).values(
            id=new_id(),
            provider_id=provider_id,
            at=now(),
            way=way,
            capability=capability,
            is_good=is_good,
            ms=min(max(round(ms), 0), 3_600_000),
            said=_cleaned(reason) if reason else None,
        )
    )


def _cleaned(reason: str) -> str:
    if not isinstance(reason, Sentence):
        return clean_line(reason, LONGEST_REASON)
    values = reason.values.items()
    return Sentence(
        reason.message,
        **{name: _cleaned(one) if isinstance(one, str) else one for name, one in values},
    )


def checked_ports(lines: Sequence[str]) -> list[str]:
    """Each a host and a port, once. Raises Invalid."""
    ports = dict.fromkeys(line.strip() for line in lines if line.strip())
    if len(ports) > MOST_PORTS:
        raise Invalid("These are too many hosts. Allow only those this provider needs.")
    for line in ports:
        parse_port(line)
    return list(ports)


def _told_apart(driver_name: str, options: Options) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs from what the driver would take anyway: the plain, and the secret."""
    given = {
        field.name: value
        for field in msgspec.structs.fields(options)
        if (value := _plain(getattr(options, field.name))) != _default(field)
    }
    secret = secret_options(driver_name)
    return (
        {name: value for name, value in given.items() if name not in secret},
        {name: value for name, value in given.items() if name in secret},
    )


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return _plain(field.default_factory())
    return None if field.required else _plain(field.default)


def _plain(value: Any) -> Any:
    """As JSON gives it back."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _hosts(driver_name: str, options: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Scheme, host and port of each of its addresses."""
    kind = driver(driver_name).options_type
    addresses = options_that_are("address", kind)
    fields = [one for one in msgspec.structs.fields(kind) if one.name in addresses]
    parts = {one.name: urlsplit(options.get(one.name) or _default(one) or "") for one in fields}
    return {name: (one.scheme, one.hostname, one.port) for name, one in parts.items()}


def _kept_secrets(provider: Provider) -> dict[str, Any]:
    try:
        return opened().secrets(provider)
    except SecretsLost:
        return {}
