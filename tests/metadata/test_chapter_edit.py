"""A manager edits a chapter; places, sums, search, scans, other managers and Undo come along."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text

from app.cli.doctor import examine
from app.library.models import Chapter, SearchDocument, Series
from app.reading.models import SeriesReading
from app.reading.progress import mark_read
from tests import factories as make
from tests.browser import another_browser
from tests.metadata.conftest import fields_of
from tests.scanning.shelves import cbz, info


@pytest.fixture
async def first(desk):
    return (await desk.shelf.chapters())[0].id


async def form_of(desk, chapter_id):
    answer = await desk.browser.get(f"/chapters/{chapter_id}/edit")
    assert answer.status_code == 200, answer.text[:500]
    return fields_of(answer)


async def save(desk, chapter_id, **changes):
    form = {**await form_of(desk, chapter_id), **changes}
    return await desk.browser.post(f"/chapters/{chapter_id}/edit", form)


async def chapter(desk, chapter_id) -> Chapter:
    desk.shelf.session.expunge_all()
    return await desk.shelf.session.get_one(Chapter, chapter_id)


async def undo_of(desk, saved) -> str:
    shown = await desk.browser.get(saved.headers["location"])
    path = f"{saved.headers['location']}/edit/"
    undo = shown.text.partition(f'action="{path}')[2].partition('"')[0]
    assert undo.endswith("/undo"), shown.text[:2000]
    return f"{path}{undo}"


async def another_series(desk, title="Domu", chapters=2):
    for number in range(1, chapters + 1):
        cbz(desk.shelf.path / title / f"{title} c00{number}.cbz", comicinfo=info(Series=title))
    await desk.shelf.scan()
    return await desk.shelf.session.scalar(select(Series.id).where(Series.title == title))


async def test_an_edit_is_kept_and_everything_that_follows_from_it_follows(desk, session, first):
    await mark_read(session, desk.manager, desk.series_id, [first])
    await session.commit()

    answer = await save(
        desk, first, title="The lamp", number="2.5", volume="3", groups="Ink, Tea", language="fr"
    )

    found = await chapter(desk, first)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/chapters/{first}")
    assert (found.number, found.number_text, found.volume) == (Decimal("2.5"), "2.5", 3)
    assert (found.groups, found.language, found.position) == (["Ink", "Tea"], "fr", 2)
    assert sorted(found.kept) == ["groups", "language", "number", "title", "volume"]
    words = select(SearchDocument.words).where(SearchDocument.id == first)
    assert "lamp" in await session.scalar(words)
    [sums] = await session.scalars(select(SeriesReading))
    assert sums.read_positions == 1 and sums.next_chapter_id != first


async def test_a_scan_never_overwrites_what_a_person_set_of_a_chapter(
    desk, engine, settings, first
):
    await save(desk, first, number="9–10", released_on="2001-02-03", kind="special")
    cbz(
        desk.shelf.path / "Iron Lantern" / "Iron Lantern c001.cbz",
        pages=5,
        comicinfo=info(Series="Iron Lantern", Number=1, Title="From the file", Year=1990, Month=1),
    )

    assert (await desk.shelf.scan()).updated == 1

    found = await chapter(desk, first)
    assert (found.number, found.number_end, found.kind) == (9, 10, "special")
    assert (found.released_on.isoformat(), found.title) == ("2001-02-03", "From the file")
    assert await examine(engine, settings) == []


async def test_unlocking_gives_a_chapter_back_to_its_file(desk, session, first):
    await save(desk, first, number="7", title="Mine")
    screen = (await desk.browser.get(f"/chapters/{first}/edit")).text
    assert "by charlie, just now" in screen and "from the file names" in screen
    assert "The files say:" in screen

    await save(desk, first, keep=[])

    found = await chapter(desk, first)
    assert (found.number, found.title, found.kept, found.position) == (1, None, {}, 1)
    document = select(SearchDocument.id).where(SearchDocument.id == first)
    assert await session.scalar(document) is None


async def test_a_chapter_moves_to_another_series_and_no_scan_takes_it_back(
    desk, engine, settings, session, first
):
    to = await another_series(desk)
    await mark_read(session, desk.manager, desk.series_id, [first])
    await session.commit()
    asked = await desk.browser.get(f"/chapters/{first}/edit/series?q=dom")
    assert "Domu" in asked.text

    moved = await desk.browser.post(f"/chapters/{first}/edit/series", fields_of(asked))

    assert moved.headers["location"] == f"/chapters/{first}"
    rows = await session.execute(select(Series.title, Series.position_count).order_by(Series.title))
    # Two files share the first place of it now.
    assert rows.tuples().all() == [("Domu", 2), ("Iron Lantern", 1)]
    [sums] = await session.scalars(select(SeriesReading))
    assert (sums.series_id, sums.read_positions) == (to, 1)

    for name in ("Iron Lantern c001.cbz", "Iron Lantern c002.cbz", "Iron Lantern c003.cbz"):
        cbz(desk.shelf.path / "Iron Lantern" / name, 6, info(Series="Iron Lantern", Year=1990))
    await desk.shelf.scan()

    assert (await chapter(desk, first)).series_id == to
    rows = await session.execute(
        select(Series.title, Series.year, Chapter.number)
        .join(Chapter, Chapter.series_id == Series.id)
        .order_by(Series.title, Chapter.number, Chapter.id)
    )
    lantern = [("Iron Lantern", 1990, 2), ("Iron Lantern", 1990, 3)]
    assert rows.tuples().all() == [
        ("Domu", None, 1),
        ("Domu", None, 1),
        ("Domu", None, 2),
        *lantern,
    ]
    assert await examine(engine, settings) == []


async def test_a_file_that_moves_on_disk_leaves_its_chapter_where_a_person_put_it(
    desk, session, first
):
    to = await another_series(desk, chapters=1)
    form = {"was": desk.series_id, "to": to}
    await desk.browser.post(f"/chapters/{first}/edit/series", form)
    folder = desk.shelf.path / "Iron Lantern"
    (desk.shelf.path / "Elsewhere").mkdir()
    (folder / "Iron Lantern c001.cbz").rename(desk.shelf.path / "Elsewhere" / "x.cbz")

    assert (await desk.shelf.scan()).moved == 1

    assert (await chapter(desk, first)).series_id == to
    identity = select(Series.folder, Series.title).order_by(Series.title)
    rows = (await session.execute(identity)).tuples().all()
    assert rows == [(b"Domu", "Domu"), (b"Iron Lantern", "Iron Lantern")]


async def test_the_last_chapter_that_moves_away_leaves_nothing_on_the_shelf_until_the_undo(
    desk, session, first
):
    to = await another_series(desk, chapters=1)
    last = (await session.scalars(select(Chapter.id).where(Chapter.series_id == to))).one()
    form = {"was": to, "to": desk.series_id}
    moved = await desk.browser.post(f"/chapters/{last}/edit/series", form)
    undo = await undo_of(desk, moved)
    assert "Domu" not in (await desk.browser.get(f"/libraries/{desk.shelf.library.id}")).text

    answer = await desk.browser.post(undo)

    assert answer.status_code == 303
    found = await chapter(desk, last)
    assert (found.series_id, found.kept) == (to, {})
    assert "Domu" in (await desk.browser.get(f"/libraries/{desk.shelf.library.id}")).text
    assert (await desk.browser.post(undo)).status_code == 404


async def test_undo_brings_back_a_chapter_as_it_was_and_overwrites_nobody(desk, first):
    undo = await undo_of(desk, await save(desk, first, number="5", title="Five"))
    again = await undo_of(desk, await save(desk, first, title="Six"))

    assert (await desk.browser.post(undo)).status_code == 409
    assert (await desk.browser.post(again)).status_code == 303
    assert (await desk.browser.post(undo)).status_code == 303
    found = await chapter(desk, first)
    assert (found.number, found.title, found.kept) == (1, None, {})


async def test_the_second_of_two_editors_of_a_chapter_chooses(desk, first):
    old = await form_of(desk, first)
    await save(desk, first, title="Theirs", language="fr")

    answer = await desk.browser.post(
        f"/chapters/{first}/edit", {**old, "title": "Mine", "volume": "4"}
    )
    assert answer.status_code == 409
    assert "Theirs" in answer.text and "Mine" in answer.text
    await desk.browser.post(f"/chapters/{first}/edit", {**fields_of(answer), "title": "Mine"})

    found = await chapter(desk, first)
    assert (found.title, found.language, found.volume) == ("Mine", "fr", 4)


async def test_a_chapter_that_was_moved_meanwhile_is_not_moved_again(desk, first):
    to, third = await another_series(desk), await another_series(desk, "Beck")
    path = f"/chapters/{first}/edit/series"
    await desk.browser.post(path, {"was": desk.series_id, "to": to})

    assert (await desk.browser.post(path, {"was": desk.series_id, "to": third})).status_code == 409
    assert (await desk.browser.post(path, {"was": to, "to": to})).status_code == 422


async def test_SEC33_a_chapter_goes_to_no_series_of_another_library(desk, session, first):
    comics = await make.library(session, "Comics")
    elsewhere = await make.series(session, comics, "Tintin")
    await make.let_in(session, desk.manager, comics)
    form = {"was": desk.series_id, "to": elsewhere.id}

    answer = await desk.browser.post(f"/chapters/{first}/edit/series", form)

    assert answer.status_code == 404
    assert (await chapter(desk, first)).series_id == desk.series_id


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number", "twelve", "Enter a number such as"),
        ("number", "1.2345", "too many decimal places"),
        ("number", "12345678", "too large"),
        ("number", "8-1", "begins with its smaller number"),
        ("number", "٣", "Enter a number such as"),
        ("volume", "100000", "too large"),
        ("kind", "", "Choose one of the options."),
        ("kind", "page", "Choose one of the options."),
        ("language", "klingon language", "Write the language as a code"),
        ("released_on", "yesterday", "Write the day as 2024-03-31."),
        ("released_on", "0001-01-01", "Write the day as 2024-03-31."),
    ],
)
async def test_bad_input_of_a_chapter_is_a_422_with_words_beside_the_field(
    desk, first, field, value, words
):
    answer = await save(desk, first, **{field: value, "title": "Kept as typed"})

    assert answer.status_code == 422
    assert words in answer.text and 'value="Kept as typed"' in answer.text
    assert (await chapter(desk, first)).kept == {}


async def test_only_managers_who_see_the_chapter_may_edit_it(desk, app, session, first):
    reader = await make.alice(session)
    stranger = await make.person(session, "dora", role="manager")
    await make.let_in(session, reader, desk.shelf.library)
    for person, status in ((reader, 403), (stranger, 404)):
        async with another_browser(app, session, person) as browser:
            for path in (f"/chapters/{first}/edit", f"/chapters/{first}/edit/series"):
                assert (await browser.get(path)).status_code == status
                assert (await browser.post(path, {"title": "x"})).status_code == status


async def test_what_a_chapter_says_is_whole_without_its_file(desk, session, first):
    await session.execute(text("UPDATE chapter_file SET trashed_at = now()"))
    await session.commit()

    assert (await save(desk, first, title="Kept")).status_code == 303
    assert (await save(desk, first, keep=[])).status_code == 303
