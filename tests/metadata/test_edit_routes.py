"""A manager edits a series; scans, other managers and Undo come along."""

import pytest
from sqlalchemy import select, text

from app.library.models import Creator, SearchDocument, Series, SeriesCreator, Tag
from tests import factories as make
from tests.browser import another_browser
from tests.metadata.conftest import fields_of
from tests.scanning.shelves import cbz, info


async def test_an_edit_locks_exactly_what_it_changed_and_search_follows(desk, session):
    before = await desk.series()
    identity = (before.folder, before.key)

    answer = await desk.save(title="The Lamp", year="1998")

    series = await desk.series()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/series/{series.id}")
    assert (series.title, series.year, series.sort_key) == ("The Lamp", 1998, "lamp\tthe")
    assert sorted(series.locked_fields) == ["title", "year"]
    assert (series.folder, series.key) == identity
    assert series.sources["title"]["name"] == "charlie"
    assert series.sources["summary"] == "comicinfo"
    document = await session.scalar(
        select(SearchDocument.title).where(SearchDocument.id == series.id)
    )
    assert document == "the lamp"


async def test_a_scan_never_overwrites_what_a_person_set(desk, session):
    await desk.save(summary="Mine.", genres="Drama", sort_title="Zz", creators="Aki | art")
    cbz(
        desk.shelf.path / "Iron Lantern" / "Iron Lantern c003.cbz",
        comicinfo=info(
            Series="Iron Lantern", Summary="Other.", Genre="Comedy", Tags="rain", Year=1990
        ),
    )

    await desk.shelf.scan()

    series = await desk.series()
    assert (series.summary, series.sort_key, series.year) == ("Mine.", "zz", 1990)
    tags = await session.execute(select(Tag.kind, Tag.name).join_from(Series, Series.tags))
    assert sorted(tags.tuples()) == [("genre", "Drama"), ("tag", "rain")]
    roles = await session.execute(
        select(Creator.name, SeriesCreator.role).join(SeriesCreator.creator)
    )
    assert roles.tuples().all() == [("Aki", "penciller")]
    document = await session.get(SearchDocument, ("series", series.id))
    assert "drama" in document.about and "rain" in document.about


async def test_unlocking_takes_back_what_the_files_say_at_once(desk):
    await desk.save(title="Lamp", genres="Drama", year="")
    form = await desk.form()
    assert sorted(form["keep"]) == ["genres", "title", "year"]

    await desk.browser.post(desk.path, {**form, "keep": []})

    series = await desk.series()
    assert (series.title, series.year, series.locked_fields) == ("Iron Lantern", 1999, [])
    assert series.sources["title"] == "comicinfo"


async def test_the_form_says_where_each_value_comes_from_and_what_the_files_say(desk):
    await desk.save(title="Lamp")

    screen = (await desk.browser.get(desk.path)).text

    assert "by charlie, just now" in screen
    assert "from ComicInfo of 2 chapters" in screen and "from ComicInfo of Ch. 1" in screen
    assert "The files say:" in screen and "Iron Lantern" in screen


async def test_ticking_a_lock_keeps_a_value_of_the_files(desk):
    await desk.save(keep=["summary"])

    series = await desk.series()
    assert (series.summary, series.locked_fields) == ("Neon rain.", ["summary"])


async def test_lists_grow_by_the_places_to_add_one_more(desk):
    await desk.save(
        add_title="鉄灯籠",
        add_title_language="ja",
        add_title_kind="native",
        add_person="Bo",
        add_role="penciller",
        add_genre="Drama",
        links="https://example.org/a",
    )

    series, form = await desk.series(), await desk.form()
    assert series.other_titles == [{"title": "鉄灯籠", "kind": "native", "language": "ja"}]
    assert form["creators"].split("\n") == ["Aki | story", "Bo | art"]
    assert form["genres"] == "Action, Drama, Noir"
    assert series.links == [{"url": "https://example.org/a", "label": "example.org"}]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "Give the series a title."),
        ("year", "12", "Enter a whole number from 1800 to 2200."),
        ("year", "٣٣٣٣", "Enter a whole number"),
        ("age_rating", "99", "Enter a whole number from 0 to 21."),
        ("status", "gone", "Choose one of the options."),
        ("language", "klingon language", "Write the language as a code"),
        ("links", "javascript:alert(1)", "A link begins with http:// or https://"),
        ("links", "https://", "A link begins with http:// or https://"),
        ("creators", "Aki | cook", "is no role"),
        ("other_titles", "Lamp | ??", "neither a language nor a kind"),
    ],
)
async def test_bad_input_is_a_422_with_words_beside_the_field(desk, field, value, words):
    answer = await desk.save(**{field: value, "publisher": "Kept as typed"})

    assert answer.status_code == 422
    assert words in answer.text and 'value="Kept as typed"' in answer.text
    assert (await desk.series()).locked_fields == []


async def test_the_second_of_two_editors_sees_both_versions_and_chooses(desk, app, session):
    old_form = await desk.form()
    other = await make.person(session, "dora", role="manager")
    await make.let_in(session, other, desk.shelf.library)
    async with another_browser(app, session, other) as dora:
        await dora.post(desk.path, {**old_form, "title": "Dora's", "publisher": "Hers"})

    mine = {**old_form, "title": "Charlie's", "summary": "Typed\nby me.", "year": "1997"}
    answer = await desk.browser.post(desk.path, mine)

    assert answer.status_code == 409
    for words in ("Dora&#39;s", "Charlie&#39;s", "Iron Lantern", "by dora, just now"):
        assert words in answer.text
    assert (await desk.series()).year == 1999
    choice = {**fields_of(answer), "title": "Charlie's"}
    assert choice["summary"] == "Typed\nby me."
    saved = await desk.browser.post(desk.path, choice)
    series = await desk.series()
    assert saved.status_code == 303
    assert (series.title, series.publisher, series.summary, series.year) == (
        "Charlie's",
        "Hers",
        "Typed\nby me.",
        1997,
    )


async def test_undo_brings_back_values_locks_and_sources(desk):
    before = await desk.series()
    sources = dict(before.sources)
    saved = await desk.save(title="Lamp", genres="Drama", creators="")
    undo = await _undo_of(desk, saved)

    answer = await desk.browser.post(undo)

    series, form = await desk.series(), await desk.form()
    assert answer.status_code == 303
    assert (series.title, series.locked_fields, series.sources) == ("Iron Lantern", [], sources)
    assert (form["genres"], form["creators"]) == ("Action, Noir", "Aki | story")
    assert (await desk.browser.post(undo)).status_code == 404


async def test_undo_overwrites_nobody(desk):
    undo = await _undo_of(desk, await desk.save(title="Lamp"))
    await desk.save(title="Lantern")

    answer = await desk.browser.post(undo)

    assert answer.status_code == 409
    assert (await desk.series()).title == "Lantern"


async def test_htmx_is_sent_on_as_a_whole(desk):
    answer = await desk.browser.post(desk.path, {**await desk.form(), "title": "Lamp"}, htmx=True)

    assert answer.headers["hx-redirect"] == f"/series/{desk.series_id}"


async def test_an_age_beyond_the_editor_leads_to_the_library_and_hides_at_once(desk, session):
    await session.execute(text("UPDATE user_account SET age_limit = 12"))
    await session.commit()

    answer = await desk.save(age_rating="18")

    assert answer.headers["location"] == f"/libraries/{desk.shelf.library.id}"
    assert (await desk.browser.get(f"/series/{desk.series_id}")).status_code == 404


async def test_only_managers_who_see_the_series_may_edit_it(desk, app, session):
    reader = await make.alice(session)
    stranger = await make.person(session, "dora", role="manager")
    await make.let_in(session, reader, desk.shelf.library)
    for person, status in ((reader, 403), (stranger, 404)):
        async with another_browser(app, session, person) as browser:
            assert (await browser.get(desk.path)).status_code == status
            assert (await browser.post(desk.path, {"title": "x"})).status_code == status


async def _undo_of(desk, saved) -> str:
    """The address in the flash after saving."""
    shown = await desk.browser.get(saved.headers["location"])
    undo = shown.text.partition(f'action="{desk.path}/')[2].partition('"')[0]
    assert undo.endswith("/undo"), shown.text[:2000]
    return f"{desk.path}/{undo}"
