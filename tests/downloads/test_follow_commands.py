"""`bunko follow …`, as somebody at a terminal types it."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from app.cli import bunko
from app.config import Settings
from app.downloads.models import Download
from app.errors import BunkoError
from app.providers.base import RemoteSeries
from app.providers.models import Keep, Source
from tests.conftest import SECRET_KEY
from tests.downloads.conftest import at
from tests.providers.fake_mangadex import FakeChapter, FakeSeries, uid


@pytest.fixture
def follow(settings: Settings, tmp_path: Path, opened, apart):
    environment = {
        "BUNKO_DATABASE_URL": settings.database_url,
        "BUNKO_DATA_DIR": str(tmp_path),
        "BUNKO_SECRET_KEY": SECRET_KEY.decode(),
    }

    async def type_in(*words: str):
        run = CliRunner().invoke
        return await asyncio.to_thread(run, bunko, ["follow", *words], env=environment)

    return type_in


@pytest.fixture
async def lantern(desk, fake) -> str:
    chapters = [FakeChapter("1", "1"), FakeChapter("1 de", "1", language="de")]
    fake.series = [FakeSeries("lantern", {"en": "Iron Lantern"}, chapters=chapters)]
    for name, value in at(fake).items():
        setattr(desk.provider, name, value)
    desk.provider.revision += 1
    await desk.session.merge(desk.provider)
    await desk.session.commit()
    return uid("lantern")


async def the_source(desk) -> Source:
    await desk.session.rollback()
    desk.session.expire_all()
    return (await desk.session.scalars(select(Source))).one()


async def test_a_series_is_followed_and_its_chapters_are_wanted(follow, desk, lantern):
    answer = await follow("tidepool", lantern, "Manga", "--language", "de", "--download", "all")

    source = await the_source(desk)
    assert answer.exit_code == 0, answer.output
    assert "Iron Lantern is followed in Manga: 1 release, 1 will be downloaded." in answer.output
    assert (source.languages, source.keep, source.followed_by) == (["de"], Keep.ALL, None)
    assert await desk.session.scalar(select(func.count(Download.id))) == 1


async def test_a_series_that_is_there_gets_one_more_source(follow, desk, lantern):
    first = await desk.follow(RemoteSeries(remote_id="elsewhere", title="Iron Lantern"))
    await desk.session.commit()

    answer = await follow("Tidepool", lantern, "Manga")

    assert "one more source of “Iron Lantern”" in answer.output
    assert await series_of(desk, lantern) == [first.series_id]


async def test_whoever_says_new_gets_a_series_of_its_own(follow, desk, lantern):
    first = await desk.follow(RemoteSeries(remote_id="elsewhere", title="Iron Lantern"))
    await desk.session.commit()

    answer = await follow("Tidepool", lantern, "Manga", "--new")
    again = await follow("Tidepool", lantern, "Manga")
    [apart] = await series_of(desk, lantern)

    assert (answer.exit_code, again.exit_code) == (0, 0), answer.output
    assert apart != first.series_id


async def test_of_several_that_may_be_meant_one_is_named(follow, desk, lantern):
    first = await desk.follow(RemoteSeries(remote_id="elsewhere", title="Iron Lantern"))
    await desk.follow(RemoteSeries(remote_id="twin", title="Iron Lantern"))
    await desk.session.commit()

    unsure = await follow("Tidepool", lantern, "Manga")
    answer = await follow("Tidepool", lantern, "Manga", "--into", str(first.series_id))

    assert "Say --into ID, or --new" in str(unsure.exception)
    assert answer.exit_code == 0, answer.output
    assert await series_of(desk, lantern) == [first.series_id]


async def series_of(desk, remote_id: str) -> list[UUID]:
    await desk.session.rollback()
    asked = select(Source.series_id).where(Source.remote_id == remote_id)
    return list(await desk.session.scalars(asked))


async def test_what_is_followed_is_listed_and_stopped(follow, desk, lantern):
    await follow("Tidepool", lantern, "Manga")

    listed = await follow("--list")
    stopped = await follow("Tidepool", lantern, "--stop")
    nothing = await follow("--list")

    assert "Iron Lantern  Tidepool" in listed.output
    assert "no longer followed" in stopped.output
    assert "Iron Lantern" not in nothing.output
    assert (await the_source(desk)).stopped_at is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Nobody", "1", "Manga"), "no provider named"),
        (("Tidepool", "{id}", "Nowhere"), "no library named"),
        (("Tidepool", "{id}", "Manga", "--language", "?"), "no language"),
        (("Tidepool", "{id}", "--stop"), "No series"),
    ],
)
async def test_a_wrong_call_says_in_one_sentence_why(follow, desk, lantern, words, said):
    answer = await follow(*(word.replace("{id}", lantern) for word in words))

    assert answer.exit_code != 0
    assert isinstance(answer.exception, BunkoError)
    assert said in str(answer.exception)


async def test_without_a_library_it_says_what_is_missing(follow, desk, lantern):
    answer = await follow("Tidepool", lantern)

    assert answer.exit_code == 2
    assert "LIBRARY" in answer.output
