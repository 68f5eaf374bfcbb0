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
from app.foundation.http import OutboundError
from app.notifications import providers as _notices  # noqa: F401 (hears of changes)
from app.notifications.models import Notification
from app.providers.base import Capability, Wish
from app.providers.checking import CHECKS_KEPT, check_all, due, fold, forget_old
from app.providers.models import Health, Provider, ProviderCheck, ProviderHour, Way
from app.providers.service import Providers, Wanted, record
from tests import factories as make
from tests.providers.fake_mangadex import FakeMangaDex, FakeSeries, a_fake, many
from tests.providers.fake_opds import Book, FakeOpds, Shelf
from tests.providers.faking import Answer, on_loopback

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


async def a_komga(session, fake) -> Provider:
    """Another one, for what happens to those beside it."""
    allowed = [f"{fake.host}:{fake.port}"]
    wanted = Wanted(name="Attic", options={"url": fake.url}, allowed=allowed)
    provider = await Providers(session).add("komga", wanted)
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


async def test_what_was_taken_down_there_is_no_illness(engine, session, fake):
    """The series that was asked for until now; there are others."""
    provider = await a_provider(session, fake)
    await check(engine, session, provider)
    [gone] = fake.series
    other = FakeSeries("tide", {"en": "Tide"}, chapters=gone.chapters)
    fake.series = [other]

    (probed,) = await check(engine, session, provider)

    assert all(one.is_good for one in probed.answers), probed.answers
    assert provider.sample["series"] == other.id and provider.health is Health.HEALTHY


async def test_a_search_that_finds_nothing_at_all_any_more_is_one(engine, session, fake):
    provider = await a_provider(session, fake)
    await check(engine, session, provider)
    fake.series = []

    (probed,) = await check(engine, session, provider)

    assert [one.is_good for one in probed.answers] == [False]
    assert "does not find anything" in probed.answers[0].said


async def test_one_question_has_an_end(engine, session, fake, monkeypatch):
    monkeypatch.setattr("app.providers.probing.DEADLINE", 0.2)
    provider = await a_provider(session, fake)
    fake.trouble("time-out")

    (probed,) = await check(engine, session, provider)

    assert [one.said for one in probed.answers] == ["It did not answer in time."]


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


async def odd(monkeypatch, name, answer):
    """As a plug-in may be: `answer` is what comes back, or what is done."""
    from app.providers.drivers.mangadex import MangaDex

    async def asked(self, *_, **__):
        return await answer() if callable(answer) else answer

    monkeypatch.setattr(MangaDex, name, asked)


async def _cancels_itself():
    raise asyncio.CancelledError


async def _goes_on():
    """Whatever it is told."""
    while True:
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            if _goes_on.is_over:
                raise


@pytest.mark.parametrize("answer", [None, 5, [None], _cancels_itself])
@pytest.mark.parametrize("name", ["search", "chapters", "pages"])
async def test_a_driver_that_answers_nonsense_harms_nobody_else(
    engine, session, fake, monkeypatch, name, answer
):
    await odd(monkeypatch, name, answer)
    broken, komga = await a_provider(session, fake), await a_komga(session, fake)

    probed = await check(engine, session, broken, komga)

    assert not all(one.is_good for one in probed[0].answers)
    assert broken.health in (Health.DOWN, Health.DEGRADED) and broken.health_reason
    assert komga.checked_at is not None


async def test_a_driver_that_does_not_let_itself_be_stopped_is_left(
    engine, session, fake, monkeypatch
):
    monkeypatch.setattr("app.providers.probing.LONGEST", 0.2)
    _goes_on.is_over = False
    await odd(monkeypatch, "search", _goes_on)
    provider = await a_provider(session, fake)

    async with asyncio.timeout(10):
        await check(engine, session, provider)

    assert provider.health_reason == "Its driver does not work (TimeoutError)."
    _goes_on.is_over = True


@pytest.mark.parametrize("sample", [{"series": b"x"}, {"series": "a\x00"}, {"series": object()}])
async def test_what_cannot_be_kept_of_one_is_left_out(engine, session, fake, monkeypatch, sample):
    from app.providers import probing

    async def asked(driver, probed, found):
        probed.sample = sample

    monkeypatch.setattr(probing, "_list_chapters", asked)
    provider = await a_provider(session, fake)

    await check(engine, session, provider)

    assert provider.sample == {} and provider.health is Health.HEALTHY


async def test_what_cannot_be_kept_of_one_loses_no_other(engine, session, fake, monkeypatch):
    from app.providers import checking

    keep = checking.keep
    first, second = await a_provider(session, fake), await a_provider(session, fake, "Other")

    async def fails(session_, provider_id, *more):
        if provider_id == first.id:
            raise RuntimeError("the disk is full")
        await keep(session_, provider_id, *more)

    monkeypatch.setattr(checking, "keep", fails)

    with pytest.raises(RuntimeError):
        await check_all(Here(engine), [first, second])

    await session.refresh(second)
    assert second.health is Health.HEALTHY


async def test_one_that_is_removed_while_it_is_asked_is_no_error(engine, session, fake):
    provider = await a_provider(session, fake)
    begun, let = asyncio.Event(), asyncio.Event()
    honest = fake.honest

    async def waits(asked):
        begun.set()
        await let.wait()
        return await honest(asked)

    fake.honest = waits
    checking = asyncio.create_task(check_all(Here(engine), [provider]))
    await begun.wait()
    await Providers(session).remove(provider)
    await session.commit()
    let.set()

    (probed,) = await checking

    assert all(one.is_good for one in probed.answers)
    assert await session.scalar(select(func.count()).select_from(ProviderCheck)) == 0


async def test_what_an_owner_changed_meanwhile_is_not_judged_by_what_it_was(engine, session, fake):
    provider = await a_provider(session, fake)
    begun, let = asyncio.Event(), asyncio.Event()

    async def refuses(_asked):
        begun.set()
        await let.wait()
        return Answer(403)

    fake.honest = refuses
    checking = asyncio.create_task(check_all(Here(engine), [provider]))
    await begun.wait()
    changed = update(Provider).values(revision=2, next_check_at=now())
    await session.execute(changed.execution_options(synchronize_session=False))
    await session.commit()
    let.set()
    await checking
    await session.refresh(provider)

    assert provider.health is Health.UNTESTED and provider.leaned == 0
    assert provider.next_check_at <= now()


async def test_a_catalogue_that_cannot_be_searched_is_well_all_the_same(engine, session):
    chapter = Book("1", "One", [PICTURE])
    fake = FakeOpds()
    fake.shelves = [Shelf("tide", "Tide", [chapter]), Shelf("salt", "Salt", [chapter])]
    fake.has_search = False
    async with on_loopback(fake) as fake.port:
        wanted = Wanted(
            name="Town library",
            options={
                "url": f"{fake.url}/opds/v1.2/catalog",
                "name": "mira",
                "password": fake.password,
            },
            allowed=[f"{fake.host}:{fake.port}"],
        )
        library = await Providers(session).add("opds", wanted)
        await session.commit()

        for _ in range(3):
            (probed,) = await check(engine, session, library)

    assert [one.is_good for one in probed.answers] == [True] * 3, probed.answers
    assert library.health is Health.HEALTHY


async def test_one_that_is_changed_while_it_is_asked_is_not_ill(engine, session, fake, opened):
    """What is under way comes to its end; what follows is asked by the new one next time."""
    provider = await a_provider(session, fake)
    driver = await opened.driver(provider)
    asking = asyncio.create_task(driver.search(Wish(text="lantern")))
    while not driver.out._under_way:  # noqa: ASYNC110  (nothing tells)
        await asyncio.sleep(0)

    provider.revision += 1
    anew = await opened.driver(provider)

    assert anew is not driver and (await asking).series
    with pytest.raises(OutboundError, match="changed or closed"):
        await driver.search(Wish(text="lantern"))
    assert driver.out._client.is_closed, "whoever asked last closes the door"


async def test_who_read_it_before_it_was_changed_asks_by_what_it_is_now(session, fake, opened):
    provider = await a_provider(session, fake)
    provider.revision += 1
    anew = await opened.driver(provider)

    provider.revision -= 1

    assert await opened.driver(provider) is anew and not anew.out._is_left


async def test_one_that_is_only_asked_by_id_is_not_judged(engine, session, fake, monkeypatch):
    from app.providers.drivers.mangadex import MangaDex

    monkeypatch.setattr(MangaDex, "capabilities", frozenset({Capability.PAGES}))
    provider = await a_provider(session, fake)

    (probed,) = await check(engine, session, provider)

    assert probed.answers == [] and provider.health is Health.UNTESTED


async def test_one_that_swings_is_told_once(engine, session, fake):
    """Down, well, down, well, one check each: nobody hears of it."""
    owner = await make.admin(session)
    provider = await a_provider(session, fake)
    await check(engine, session, provider)
    for _ in range(2):
        fake.trouble("404")
        await check(engine, session, provider)
        fake.recover()
        await _rested(provider)
        await check(engine, session, provider)

    assert provider.health is Health.HEALTHY
    assert await _told(session, owner) == []


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


async def test_what_is_written_down_late_is_summed_all_the_same(session, fake):
    """Asked at the end of an hour, committed in the next, when that was summed already."""
    provider = await a_provider(session, fake)
    await record(session, provider.id, Capability.SEARCH, True, 100)
    await fold(session)
    await record(session, provider.id, Capability.SEARCH, True, 200)
    late = select(ProviderCheck.id).where(ProviderCheck.ms == 200).scalar_subquery()
    hour_ago = now() - timedelta(hours=1)
    await session.execute(update(ProviderCheck).where(ProviderCheck.id == late).values(at=hour_ago))

    await fold(session)

    hours = (await session.scalars(select(ProviderHour))).all()
    assert sum(hour.good for hour in hours) == 2


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
    assert await session.scalar(select(func.count()).select_from(ProviderCheck)) == 0
