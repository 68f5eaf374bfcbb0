"""What is on a shelf under each filter, in each order; and what filters tell to whom."""

import pytest
from sqlalchemy import select

from app.accounts.models import Role
from app.browsing.wish import Sort
from app.collections.favourites import favourite
from app.library.models import (
    ChapterFile,
    Creator,
    HiddenTag,
    Problem,
    SeriesCreator,
    SeriesStatus,
    SeriesTag,
    Tag,
    TagKind,
)
from tests import factories as make
from tests.browser import browser_of
from tests.browsing.conftest import read
from tests.browsing.markup import Screen
from tests.reading.counting import statements


@pytest.fixture
async def described(session, world):
    """Akira (of the world) has everything; Beck has nothing; both can be seen."""
    akira = world.series
    akira.status, akira.language, akira.age_rating = SeriesStatus.COMPLETED, "ja", 16
    await session.merge(akira)
    await tagged(session, akira, TagKind.GENRE, "Science fiction", "science fiction")
    await tagged(session, akira, TagKind.TAG, "Motorbikes", "motorbikes")
    otomo = await make.add(session, Creator(name="Ōtomo Katsuhiro", key="otomo katsuhiro"))
    await make.add(session, SeriesCreator(series_id=akira.id, creator_id=otomo.id, role="writer"))
    await favourite(session, world.reader, akira.id)
    await session.commit()
    return world


async def tagged(session, series, kind, name, key):
    tag = await make.add(session, Tag(kind=kind, name=name, key=key))
    await make.add(session, SeriesTag(series_id=series.id, tag_id=tag.id))
    return tag


def shown(answer) -> list[str]:
    links = Screen(answer.text).links
    return list(dict.fromkeys(link for link in links if link.startswith("/series/")))


@pytest.mark.parametrize(
    "query",
    [
        "genre=science+fiction",
        "genre=Science+Fiction",
        "tag=motorbikes",
        "person=otomo+katsuhiro",
        "status=completed",
        "status=completed&status=hiatus",
        "language=ja",
        "age=16",
        "format=zip",
        "since=1980&until=1989",
        "until=1982",
        "only=favourites",
        "genre=science+fiction&tag=motorbikes&person=otomo+katsuhiro&language=ja&age=16",
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
async def test_a_filter_leaves_what_has_it(described, browser, query, htmx):
    answer = await browser.get(f"/libraries/{described.shelf.id}?{query}", htmx=htmx)

    assert shown(answer) == [f"/series/{described.series.id}"]


@pytest.mark.parametrize(
    "query",
    [
        "genre=motorbikes",
        "tag=nobody+has+it",
        "genre=science+fiction&genre=drama",
        "person=%00",
        "status=ongoing",
        "language=xx",
        "age=none&genre=science+fiction",
        "since=1983&until=1981",
        "format=tar",
        "only=missing",
        "tag=" + "%F0%9F%90%99" * 30,
        "genre=%25&tag=_",
        "state=completed&only=favourites",
    ],
)
async def test_a_filter_that_nothing_has_says_so_and_how_to_go_on(described, browser, query):
    answer = await browser.get(f"/libraries/{described.shelf.id}?{query}")

    assert answer.status_code == 200
    if "%00" not in query:
        assert shown(answer) == []
        assert "No series fits these filters" in answer.text


@pytest.mark.parametrize("sort", list(Sort))
async def test_every_order_is_a_screen_and_a_fragment(session, described, browser, sort):
    await read(session, described, through=1, page=4)

    for htmx in (False, True):
        answer = await browser.get(f"/libraries/{described.shelf.id}?sort={sort}", htmx=htmx)
        assert answer.status_code == 200
        assert f"/series/{described.series.id}" in shown(answer)


async def test_each_active_filter_is_a_chip_whose_link_takes_it_away(described, browser):
    address = f"/libraries/{described.shelf.id}"

    screen = Screen((await browser.get(f"{address}?genre=science+fiction&language=ja")).text)

    assert "Genre: Science fiction" in screen.text and "Japanese" in screen.text
    assert f"{address}?language=ja" in screen.links
    assert f"{address}?genre=science+fiction" in screen.links


async def test_missing_files_and_problems_are_found(session, client, described):
    manager = await make.charlie(session)
    await make.let_in(session, manager, described.shelf)
    browser = await browser_of(client, session, manager)
    address = f"/libraries/{described.shelf.id}"
    file = (
        await session.scalars(
            select(ChapterFile).where(ChapterFile.chapter_id == described.chapters[0].id)
        )
    ).one()
    place = {"library_id": described.shelf.id, "root_id": file.root_id, "display_name": "x"}
    trouble = Problem(**place, path=file.path, kind="damaged", reason="It is damaged.")
    await make.add(session, trouble)
    assert shown(await browser.get(f"{address}?only=problems")) == [
        f"/series/{described.series.id}"
    ]

    described.chapters[0].missing_since = make.DAWN
    await session.merge(described.chapters[0])
    await session.commit()

    assert shown(await browser.get(f"{address}?only=missing")) == [f"/series/{described.series.id}"]


async def test_a_file_that_became_no_chapter_is_a_problem_of_the_series_in_its_folder(
    session, client, described
):
    manager = await make.charlie(session)
    await make.let_in(session, manager, described.shelf)
    browser = await browser_of(client, session, manager)
    root = await make._first_root(session, described.series)
    await make.add(
        session,
        Problem(
            library_id=described.shelf.id,
            root_id=root.id,
            path=b"Akira/broken\xff.cbz",
            display_name="broken",
            kind="damaged",
            reason="It is damaged.",
        ),
    )

    answer = await browser.get(f"/libraries/{described.shelf.id}?only=problems")

    assert shown(answer) == [f"/series/{described.series.id}"]


async def test_readers_do_not_filter_by_problems(described, browser):
    answer = await browser.get(f"/libraries/{described.shelf.id}?only=problems")

    assert len(shown(answer)) == 2
    assert "only=problems" not in answer.text


@pytest.mark.parametrize(
    ("facet", "name"),
    [
        ("genre", "Science fiction"),
        ("tag", "Motorbikes"),
        ("person", "Ōtomo Katsuhiro"),
        ("language", "Japanese"),
    ],
)
async def test_what_a_shelf_can_be_filtered_by_is_a_screen_and_a_menu(
    described, browser, facet, name
):
    address = f"/libraries/{described.shelf.id}/filters/{facet}"
    for htmx in (False, True):
        answer = await browser.get(f"{address}?sort=added", htmx=htmx)
        links = [link for link in Screen(answer.text).links if f"{facet}=" in link]
        assert name in answer.text
        assert shown(await browser.get(links[0])) == [f"/series/{described.series.id}"]
        assert "sort=added" in links[0]

    nothing = await browser.get(f"{address}?q=zzz%25")
    assert name not in Screen(nothing.text).text


@pytest.mark.parametrize("query", ["", "?q=%00", "?from=forged", "?q=" + "x" * 5000])
async def test_SEC35_nonsense_asked_of_a_filter_is_a_sensible_screen(described, browser, query):
    answer = await browser.get(f"/libraries/{described.shelf.id}/filters/genre{query}")

    assert answer.status_code == 200


async def test_a_filter_that_is_none_is_not_there(described, browser):
    answer = await browser.get(f"/libraries/{described.shelf.id}/filters/password")

    assert answer.status_code == 404


@pytest.mark.parametrize("hidden_by", ["age", "tag", "trash", "library"])
async def test_SEC32_a_filter_tells_no_name_that_only_hidden_series_have(
    session, client, world, hidden_by
):
    """Neither in the menus nor as a chip; and it finds as little as a word nobody ever used."""
    person = await make.person(
        session, "eve", age_limit=12 if hidden_by == "age" else None, role=Role.READER
    )
    await make.let_in(session, person, world.shelf)
    home = world.hidden if hidden_by == "library" else None
    series = home or await make.series(session, world.shelf, "Berserk", age_rating=18)
    genre = await tagged(session, series, TagKind.GENRE, "Grimdark-4711", "grimdark")
    artist = await make.add(session, Creator(name="Secret-Artist-4711", key="secret artist"))
    await make.add(session, SeriesCreator(series_id=series.id, creator_id=artist.id, role="x"))
    series.language = "tlh"
    series.trashed_at = make.DAWN if hidden_by == "trash" else None
    await session.merge(series)
    await session.commit()
    if hidden_by == "tag":
        await make.add(session, HiddenTag(user_id=person.id, tag_id=genre.id))
    browser = await browser_of(client, session, person)
    address = f"/libraries/{world.shelf.id}"

    for path in (
        f"{address}/filters/genre",
        f"{address}/filters/person",
        f"{address}/filters/language",
        f"{address}?genre=grimdark",
        f"{address}?person=secret+artist",
        f"/libraries/{world.hidden.library_id}/filters/genre",
    ):
        answer = await browser.get(path)
        assert answer.status_code == (404 if str(world.hidden.library_id) in path else 200)
        for secret in ("Grimdark-4711", "Secret-Artist-4711", "tlh", "Klingon"):
            assert secret not in answer.text, path


async def test_SEC35_a_shelf_with_every_filter_keeps_to_six_queries(
    app, session, described, browser
):
    await read(session, described, through=1)
    address = (
        f"/libraries/{described.shelf.id}?sort=unread&genre=science+fiction&tag=motorbikes"
        "&person=otomo+katsuhiro&status=completed&language=ja&age=16&format=zip&since=1980"
    )
    await browser.get(address)

    with statements(app.state.engine) as said:
        answer = await browser.get(address)

    assert shown(answer) == [f"/series/{described.series.id}"]
    assert len(said) <= 6, "\n\n".join(said)


async def test_a_shelf_looks_as_a_person_likes_it_until_the_address_says_otherwise(
    session, world, browser
):
    await make.series(session, world.shelf, "Zoo", year=2020, position_count=1)
    address = f"/libraries/{world.shelf.id}"
    kept = await browser.post(
        f"{address}/default", {"query": "sort=year&view=list&since=1900&after=x&evil=1"}
    )
    assert kept.status_code == 303

    bare = await browser.get(address)
    everything = await browser.get(f"{address}?all=1&sort=title&view=grid")
    linked = await browser.get(f"{address}?state=unread")

    assert len(shown(bare)) == 2 and "shelf-rows" in bare.text
    assert len(shown(everything)) == 3 and "shelf-rows" not in everything.text
    assert len(shown(linked)) == 3 and "shelf-rows" in linked.text
    back = await browser.post(f"{address}/default/remove")
    assert back.status_code == 303
    assert len(shown(await browser.get(address))) == 3


async def test_one_taste_for_all_libraries_takes_the_place_of_every_other(session, world, browser):
    second = await make.library(session, "Comics")
    await make.series(session, second, "Tintin")
    await make.let_in(session, world.reader, second)
    await browser.post(f"/libraries/{world.shelf.id}/default", {"query": "sort=added"})
    everywhere = {"query": "view=list", "scope": "all"}
    await browser.post(f"/libraries/{world.shelf.id}/default", everywhere)

    for library in (world.shelf, second):
        assert "shelf-rows" in (await browser.get(f"/libraries/{library.id}")).text


async def test_what_is_put_away_leaves_home_until_it_is_read_again(session, world, browser):
    await read(session, world, through=1, page=4)
    assert "Continue reading" in (await browser.get("/")).text

    answer = await browser.post(f"/series/{world.series.id}/away")
    gone = Screen((await browser.get("/")).text)
    assert answer.status_code == 303
    assert "Continue reading" not in gone.text and "On deck" not in gone.text
    assert f"/series/{world.series.id}/away/remove" in gone.actions

    await browser.post(f"/series/{world.series.id}/away/remove")
    assert "Continue reading" in (await browser.get("/")).text

    await browser.post(f"/series/{world.series.id}/away")
    await read(session, world, through=2, page=5)
    assert "Continue reading" in (await browser.get("/")).text


async def test_the_unread_order_puts_most_unread_first_begun_or_not(session, world, browser):
    await make.series(session, world.shelf, "Long", position_count=50)
    await make.series(session, world.shelf, "Short", position_count=2)
    await read(session, world, through=2)

    answer = await browser.get(f"/libraries/{world.shelf.id}?sort=unread")

    places = [answer.text.index(f"{title}</span>") for title in ("Long", "Beck", "Short", "Akira")]
    assert places == sorted(places)
