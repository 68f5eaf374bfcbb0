"""What is done about providers by itself, and by wish. Nobody is really asked here."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.foundation.db import new_id, now, session_maker
from app.foundation.queue import InVain, NotNow, Run
from app.foundation.queue.models import Job, JobState
from app.providers import checking, jobs
from app.providers.base import Capability
from app.providers.checking import AT_ONCE, check_all
from app.providers.models import Health, Provider, ProviderCheck, ProviderHour, Way
from app.providers.probing import Answer, Probed
from app.providers.service import Providers, Wanted, record

pytestmark = pytest.mark.usefixtures("opened")


@pytest.fixture
def run_of(engine, session, settings):
    async def run_of(kind) -> Run:
        mine = Job(kind=kind.name, state=JobState.RUNNING, fence=1)
        session.add(mine)
        await session.commit()
        return Run(
            job_id=mine.id,
            kind=mine.kind,
            fence=1,
            attempt=1,
            session_maker=session_maker(engine),
            settings=settings,
        )

    return run_of


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The names of those that are asked; each answers well."""
    names: list[str] = []

    async def probe(provider, pool) -> Probed:
        names.append(provider.name)
        return Probed([Answer(capability=Capability.SEARCH, is_good=True, ms=5, said="3")])

    monkeypatch.setattr(checking, "probe", probe)
    return names


async def a_provider(session, name: str = "Home") -> Provider:
    wanted = Wanted(name=name, options={"url": "http://nas.lan:25600"})
    provider = await Providers(session).add("komga", wanted)
    await session.commit()
    return provider


async def test_those_whose_time_has_come_are_asked_and_summed(session, run_of, asked) -> None:
    provider, later = await a_provider(session), await a_provider(session, "Later")
    paused = await a_provider(session, "Paused")
    later.next_check_at = now() + timedelta(hours=1)
    await Providers(session).pause(paused)
    before = Job(kind="check_providers", state=JobState.DONE, fence=1)
    session.add(before)
    await session.commit()

    await jobs.check_providers.function(await run_of(jobs.check_providers))

    await session.refresh(provider)
    assert asked == ["Home"] and provider.health is Health.HEALTHY
    hour = (await session.scalars(select(ProviderHour))).one()
    assert (hour.provider_id, hour.good, hour.bad, hour.ms) == (provider.id, 1, 0, 5)
    # It comes round each minute: only its last time is kept.
    kept = select(func.count()).select_from(Job).where(Job.kind == "check_providers")
    assert await session.scalar(kept.where(Job.state == JobState.DONE)) == 0


async def test_whoever_looks_on_is_told_of_each_answer_and_of_the_sums(
    session, engine, asked, monkeypatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(checking, "tell_after_commit", lambda _session, topic: told.append(topic))
    providers = [await a_provider(session), await a_provider(session, "Other")]

    class Here:
        transaction = session_maker(engine).begin

    await check_all(Here(), providers)

    assert told == [checking.TOPIC] * 2
    await checking.fold(session)
    assert told == [checking.TOPIC] * 3


async def test_where_none_may_be_asked_nothing_is_planned(session) -> None:
    assert await jobs.each_minute(session) == []
    provider = await a_provider(session)
    assert len(await jobs.each_minute(session)) == 1

    await Providers(session).pause(provider)
    await session.flush()

    assert await jobs.each_minute(session) == []


async def test_a_person_may_test_also_one_that_is_paused(session, run_of, asked) -> None:
    provider = await a_provider(session)
    await Providers(session).pause(provider)
    await session.commit()

    await jobs.test_provider.function(await run_of(jobs.test_provider), provider.id)

    await session.refresh(provider)
    assert asked == ["Home"] and provider.paused_at is not None
    assert (await session.scalars(select(ProviderCheck.way))).one() is Way.TEST
    assert await session.scalar(select(func.count()).select_from(ProviderHour)) == 1


@pytest.mark.parametrize(("rest", "waits"), [(9.0, True), (7200.0, False)])
async def test_a_test_waits_while_the_host_is_left_alone_but_not_for_hours(
    session, run_of, monkeypatch, rest, waits
) -> None:
    provider = await a_provider(session)

    async def probe(_provider, _pool) -> Probed:
        alone = Answer(
            capability=Capability.SEARCH, is_good=False, ms=0, wait=rest, was_asked=False
        )
        return Probed([alone])

    monkeypatch.setattr(checking, "probe", probe)
    testing = jobs.test_provider.function(await run_of(jobs.test_provider), provider.id)

    if waits:
        with pytest.raises(NotNow) as told:
            await testing
        assert told.value.wait == rest
    else:
        await testing


async def test_one_that_is_gone_is_not_tested_again_and_again(run_of) -> None:
    with pytest.raises(InVain):
        await jobs.test_provider.function(await run_of(jobs.test_provider), new_id())


async def test_old_checks_go_in_parts_until_none_is_left(session, run_of, monkeypatch) -> None:
    provider = await a_provider(session)
    for _ in range(5):
        await record(session, provider.id, Capability.SEARCH, True, 100)
    await session.execute(update(ProviderCheck).values(at=now() - timedelta(days=8)))
    await record(session, provider.id, Capability.SEARCH, True, 100)
    ages = {timedelta(days=91): 1, timedelta(days=89): 1}
    for age, good in ages.items():
        hour = ProviderHour(provider_id=provider.id, hour=now() - age, good=good, bad=0, ms=1)
        session.add(hour)
    await session.commit()
    monkeypatch.setattr(jobs, "MOST_FORGOTTEN", 2)
    monkeypatch.setattr(checking, "MOST_FORGOTTEN", 2)

    await jobs.forget_checks.function(await run_of(jobs.forget_checks))

    assert await session.scalar(select(func.count()).select_from(ProviderCheck)) == 1
    assert await session.scalar(select(func.count()).select_from(ProviderHour)) == 1


async def test_hundreds_are_asked_a_few_at_a_time(engine, monkeypatch) -> None:
    open_now = most = 0

    async def probe(provider, pool) -> Probed:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.001)
        open_now -= 1
        return Probed()

    class Nowhere:
        transaction = session_maker(engine).begin

    monkeypatch.setattr(checking, "probe", probe)
    providers = [Provider(id=new_id(), name=str(number)) for number in range(60)]

    assert len(await check_all(Nowhere(), providers)) == 60
    assert most == AT_ONCE
