"""What a provider said, kept for all processes: filters for long, and renewed beside."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.providers.base import Filter, FilterChoice
from app.providers.drivers.mangadex import MangaDex
from app.providers.models import Provider
from app.search import remote
from app.search.remote import FILTERS_KEPT, FILTERS_RENEWED, Asking, filters_of


class Offered:
    """What every MangaDex says it has, and how often it was asked for that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.choice, self.gate = 0, "old", asyncio.Event()
        self.gate.set()

        async def filters(_driver: MangaDex) -> list[Filter]:
            self.asked += 1
            await self.gate.wait()
            return [Filter(name="shelf", choices=[FilterChoice(self.choice)])]

        monkeypatch.setattr(MangaDex, "filters", filters)


@pytest.fixture
def offered(monkeypatch) -> Offered:
    return Offered(monkeypatch)


@pytest.fixture
async def kumo(several) -> Provider:
    await several.add("Kumo")
    return several.rows["Kumo"]


@pytest.fixture
async def processes(app, settings) -> AsyncIterator[list[Asking]]:
    """Three that ask, one after another where nothing else is said."""
    sessions = app.state.session_maker_class
    found = [Asking(settings.valkey_url, sessions) for _ in range(3)]
    yield found
    for one in found:
        await one.close()


async def test_filters_are_asked_for_once_for_all_processes(offered, kumo, processes) -> None:
    for asking in processes:
        assert await _choices(asking, kumo) == ["old"]

    assert offered.asked == 1


async def test_old_filters_are_shown_at_once_while_one_process_renews_them(
    offered, kumo, processes
) -> None:
    first, second, third = processes
    await _choices(first, kumo)
    await _grow_old(first, kumo)
    offered.choice = "new"
    offered.gate.clear()

    assert await _choices(second, kumo) == await _choices(third, kumo) == ["old"]
    offered.gate.set()
    await asyncio.gather(*second._renewing, *third._renewing)

    assert offered.asked == 2
    first._asked.clear()
    assert await _choices(first, kumo) == ["new"] and not first._renewing


async def test_filters_that_do_not_come_anew_are_those_that_were_known(
    offered, kumo, processes, monkeypatch
) -> None:
    first, second, third = processes
    await _choices(first, kumo)
    await _grow_old(first, kumo)
    monkeypatch.setattr(MangaDex, "filters", _fails)

    assert await _choices(second, kumo) == ["old"]
    await asyncio.gather(*second._renewing)

    assert await _choices(third, kumo) == ["old"]


async def test_what_an_owner_changed_is_asked_by_what_it_is_now(offered, kumo, processes) -> None:
    first, second, _third = processes
    await _choices(first, kumo)
    kumo.revision += 1

    await _choices(second, kumo)

    assert offered.asked == 2


async def test_many_are_not_renewed_all_at_once(offered, kumo, processes, monkeypatch) -> None:
    monkeypatch.setattr(remote, "MOST_RENEWED", 0)
    first, second, _third = processes
    await _choices(first, kumo)
    await _grow_old(first, kumo)

    assert await _choices(second, kumo) == ["old"] and not second._renewing


async def _choices(asking: Asking, provider: Provider) -> list[str]:
    said = await asking.begin(provider, filters_of())
    return [choice.value for one in said.answer or () for choice in one.choices]


async def _grow_old(asking: Asking, provider: Provider) -> None:
    client = asking._keeping._client
    assert client is not None
    [key] = [key async for key in client.scan_iter(f"bunko:remote:{provider.id}:*")]
    await client.expire(key, FILTERS_KEPT - FILTERS_RENEWED - 60)


async def _fails(_driver: MangaDex) -> list[Filter]:
    raise TimeoutError
