"""Providers are really asked, and what they do is told: against a fake, over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from app.foundation.db import now, session_maker
from app.notifications import providers as _notices  # noqa: F401 (hears of changes)
from app.notifications.models import Notification
from app.providers.base import Capability
from app.providers.checking import CHECKS_KEPT, check_all, due, fold, forget_old
from app.providers.models import Health, Provider, ProviderCheck, ProviderHour, Way
from app.providers.service import Providers, Wanted, record
from tests import factories as make
from tests.providers.fake_mangadex import FakeMangaDex, FakeSeries, a_fake, many

pytestmark = pytest.mark.usefixtures("opened")


def a_picture() -> bytes:
    file = BytesIO()
    Image.new("L", (60, 90), 200).save(file, "JPEG")
    return file.getvalue()


PICTURE = a_picture()


class Here:
    """Transactions of a test: what a job does with its fence."""

    def __init__(self, engine) -> None:
        self.sessions = session_maker(engine)

    @asynccontextmanager
    async def transaction(self):
        async with self.sessions() as session, session.begin():
            yield session


@pytest.fixture
async def fake() -> AsyncIterator[FakeMangaDex]:
    async with a_fake() as fake:
        fake.is_strict = False
        chapters = many(3)
        for chapter in chapters:
            chapter.pages = [PICTURE]
        fake.series.append(FakeSeries("lantern", {"en": "Iron Lantern"}, chapters=chapters))
        yield fake


async def a_provider(session, fake, name="Tidepool", **more) -> Provider:
    options = {"api": fake.url, "uploads": fake.url, "report": f"{fake.url}/report"}
    wanted = Wanted(
        name=name,
        options={**options, "requests_per_second": 1000},
        allowed=[f"{fake.host}:{fake.port}"],
    )
    provider = await Providers(session).add("mangadex", wanted)
    await session.commit()
    return provider


async def check(engine, session, *providers, way=Way.CHECK):
    probed = await check_all(Here(engine), providers, way)
    for provider in providers:
        await session.refresh(provider)
    return probed


async def test_everything_it_can_do_is_asked_for_in_earnest(engine, session, fake):
    provider = await a_provider(session, fake)

    (probed,) = await check(engine, session, provider)

    told = [(one.capability, one.is_good) for one in probed.answers]
    asked = (Capability.SEARCH, Capability.CHAPTERS, Capability.PAGES)
    assert told == [(can, True) for can in asked], probed.answers
    assert "×" in probed.answers[-1].said
    assert provider.health is Health.HEALTHY
    assert provider.next_check_at > now() + timedelta(minutes=10)


async def test_the_next_check_asks_for_what_was_there_before(engine, session, fake):
    provider = await a_provider(session, fake)
    await check(engine, session, provider)
    before = len(fake.asked)

    await check(engine, session, provider)

    assert provider.sample["text"] == "Iron Lantern"
    assert len(fake.asked) - before <= 5


async def test_a_provider_goes_down_is_told_and_recovers_by_itself(engine, session, fake):
    owner = await make.admin(session)
    provider = await a_provider(session, fake)
    await check(engine, session, provider)

    fake.trouble("500")
    await check(engine, session, provider)
    assert provider.health is Health.HEALTHY, "one hiccup is no news"
    await check(engine, session, provider)
    assert provider.health is Health.DOWN and provider.health_reason
    assert [one.sentence for one in await _told(session, owner)] == ["“%(name)s” is down."]

    fake.recover()
    await _rested(provider)
    for _ in range(2):
        await check(engine, session, provider)
    assert provider.health in (Health.HEALTHY, Health.DEGRADED)
    assert [one.sentence for one in await _told(session, owner)] == ["“%(name)s” answers again."]


@pytest.mark.parametrize("kind", ["html-as-image", "corrupt-jpeg", "placeholder"])
async def test_a_picture_that_is_none_makes_it_only_half_well(engine, session, fake, kind):
    provider = await a_provider(session, fake)
    fake.trouble(kind, "pictures")

    (probed,) = await check(engine, session, provider)

    assert provider.health is Health.DEGRADED
    assert not probed.answers[-1].is_good and probed.answers[-1].said


async def test_SEC68_a_sick_provider_holds_up_no_other(engine, session, fake):
    async with a_fake() as silent:
        silent.trouble("time-out")
        well = await a_provider(session, fake)
        others = [await a_provider(session, silent, f"Silent {number}") for number in range(3)]
        began = asyncio.get_running_loop().time()
        task = asyncio.create_task(check_all(Here(engine), [*others, well]))

        async with asyncio.timeout(15):
            while well.health is Health.UNTESTED:
                await asyncio.sleep(0.1)
                await session.refresh(well)

        assert well.health is Health.HEALTHY
        assert asyncio.get_running_loop().time() - began < 15
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_driver_that_breaks_is_down_and_breaks_nothing_else(
    engine, session, fake, monkeypatch
):
    from app.providers.drivers.mangadex import MangaDex

    async def broken(self, wish):
        raise KeyError("nonsense")

    provider = await a_provider(session, fake)
    monkeypatch.setattr(MangaDex, "search", broken)

    await check(engine, session, provider)

    assert provider.health is Health.DOWN
    assert provider.health_reason == "Its driver does not work (KeyError)."


async def test_secrets_that_cannot_be_opened_are_said(engine, session, opened):
    provider = await Providers(session).add(
        "komga", Wanted(name="Home", options={"url": "http://nas.lan", "api_key": "x"})
    )
    provider.sealed = b"nonsense of enough length to be opened"
    await session.commit()

    await check(engine, session, provider)

    assert provider.health is Health.DOWN and "Type them anew" in provider.health_reason


async def test_who_is_due(session, fake):
    provider = await a_provider(session, fake)
    moment = now()
    assert await due(session, moment + timedelta(seconds=1)) == [provider]

    provider.next_check_at = moment + timedelta(hours=1)
    provider.checked_at, provider.health = moment - timedelta(minutes=5), Health.HEALTHY
    await session.commit()
    assert await due(session, moment) == []

    await record(session, provider.id, Capability.PAGES, True, 100)
    assert await due(session, moment) == [], "as one knew"
    await record(session, provider.id, Capability.PAGES, False, 100, "It broke off.")
    assert await due(session, moment) == [provider], "real use says otherwise"

    await Providers(session).pause(provider)
    await session.flush()
    assert await due(session, moment + timedelta(days=1)) == []


async def test_hours_are_summed_the_same_however_often(session, fake):
    provider = await a_provider(session, fake)
    for is_good, ms in [(True, 100), (True, 300), (False, 5000)]:
        await record(session, provider.id, Capability.SEARCH, is_good, ms)

    for _ in range(2):
        await fold(session)
    await record(session, provider.id, Capability.SEARCH, True, 50)
    await fold(session)

    hours = (await session.scalars(select(ProviderHour))).all()
    assert sum(hour.good for hour in hours) == 3
    assert sum(hour.bad for hour in hours) == 1
    assert sum(hour.ms for hour in hours) == 450


async def test_old_checks_are_forgotten_and_their_hours_stay(session, fake):
    provider = await a_provider(session, fake)
    await record(session, provider.id, Capability.SEARCH, True, 100)
    old = now() - CHECKS_KEPT - timedelta(hours=1)
    await session.execute(update(ProviderCheck).values(at=old))
    await fold(session)

    assert await forget_old(session, now()) == 1
    assert await session.scalar(select(func.count()).select_from(ProviderHour)) == 1


async def _told(session, person) -> list[Notification]:
    query = select(Notification).where(Notification.user_id == person.id)
    return list(await session.scalars(query))


async def _rested(provider) -> None:
    """As if the pause of its host was over."""
    from app.providers.opening import opened

    opened().pace._hosts.clear()


async def test_a_host_that_is_left_alone_was_not_asked(engine, session, fake, opened):
    provider = await a_provider(session, fake)
    await opened.pace.pause(f"{fake.host}:{fake.port}", 60)

    (probed,) = await check(engine, session, provider)

    [left_alone] = probed.answers

    assert not left_alone.was_asked and left_alone.wait > 50
    assert not fake.asked and provider.health is Health.UNTESTED
