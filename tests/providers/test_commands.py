"""`bunko provider` and `bunko search`, against a fake over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from app.cli import bunko
from app.monitoring.models import AuditLine
from app.providers.models import Health, Provider, ProviderCheck, Way
from tests.providers.fake_mangadex import FakeMangaDex, FakeSeries, a_fake, many
from tests.providers.test_checking import PICTURE

type Typed = Callable[..., Awaitable[Result]]


@pytest.fixture
async def fake() -> AsyncIterator[FakeMangaDex]:
    async with a_fake() as fake:
        fake.is_strict = False
        chapters = many(2)
        for chapter in chapters:
            chapter.pages = [PICTURE]
        fake.series.append(FakeSeries("lantern", {"en": "Iron Lantern"}, chapters=chapters))
        yield fake


@pytest.fixture
def bunko_says(database_url: str, tmp_path: Path, apart: None) -> Typed:
    environment = {"BUNKO_DATABASE_URL": database_url, "BUNKO_DATA_DIR": str(tmp_path)}

    async def type_in(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, bunko, words, env=environment)

    return type_in


def added(fake: FakeMangaDex) -> list[str]:
    options = [f"{name}={fake.url}" for name in ("uploads", "report")]
    words = [word for option in options for word in ("--option", option)]
    where = ["--url", fake.url, "--allow", f"{fake.host}:{fake.port}"]
    return ["provider", "add", "mangadex", "Tidepool", *where, *words]


async def test_a_provider_is_added_tested_searched_paused_and_removed(bunko_says, fake, session):
    assert (await bunko_says(*added(fake))).exit_code == 0
    tested = await bunko_says("provider", "test", "tidepool")
    found = await bunko_says("search", "Tidepool", "lantern")
    paused = await bunko_says("provider", "pause", "Tidepool")
    listed = await bunko_says("provider", "list")
    resumed = await bunko_says("provider", "resume", "Tidepool")

    assert tested.exit_code == 0, tested.output
    assert "Lists 2 chapters." in tested.output and "60 × 90" in tested.output
    assert found.output.startswith("Iron Lantern\t") and "\ten" in found.output
    assert (paused.exit_code, resumed.exit_code) == (0, 0)
    assert listed.output.startswith("Tidepool\tmangadex\tPaused since ")
    provider = (await session.scalars(select(Provider))).one()
    assert provider.health is Health.HEALTHY and provider.options["api"] == fake.url
    ways = (await session.scalars(select(ProviderCheck.way).distinct())).all()
    assert ways == [Way.TEST]

    assert (await bunko_says("provider", "remove", "Tidepool", "--yes")).exit_code == 0

    assert await session.scalar(select(func.count(Provider.id))) == 0
    kept = (await session.scalars(select(AuditLine.what).order_by(AuditLine.id))).all()
    assert kept == ["provider.added", "provider.removed"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["provider", "list"], "There is no provider yet. Add one: bunko provider add"),
        (["follow", "--list"], "Nothing is followed."),
        (["downloads"], "Nothing is on its way."),
    ],
)
async def test_where_there_is_nothing_a_sentence_says_so(bunko_says, session, words, said):
    answer = await bunko_says(*words)

    assert answer.exit_code == 0 and answer.output.startswith(said)


async def test_a_search_that_finds_nothing_or_more_than_it_shows_says_so(bunko_says, fake, session):
    fake.series.extend(FakeSeries(f"Tide {at:02}") for at in range(30))
    await bunko_says(*added(fake))

    many = await bunko_says("search", "Tidepool", "tide")
    none = await bunko_says("search", "Tidepool", "nonsense")

    assert many.stdout.count("\n") == 24 and "There are more" in many.stderr
    assert none.stdout == "" and none.stderr == "Tidepool knows no series named “nonsense”.\n"
    assert (many.exit_code, none.exit_code) == (0, 0)


async def test_a_search_is_narrowed_by_what_the_provider_offers(bunko_says, fake, session):
    fake.series.append(FakeSeries("over", {"en": "Over"}, more={"status": "completed"}))
    await bunko_says(*added(fake))

    offered = await bunko_says("search", "Tidepool", "--filters")
    found = await bunko_says(
        "search", "Tidepool", "--filter", "status=Completed", "--filter", "tag=adventure"
    )
    wrong = await bunko_says("search", "Tidepool", "--filter", "status=old")

    assert "tag\tAdventure, Time Travel" in offered.output and "year\ta number" in offered.output
    assert found.output.startswith("Over\t") and found.output.count("\n") == 1
    assert "“status” may be: ongoing" in str(wrong.exception)


async def test_what_a_sick_provider_did_is_said_and_the_command_fails(bunko_says, fake, session):
    await bunko_says(*added(fake))
    fake.trouble("403")

    tested = await bunko_says("provider", "test", "Tidepool")

    assert tested.exit_code == 1
    assert "bad\tSearch" in tested.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["provider", "add", "nonsense", "X"], "There are:"),
        (["provider", "add", "komga", "X"], "url"),
        (["provider", "add", "komga", "X", "--option", "url"], "KEY=VALUE"),
        (["provider", "add", "komga", "X", "--url", "http://nas", "--allow", "nas"], "host and a"),
        (["provider", "test", "Nobody"], "no provider named 'Nobody'"),
        (["search", "Nobody", "x"], "no provider named 'Nobody'"),
    ],
)
async def test_a_wrong_call_says_what_was_expected(bunko_says, session, words, said):
    answer = await bunko_says(*words)

    assert answer.exit_code == 1
    assert said in str(answer.exception)
    assert await session.scalar(select(func.count(Provider.id))) == 0
