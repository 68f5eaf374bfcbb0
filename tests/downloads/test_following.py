"""What is followed stands on the shelf before its first chapter, and stays there."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.downloads.following import resume, stop
from app.errors import Invalid
from app.library.models import Library, SearchDocument, Series
from app.metadata.merge import origin_of
from app.providers.base import RemoteTitle
from app.providers.models import FormerSource, Keep, Release, Source
from app.providers.service import Providers
from tests import factories
from tests.downloads.conftest import lantern, remote
from tests.scanning.shelves import cbz, info

SAID = lantern(
    other_titles=(RemoteTitle("鉄の灯籠", "ja"),),
    url="https://tidepool.example/title/lantern",
    summary="A lamp that does not burn.",
    year=2019,
    age_rating=12,
    authors=("A. Lee",),
    genres=("Mystery",),
    links={"anilist": "42", "mal": "javascript:alert(1)"},
)


async def test_a_followed_series_is_described_as_its_provider_does(desk):
    source = await desk.follow(SAID)

    desk.session.expunge_all()
    series = await desk.session.get_one(Series, source.series_id)
    library = await desk.session.get_one(Library, desk.shelf.library.id)
    words = await desk.session.scalar(select(SearchDocument.title))
    assert (series.title, series.year, series.age_rating) == ("Iron Lantern", 2019, 12)
    assert (series.folder, series.key, series.missing_since) == (
        b"Iron Lantern",
        "iron lantern",
        None,
    )
    assert {origin_of(source) for source in series.sources.values()} == {"provider"}
    assert series.sources["summary"]["name"] == "Tidepool"
    assert [link["url"] for link in series.links][1] == "https://anilist.co/manga/42"
    assert (library.series_total, library.chapter_total) == (1, 0)
    assert words


async def test_links_that_are_no_addresses_are_not_kept(desk):
    source = await desk.follow(SAID)

    series = await desk.session.get_one(Series, source.series_id)
    assert not [link for link in series.links if link["url"].startswith("javascript")]


async def test_a_scan_leaves_a_followed_series_without_chapters_where_it_is(desk):
    source = await desk.follow()
    cbz(desk.shelf.path / "Glass Harbor" / "c001.cbz")

    await desk.shelf.scan()

    series = await desk.session.get_one(Series, source.series_id)
    library = await desk.session.get_one(Library, desk.shelf.library.id)
    assert (series.missing_since, series.position_count) == (None, 0)
    assert library.series_total == 2


@pytest.mark.parametrize("comicinfo", [None, info(Series="Iron Lantern", Number=1)])
async def test_a_file_in_its_folder_belongs_to_the_series_that_is_followed(desk, comicinfo):
    source = await desk.follow(SAID)
    cbz(desk.shelf.path / "Iron Lantern" / "Iron Lantern c001.cbz", comicinfo=comicinfo)

    await desk.shelf.scan()

    [series] = await desk.shelf.all_series()
    assert (series.id, series.position_count) == (source.series_id, 1)
    assert series.summary == "A lamp that does not burn."


async def test_a_series_that_lost_its_files_stays_while_it_is_followed(desk):
    source = await desk.follow()
    file = desk.shelf.path / "Iron Lantern" / "c001.cbz"
    cbz(file)
    await desk.shelf.scan()
    file.unlink()
    cbz(desk.shelf.path / "Glass Harbor" / "c001.cbz", pages=5)

    await desk.shelf.scan()

    series = await desk.session.get_one(Series, source.series_id)
    assert (series.missing_since, series.position_count) == (None, 0)


async def test_the_picture_of_the_provider_stays_when_chapters_come(desk):
    source = await desk.follow()
    series = await desk.session.get_one(Series, source.series_id)
    series.cover_art = "a" * 20
    await desk.session.commit()
    cbz(desk.shelf.path / "Iron Lantern" / "c001.cbz")

    await desk.shelf.scan()

    series = await desk.session.get_one(Series, source.series_id)
    assert (series.cover_art, series.cover_chapter_id is None) == ("a" * 20, False)


async def test_a_second_series_of_that_name_gets_a_folder_of_its_own(desk):
    await desk.follow()

    other = await desk.follow(lantern(remote_id="other"))

    series = await desk.session.get_one(Series, other.series_id)
    assert series.folder == b"Iron Lantern (2)"


async def test_what_is_followed_already_is_followed_as_it_was_asked_for_last(desk):
    first = await desk.follow()

    again = await desk.follow(languages=("de",), keep=Keep.NONE)

    assert again.id == first.id
    assert (again.languages, again.keep) == (["de"], Keep.NONE)


async def test_a_series_that_is_there_gets_a_source(desk):
    series = await factories.series(desk.session, desk.shelf.library, "Iron Lantern")

    source = await desk.follow(series=series)

    assert source.series_id == series.id
    assert series.is_followed


async def test_nothing_is_followed_into_a_library_that_cannot_be_written(desk):
    desk.shelf.library.read_only = True

    with pytest.raises(Invalid, match="read-only"):
        await desk.follow()


async def test_who_stops_before_the_first_chapter_finds_it_again_when_they_resume(desk):
    source = await desk.follow()

    await stop(desk.session, source)
    stopped = await desk.session.scalar(select(Series.missing_since))
    await resume(desk.session, source)

    series = await desk.session.get_one(Series, source.series_id)
    assert stopped is not None
    assert (series.missing_since, series.is_followed) == (None, True)


async def test_a_look_answers_with_what_it_had_not_seen(desk):
    source = await desk.follow()

    first = await desk.look(source, remote("1"), remote("2"))
    second = await desk.look(source, remote("1"), remote("2"), remote("3"))
    third = await desk.look(source, remote("1"), remote("2"), remote("3"))

    assert [release.remote_id for release in first] == ["1", "2"]
    assert [release.remote_id for release in second] == ["3"]
    assert third == []


async def test_what_was_there_when_it_was_followed_is_no_news(desk):
    source = await desk.follow()
    later = source.followed_at + timedelta(minutes=1)

    await desk.look(source, remote("1"), remote("2", published_at=later))
    await desk.look(source, remote("1"), remote("2", published_at=later), remote("3"))

    rows = await desk.session.scalars(
        select(Release.remote_id)
        .join(Source)
        .where(Release.seen_at > Source.followed_at)
        .order_by(Release.remote_id)
    )
    assert list(rows) == ["2", "3"]


async def test_what_a_provider_takes_down_is_marked_and_comes_back(desk):
    source = await desk.follow()
    [first, _second] = await desk.look(source, remote("1"), remote("2"))

    await desk.look(source, remote("2"))
    gone = first.removed_at
    await desk.look(source, remote("1"), remote("2"))

    assert gone is not None
    assert first.removed_at is None


async def test_of_languages_that_were_not_asked_for_nothing_was_taken_down(desk):
    source = await desk.follow(languages=())
    [german, _english] = await desk.look(source, remote("1", language="de"), remote("2"))
    source.languages = ["en"]

    await desk.look(source, remote("2"))

    assert german.removed_at is None


async def test_what_a_provider_says_differently_is_written_anew(desk):
    source = await desk.follow()
    [release] = await desk.look(source, remote("1"))

    await desk.look(source, remote("1", "1.5", title="Extra"))

    await desk.session.refresh(release)
    assert (release.number, release.title) == (Decimal("1.5"), "Extra")


async def test_a_number_that_no_column_holds_is_not_kept(desk):
    source = await desk.follow()

    [release] = await desk.look(source, remote("1", number=Decimal(10) ** 30))

    assert (release.number, release.number_text) == (None, "1")


async def test_a_release_knows_the_chapter_that_a_scan_brings(desk):
    source = await desk.follow()
    [release] = await desk.look(source, remote("1"))

    cbz(desk.shelf.path / "Iron Lantern" / "c001.cbz")
    await desk.shelf.scan()

    [chapter] = await desk.shelf.chapters()
    assert await desk.session.scalar(select(Release.chapter_id)) == chapter.id
    assert release.source_id == source.id


async def test_a_chapter_of_another_group_or_language_is_not_this_release(desk):
    source = await desk.follow()
    cbz(
        desk.shelf.path / "Iron Lantern" / "Iron Lantern c001 [Day Larks].cbz",
        comicinfo=info(Series="Iron Lantern", Number=1, LanguageISO="de"),
    )
    await desk.shelf.scan()
    source = await desk.session.get_one(Source, source.id)

    [english] = await desk.look(source, remote("1"))

    assert english.chapter_id is None


async def test_who_takes_a_provider_away_is_told_by_its_series_why_nothing_comes(desk):
    source = await desk.follow(SAID)
    series_id = source.series_id
    provider = await Providers(desk.session).named("Tidepool")

    await Providers(desk.session).remove(provider)

    desk.session.expunge_all()
    series = await desk.session.get_one(Series, series_id)
    former = await desk.session.scalar(select(FormerSource))
    assert not series.is_followed and series.missing_since is not None
    assert (former.series_id, former.provider, former.title) == (
        series_id,
        "Tidepool",
        "Iron Lantern",
    )
    assert await desk.session.scalar(select(Source.id)) is None
