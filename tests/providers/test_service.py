"""Providers are set up, changed, paused and taken away."""

import pytest
from sqlalchemy import select

from app.errors import Conflict, Invalid, NotFound
from app.foundation.db import now
from app.providers.base import Capability
from app.providers.models import Health, ProviderCheck, Way
from app.providers.opening import SecretsLost
from app.providers.service import NameTaken, Providers, Wanted, record

pytestmark = pytest.mark.usefixtures("opened")
KOMGA = {"url": "http://nas.lan:25600"}


@pytest.fixture
def providers(session):
    return Providers(session)


async def komga(providers, name="Home", **options):
    return await providers.add("komga", Wanted(name=name, options=KOMGA | options))


async def test_only_what_differs_from_the_driver_is_kept(providers):
    wish = Wanted(name="MangaDex", options={"data_saver": True, "site": "https://mangadex.org"})

    provider = await providers.add("mangadex", wish)

    assert provider.options == {"data_saver": True}
    assert provider.sealed is None


async def test_a_secret_is_sealed_and_kept_until_another_is_typed(providers, opened):
    provider = await komga(providers, api_key="open sesame")
    assert b"sesame" not in provider.sealed
    assert provider.options == KOMGA

    await providers.change(provider, Wanted(name="Home", options=KOMGA | {"name": "alice"}))

    assert opened.secrets(provider) == {"api_key": "open sesame"}
    assert provider.options == KOMGA | {"name": "alice"}


async def test_every_change_is_made_known_to_open_drivers(providers):
    provider = await komga(providers)

    await providers.change(provider, Wanted(name="Home", options=KOMGA))

    assert provider.revision == 2


@pytest.mark.parametrize("name", ["HOME", " home "])
async def test_two_providers_cannot_share_a_name(providers, name):
    await komga(providers)

    with pytest.raises(NameTaken):
        await komga(providers, name)


async def test_a_provider_may_keep_its_name(providers):
    provider = await komga(providers)

    await providers.change(provider, Wanted(name="home", options=KOMGA))

    assert (await providers.named("HOME")).name == "home"


@pytest.mark.parametrize(
    "wish",
    [
        Wanted(name="", options=KOMGA),
        Wanted(name="Home"),
        Wanted(name="Home", options=KOMGA, allowed=["nas.lan"]),
        Wanted(name="Home", options=KOMGA, allowed=[f"nas.lan:{port}" for port in range(1, 50)]),
    ],
)
async def test_nothing_half_right_is_kept(providers, wish):
    with pytest.raises(Invalid):
        await providers.add("komga", wish)

    assert await providers.all() == []


@pytest.mark.parametrize("health", list(Health))
async def test_a_sick_provider_is_skipped(providers, session, health):
    provider = await komga(providers)
    provider.health = health
    await session.flush()

    is_asked = health not in (Health.DOWN, Health.BLOCKED)
    assert await providers.asked() == ([provider] if is_asked else [])
    assert await providers.skipped() == ([] if is_asked else [provider])


async def test_a_paused_provider_is_skipped_until_it_is_resumed(providers, session):
    provider = await komga(providers)

    await providers.pause(provider)
    await session.flush()
    assert await providers.skipped() == [provider]

    await providers.resume(provider)
    await session.flush()
    assert await providers.asked() == [provider]
    assert provider.next_check_at <= now()


async def test_the_more_important_comes_first(providers):
    await komga(providers, "Attic")
    await providers.add("komga", Wanted(name="Zebra", options=KOMGA, priority=5))

    assert [one.name for one in await providers.all()] == ["Zebra", "Attic"]


async def test_there_is_an_end_to_how_many_there_may_be(providers, monkeypatch):
    monkeypatch.setattr("app.providers.service.MOST_PROVIDERS", 1)
    await komga(providers)

    with pytest.raises(Conflict, match="too many"):
        await komga(providers, "Attic")


async def test_what_is_sealed_for_one_provider_opens_for_no_other(providers, opened):
    home = await komga(providers, api_key="open sesame")
    other = await komga(providers, "Attic")

    other.sealed = home.sealed

    with pytest.raises(SecretsLost):
        opened.secrets(other)


async def test_what_is_removed_is_gone(providers):
    provider = await komga(providers)

    await providers.remove(provider)

    with pytest.raises(NotFound):
        await providers.named("Home")


async def test_real_use_is_written_down(providers, session):
    provider = await komga(providers)

    await record(session, provider.id, Capability.SEARCH, False, 812.4, "It\nbroke off.")

    check = await session.scalar(select(ProviderCheck))
    assert (check.way, check.ms, check.said) == (Way.USE, 812, "It broke off.")
