"""Home, shelf and series as people get them: whole without scripts, in part for htmx."""

from datetime import timedelta

import pytest

from app.accounts.models import Role, Theme
from app.foundation.queue.models import Job, JobState
from app.library.models import HiddenTag, SeriesTag, Tag, TagKind
from tests import factories as make
from tests.browser import another_browser, browser_of
from tests.browsing.conftest import CANARY, read
from tests.browsing.markup import Screen, dead_ends
from tests.reading.counting import statements


def screens_of(world) -> list[str]:
    shelf, series = f"/libraries/{world.shelf.id}", f"/series/{world.series.id}"
    return [
        "/",
        shelf,
        f"{shelf}?sort=added",
        f"{shelf}?sort=updated&state=unread",
        f"{shelf}?sort=read",
        f"{shelf}?letter=a",
        f"{shelf}?letter=z",
        series,
        f"{series}?view=list&order=newest",
        f"{series}?unread=1",
    ]


async def test_home_has_what_was_begun_and_what_is_next(session, world, browser):
    await read(session, world, through=1, page=7)

    screen = Screen((await browser.get("/")).text)

    assert f"/read/{world.chapters[1].id}" in screen.links
    assert "Continue reading" in screen.text
    assert "p. 7 of 20" in screen.text
    assert "On deck" not in screen.text


async def test_home_has_the_next_chapter_on_deck_once_the_last_is_finished(session, world, browser):
    await read(session, world, through=2)

    screen = Screen((await browser.get("/")).text)

    assert "On deck" in screen.text
    assert "Continue reading" not in screen.text
    assert f"/read/{world.chapters[2].id}" in screen.links


async def test_home_shows_series_that_grew_after_they_came(session, world, browser):
    assert "Recently updated" not in (await browser.get("/")).text

    world.series.updated_at = world.series.added_at + timedelta(days=1)
    await session.merge(world.series)
    await session.commit()

    assert "Recently updated" in (await browser.get("/")).text


async def test_an_owner_without_a_library_is_led_to_the_first(client, session):
    browser = await browser_of(client, session, await make.admin(session))

    assert "/admin/libraries/new" in Screen((await browser.get("/")).text).links


async def test_a_reader_without_a_library_is_told_whom_to_ask(client, session):
    browser = await browser_of(client, session, await make.alice(session))

    screen = Screen((await browser.get("/")).text)

    assert "No library has been given to you" in screen.text
    assert "/admin/libraries/new" not in screen.links


async def test_a_shelf_is_whole_without_scripts_and_for_htmx_only_its_covers(world, browser):
    address = f"/libraries/{world.shelf.id}"

    whole = await browser.get(address)
    part = await browser.get(address, htmx=True)

    assert whole.status_code == part.status_code == 200
    assert "<!doctype html>" in whole.text and "<main" in whole.text
    assert "<html" not in part.text and "<li" in part.text
    assert f"/series/{world.series.id}" in Screen(part.text).links


async def test_load_more_goes_on_where_the_screen_ended_and_back_again(session, world, browser):
    for number in range(60):
        await make.series(session, world.shelf, f"Serial {number:02}")
    address = f"/libraries/{world.shelf.id}"

    first = Screen((await browser.get(address)).text)
    onwards = next(link for link in first.links if "after=" in link)
    second = Screen((await browser.get(onwards, htmx=True)).text)
    whole = Screen((await browser.get(onwards)).text)
    back = next(link for link in whole.links if "before=" in link)
    again = Screen((await browser.get(back)).text)

    def series(screen):
        return [link for link in screen.links if link.startswith("/series/")]

    assert len(series(first)) == 48
    assert len(series(second)) == 14
    assert set(series(first)).isdisjoint(series(second))
    assert series(whole) == series(second)
    assert series(again) == series(first)


async def test_e_ink_gets_pages_of_twelve(session, world, browser):
    for number in range(20):
        await make.series(session, world.shelf, f"Serial {number:02}")
    world.reader.preference.theme = Theme.E_INK
    await session.merge(world.reader)
    await session.commit()

    screen = Screen((await browser.get(f"/libraries/{world.shelf.id}")).text)

    assert len([link for link in screen.links if link.startswith("/series/")]) == 12


@pytest.mark.parametrize(
    "query",
    [
        "after=forged",
        "after=" + "A" * 5000,
        "before=%00",
        "sort=DROP+TABLE",
        "state=nonsense",
        "letter=%F0%9F%90%99",
        "letter=ab",
        "sort=added&letter=b",
        "unknown=1&unknown=2",
    ],
)
async def test_SEC35_nonsense_in_the_address_of_a_shelf_shows_the_shelf(world, browser, query):
    answer = await browser.get(f"/libraries/{world.shelf.id}?{query}")

    assert answer.status_code == 200
    assert "Akira" in answer.text


@pytest.mark.parametrize("first", ["0", "-5", "999999", "99999999999", "x", "١", "1e9", "%00", ""])
async def test_SEC35_an_absurd_beginning_of_the_chapters_is_a_sensible_screen(
    world, browser, first
):
    answer = await browser.get(f"/series/{world.series.id}?first={first}&view=list")

    assert answer.status_code == 200
    assert "Akira" in answer.text


async def test_the_cursor_of_one_library_is_worthless_in_another(session, world, browser):
    for number in range(60):
        await make.series(session, world.shelf, f"Serial {number:02}")
    second = await make.library(session, "Comics")
    await make.series(session, second, "Aardvark")
    await make.let_in(session, world.reader, second)
    shelf = Screen((await browser.get(f"/libraries/{world.shelf.id}")).text)
    token = next(link for link in shelf.links if "after=" in link).partition("?")[2]

    answer = await browser.get(f"/libraries/{second.id}?{token}")

    assert "Aardvark" in answer.text


async def test_the_series_screen_says_where_to_go_on(session, world, browser):
    address = f"/series/{world.series.id}"
    assert "Start reading" in (await browser.get(address)).text

    await read(session, world, through=1, page=4)
    begun = Screen((await browser.get(address)).text)
    assert "Continue Ch. 2, p. 4" in begun.text
    assert "p. 4 of 20" in begun.text
    assert "1982" in begun.text and "Neo-Tokyo." in begun.text

    await read(session, world, through=3)
    finished = Screen((await browser.get(address)).text)
    assert "Read again" in finished.text
    assert f"/read/{world.chapters[0].id}?page=1" in finished.links


async def test_chapters_stand_in_their_volumes_or_in_a_list(world, browser):
    address = f"/series/{world.series.id}"

    volumes = Screen((await browser.get(address)).text)
    listed = Screen((await browser.get(f"{address}?view=list&order=newest")).text)

    assert "Volume 1" in volumes.text and "Volume 2" in volumes.text
    assert "Volume 1" not in listed.text
    rows = [name for name in listed.ids if name.startswith("chapter-")]
    assert rows == [f"chapter-{chapter.id}" for chapter in reversed(world.chapters)]


async def test_one_place_in_two_languages_is_one_row_with_a_choice(session, world, browser):
    french = await make.chapter(session, world.series, 2, language="fr", groups=["Équipe"])

    screen = Screen((await browser.get(f"/series/{world.series.id}")).text)

    assert f"/read/{french.id}" in screen.links
    assert "also fr · Équipe" in screen.text
    assert "Read: fr · Équipe" in screen.text
    assert f"chapter-{french.id}" not in screen.ids


async def test_unread_chapters_are_found_far_into_a_long_series(session, world, browser):
    chapters = [await make.chapter(session, world.series, number) for number in range(4, 206)]
    world.chapters += chapters
    await read(session, world, through=203)

    screen = Screen((await browser.get(f"/series/{world.series.id}?unread=1&view=list")).text)

    rows = [name for name in screen.ids if name.startswith("chapter-")]
    assert rows == [f"chapter-{chapter.id}" for chapter in chapters[-2:]]
    assert "You are up to date" not in screen.text


async def test_a_long_series_is_shown_in_parts(session, world, browser):
    for number in range(4, 206):
        await make.chapter(session, world.series, number)
    address = f"/series/{world.series.id}?view=list"

    first = Screen((await browser.get(address)).text)
    onwards = next(link for link in first.links if "first=101" in link)
    second = Screen((await browser.get(onwards)).text)

    assert len([name for name in first.ids if name.startswith("chapter-")]) == 100
    assert len([name for name in second.ids if name.startswith("chapter-")]) == 100


async def test_a_running_scan_is_on_the_shelf_with_its_bar(session, world, browser):
    job = {"kind": "scan_library", "key": str(world.shelf.id), "args": {}}
    await make.add(session, Job(**job, state=JobState.RUNNING, done=25, total=100))

    for address in ("/", f"/libraries/{world.shelf.id}"):
        answer = await browser.get(address)
        assert "25 of 100 files" in Screen(answer.text).text
        assert 'value="25" max="100"' in answer.text


@pytest.mark.parametrize(
    "role", [Role.READER, pytest.param(Role.MANAGER, marks=pytest.mark.night), Role.OWNER]
)
async def test_every_link_and_form_leads_somewhere(session, client, world, role):
    person = await make.person(session, "dora", role)
    if role is not Role.OWNER:
        await make.let_in(session, person, world.shelf)
    world.reader = person
    await read(session, world, through=1, page=4)
    browser = await browser_of(client, session, person)
    known: set[str] = set()

    for address in screens_of(world):
        screen = Screen((await browser.get(address)).text)
        # Chapters have no files in this test; the reader and the downloads say so.
        screen.links = [link for link in screen.links if not _needs_a_file(link)]
        assert await dead_ends(browser, screen, known) == [], address


def _needs_a_file(link: str) -> bool:
    return link.startswith("/read/") or link.partition("?")[0].endswith("/file")


@pytest.mark.parametrize(("address", "most"), [("/", 8), ("/libraries/{}", 6), ("/series/{}", 8)])
async def test_SEC35_screens_keep_to_their_number_of_queries(
    app, session, world, browser, address, most
):
    await read(session, world, through=1, page=4)
    for number in range(40):
        await make.series(session, world.shelf, f"Serial {number:02}", position_count=3)
        await make.chapter(session, world.series, 10 + number)
    place = address.format(world.series.id if "series" in address else world.shelf.id)
    await browser.get(place)

    with statements(app.state.engine) as said:
        answer = await browser.get(place)

    assert answer.status_code == 200
    assert len(said) <= most, "\n\n".join(said)


async def test_SEC27_looking_changes_nothing(app, session, world, browser):
    await read(session, world, through=1, page=4)
    for address in screens_of(world):
        with statements(app.state.engine) as said:
            await browser.get(address)
        writing = ("INSERT", "UPDATE", "DELETE")
        assert [text for text in said if text.lstrip().upper().startswith(writing)] == []


async def test_SEC31_what_stands_elsewhere_does_not_exist(session, world, browser):
    for address in (
        f"/libraries/{world.hidden.library_id}",
        f"/series/{world.hidden.id}",
        f"/series/{world.hidden_chapter.id}",
    ):
        for htmx in (False, True):
            answer = await browser.get(address, htmx=htmx)
            assert answer.status_code == 404
            assert CANARY not in answer.text


async def test_SEC31_age_limits_and_hidden_tags_hide_the_screen_of_a_series(
    app, session, client, world
):
    child = await make.bob(session)
    await make.let_in(session, child, world.shelf)
    adult = await make.series(session, world.shelf, "Berserk", age_rating=18)
    horror = await make.add(session, Tag(kind=TagKind.GENRE, name="Horror", key="horror"))
    await make.add(session, SeriesTag(series_id=world.series.id, tag_id=horror.id))
    await make.add(session, HiddenTag(user_id=world.reader.id, tag_id=horror.id))

    browser = await browser_of(client, session, child)
    assert (await browser.get(f"/series/{adult.id}")).status_code == 404
    assert (await browser.get(f"/series/{world.series.id}")).status_code == 200
    async with another_browser(app, session, world.reader) as other:
        assert (await other.get(f"/series/{world.series.id}")).status_code == 404
        assert (await other.get(f"/series/{adult.id}")).status_code == 200


async def test_SEC32_nothing_of_another_library_reaches_a_reader(session, world, browser):
    await read(session, world, through=1, page=4)

    for address in screens_of(world):
        for htmx in (False, True):
            answer = await browser.get(address, htmx=htmx)
            assert answer.status_code == 200
            for secret in (CANARY, "98765", "98 765", str(world.hidden.id)):
                assert secret not in answer.text, address


@pytest.mark.parametrize("limit", ["age", "tag"])
async def test_SEC32_counts_do_not_tell_what_is_hidden(session, client, world, limit):
    person = await make.person(session, "eve", age_limit=12 if limit == "age" else None)
    await make.let_in(session, person, world.shelf)
    if limit == "tag":
        gore = await make.add(session, Tag(kind=TagKind.TAG, name="Gore", key="gore"))
        await make.add(session, HiddenTag(user_id=person.id, tag_id=gore.id))
    browser = await browser_of(client, session, person)

    for address in ("/", f"/libraries/{world.shelf.id}"):
        text = Screen((await browser.get(address)).text).text
        assert "2 series" not in text
        assert "Manga 2" not in text


async def test_SEC23_a_library_taken_away_is_gone_with_the_next_request(session, world, browser):
    from app.library.service import AllLibraries

    address = f"/libraries/{world.shelf.id}"
    assert (await browser.get(address)).status_code == 200

    await AllLibraries(session).let_in(world.shelf, [])
    await session.commit()

    assert (await browser.get(address)).status_code == 404
    assert (await browser.get(f"/series/{world.series.id}")).status_code == 404
    assert "Akira" not in (await browser.get("/")).text


async def test_SEC44_titles_are_words_and_never_markup(session, world, browser):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    await make.series(session, world.shelf, evil, summary=evil, language='"><b>')
    series = await make.series(session, world.shelf, "Zoo", summary=evil * 5)
    await make.chapter(session, series, 1, title=evil, groups=[evil], language='en"><b>')

    for address in ("/", f"/libraries/{world.shelf.id}", f"/series/{series.id}"):
        markup = (await browser.get(address)).text
        assert "<script>alert" not in markup
        assert "<img src=x" not in markup
        assert '"><b>' not in markup
