"""The screen of a series: long ones a part at a time, versions, marks, gaps; and that of a chapter."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, text

from app.accounts.models import Theme
from app.browsing.series_lines import Part, lines_of
from app.browsing.series_sums import sums_of
from app.foundation.db import new_id
from app.library.models import Chapter, ChapterKind
from app.metadata.models import RelationKind, SeriesRelation
from app.reading.models import PreferredVersion, Progress, SeriesReading
from app.reading.progress import mark_read
from app.reading.queries import neighbours, open_chapter
from tests import factories as make
from tests.browser import browser_of
from tests.browsing.markup import Screen
from tests.reading.counting import statements

MANY = 2_300


async def lengthen(session, world, count: int = MANY) -> None:
    """Chapters without files, from 4 on."""
    rows = [
        {
            "id": new_id(),
            "series_id": world.series.id,
            "number": number,
            "position": number,
            "kind": ChapterKind.CHAPTER,
            "groups": [],
            "added_at": datetime.now(UTC),
        }
        for number in range(4, count + 1)
    ]
    await session.execute(insert(Chapter), rows)
    world.series.position_count = count
    await session.merge(world.series)
    await session.commit()


def rows_of(screen: Screen) -> list[str]:
    return [name.removeprefix("chapter-") for name in screen.ids if name.startswith("chapter-")]


async def read_positions(session, world) -> list[int]:
    found = await session.scalars(
        select(Chapter.position)
        .join(Progress, Progress.chapter_id == Chapter.id)
        .where(Progress.user_id == world.reader.id, Progress.completed_at.is_not(None))
        .order_by(Chapter.position)
    )
    return list(found)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("unread_only", [False, True])
async def test_a_long_series_is_walked_to_its_end_and_back(
    session, world, newest_first, unread_only
):
    await lengthen(session, world, 23)
    await mark_read(session, world.reader, world.series.id, [world.chapters[1].id])
    await session.commit()
    order = {"newest_first": newest_first, "unread_only": unread_only}

    async def part(**where):
        return await lines_of(session, world.reader, world.series, Part(size=5, **order, **where))

    found = await part()
    parts = [found]
    while found.next is not None:
        found = await part(first=found.next)
        parts.append(found)
    there = [line.shown.position for one in parts for line in one.lines]
    back = [line.shown.position for line in found.lines]
    while found.previous is not None:
        found = await part(before=found.previous)
        back = [line.shown.position for line in found.lines] + back

    wanted = [number for number in range(1, 24) if number != 2 or not unread_only]
    assert there == (wanted[::-1] if newest_first else wanted)
    assert back == there


async def test_SEC35_a_series_of_thousands_keeps_to_six_queries_and_300_KB(
    app, session, world, browser
):
    await lengthen(session, world)
    await mark_read(session, world.reader, world.series.id, [world.chapters[0].id])
    other = await make.series(session, world.shelf, "Domu")
    relation = SeriesRelation(
        series_id=world.series.id, other_id=other.id, kind=RelationKind.SEQUEL
    )
    session.add(relation)
    await session.commit()
    address = f"/series/{world.series.id}"
    assert "Domu" in (await browser.get(address)).text

    for query in ("", "?view=list&order=newest", "?unread=1&first=900", "?before=2000"):
        with statements(app.state.engine) as said:
            answer = await browser.get(address + query)
        assert answer.status_code == 200
        assert len(said) <= 6, "\n\n".join(said)
        assert len(answer.content) < 300_000


async def test_a_part_far_in_is_found_by_the_index(session, world):
    """No part of a long series sorts or counts what stands before it."""
    await lengthen(session, world)
    await session.execute(text("ANALYZE chapter"))
    plan = "\n".join(
        await session.scalars(
            text(
                "EXPLAIN SELECT position FROM chapter WHERE series_id = :series AND position >= 2000"
                " AND trashed_at IS NULL GROUP BY position ORDER BY position LIMIT 101"
            ),
            {"series": world.series.id},
        )
    )

    assert "ix_chapter_position" in plan
    assert "Sort" not in plan and "Seq Scan" not in plan


async def test_e_ink_gets_short_parts_with_their_ends_in_words(session, world, browser):
    await lengthen(session, world, 50)
    world.reader.preference.theme = Theme.E_INK
    await session.merge(world.reader)
    await session.commit()

    screen = Screen((await browser.get(f"/series/{world.series.id}?view=list")).text)

    assert len(rows_of(screen)) == 20
    assert "Ch. 1 – Ch. 20" in screen.text


async def test_start_reading_is_the_first_chapter_whatever_is_shown(session, world, browser):
    await lengthen(session, world, 300)
    first = f"/read/{world.chapters[0].id}"

    for query in ("?order=newest&view=list", "?first=150&view=list"):
        screen = Screen((await browser.get(f"/series/{world.series.id}{query}")).text)
        assert first in screen.links


async def test_holes_in_the_numbers_are_said(session, world, browser):
    for number, end in ((6, None), (7, 9), (12, None)):
        await make.chapter(session, world.series, number, number_end=end)

    screen = Screen((await browser.get(f"/series/{world.series.id}")).text)

    assert "Chapters 4–5, 10–11 are missing" in screen.text


async def test_nothing_is_said_where_nothing_is_missing(world, browser):
    assert "missing" not in (await browser.get(f"/series/{world.series.id}")).text


async def test_what_may_be_in_a_volume_or_counts_anew_is_no_hole(session, world):
    whole = {"kind": ChapterKind.VOLUME, "number_text": None}
    volume = await make.chapter(session, world.series, 4, volume=3, **{"kind": whole["kind"]})
    volume.number = None
    await session.merge(volume)
    await make.chapter(session, world.series, 9, volume=4)
    twice = await make.series(session, world.shelf, "Count anew")
    for position, number in enumerate((1, 2, 3, 1, 2), start=1):
        chapter = await make.chapter(session, twice, position)
        chapter.number = number
        await session.merge(chapter)
    await session.commit()

    for series in (world.series, twice):
        assert (await sums_of(session, world.reader, series)).holes == []


async def test_a_chosen_version_is_shown_continued_and_turned_to(session, world, browser):
    for chapter in world.chapters:
        chapter.language, chapter.groups = "en", ["Blue Hour"]
        await session.merge(chapter)
    french = [
        await make.chapter(session, world.series, n, language="fr", groups=["Équipe"])
        for n in (1, 2, 3)
    ]
    await mark_read(session, world.reader, world.series.id, [world.chapters[0].id])
    await session.commit()
    address = f"/series/{world.series.id}"
    assert rows_of(Screen((await browser.get(address)).text))[0] == str(world.chapters[0].id)

    answer = await browser.post(f"/chapters/{french[2].id}/version", {"back": "view=list"})
    screen = Screen((await browser.get(address)).text)
    opened = await open_chapter(session, world.reader, french[1].id)
    before, after = await neighbours(session, world.reader, opened)

    assert answer.headers["location"] == (
        f"{address}?view=list&at={french[2].id}#chapter-{french[2].id}"
    )
    assert rows_of(screen) == [str(chapter.id) for chapter in french]
    assert f"/read/{french[1].id}" in screen.links
    assert "Read Ch. 2" in screen.text and "This series goes on in: fr · Équipe" in screen.text
    reading = await session.get(SeriesReading, (world.reader.id, world.series.id))
    assert reading.next_chapter_id == french[1].id
    assert (before.id, after.id) == (french[0].id, french[2].id)

    await browser.post(f"{address}/version/remove", {"back": ""})
    await session.refresh(reading)
    assert reading.next_chapter_id == world.chapters[1].id
    assert (await session.scalars(select(PreferredVersion))).all() == []


async def test_a_version_is_not_offered_where_no_place_has_two(session, world, browser):
    world.chapters[1].language = "fr"
    await session.merge(world.chapters[1])
    await session.commit()

    assert "Any version" not in (await browser.get(f"/series/{world.series.id}")).text


async def test_marks_go_by_places_and_lead_back_to_where_one_was(session, world, browser):
    other = await make.chapter(session, world.series, 2, language="fr")
    at = f"/chapters/{world.chapters[1].id}/place/read"

    answer = await browser.post(f"{at}/through", {"back": "view=list&order=newest"})
    assert await read_positions(session, world) == [1, 2, 2]
    assert answer.headers["location"] == (
        f"/series/{world.series.id}?view=list&order=newest&at={world.chapters[1].id}"
        f"#chapter-{world.chapters[1].id}"
    )

    await browser.post(f"/chapters/{other.id}/place/read/remove", {"back": ""})
    assert await read_positions(session, world) == [1]

    await browser.post(at, {"back": "chapter"})
    assert await read_positions(session, world) == [1, 2, 2]


@pytest.mark.parametrize("back", ["//evil.example", "view=%00", "first=" + "9" * 300, "a=b&" * 100])
async def test_the_way_back_leads_nowhere_else(world, browser, back):
    answer = await browser.post(f"/chapters/{world.chapters[0].id}/place/read", {"back": back})

    assert answer.headers["location"].startswith(f"/series/{world.series.id}?at=")


async def test_a_range_is_marked_and_can_be_taken_back(session, world, browser):
    await lengthen(session, world, 30)
    address = f"/series/{world.series.id}/range"

    answer = await browser.post(f"{address}/read", {"of": "chapter", "first": "3", "last": "7,5"})
    assert answer.status_code == 303
    assert await read_positions(session, world) == [3, 4, 5, 6, 7]
    assert "5 chapters marked as read." in (await browser.get(answer.headers["location"])).text

    await browser.post(f"{address}/read/remove", {"of": "chapter", "first": "", "last": "4"})
    assert await read_positions(session, world) == [5, 6, 7]

    await browser.post(f"{address}/read", {"of": "volume", "first": "1", "last": "1"})
    assert await read_positions(session, world) == [1, 2, 5, 6, 7]


async def test_the_download_of_a_range_is_a_link_to_the_archive(world, browser):
    answer = await browser.post(
        f"/series/{world.series.id}/range/file", {"of": "chapter", "first": "2", "last": ""}
    )

    assert answer.headers["location"] == f"/series/{world.series.id}/file?of=chapter&first=2"


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        ("two", "", "Write a number"),
        ("", "1e3", "Write a number"),
        ("5", "2", "This is before the beginning"),
        ("50", "60", "There is nothing with these numbers"),
        ("٣", "", "Write a number"),
    ],
)
async def test_a_range_that_makes_no_sense_is_said_beside_its_field(
    session, world, browser, first, last, word
):
    form = {"of": "chapter", "first": first, "last": last}
    for act in ("read", "read/remove", "file"):
        answer = await browser.post(f"/series/{world.series.id}/range/{act}", form)
        assert answer.status_code == 422
        assert word in answer.text and f'value="{first or last}"' in answer.text

    assert await read_positions(session, world) == []


async def test_a_chapter_has_a_screen_with_all_of_its_pages(session, world, browser):
    long = await make.chapter(session, world.series, 4, pages=130, volume=2, title="The ninth wave")
    address = f"/chapters/{long.id}"

    first = Screen((await browser.get(address)).text)
    last = Screen((await browser.get(f"{address}?first=999999999")).text)

    assert "The ninth wave" in first.text and "Volume 2" in first.text
    assert len(first.covers) == 60 and len(last.covers) == 10
    assert first.covers[0].startswith(f"/chapters/{long.id}/pages/1?w=320")
    assert f"/read/{long.id}?page=60" in first.links
    assert f"{address}?first=61#pages" in first.links
    assert "121–130 of 130" in last.text


async def test_where_a_file_lies_is_for_managers_only(session, client, world, browser):
    address = f"/chapters/{world.chapters[0].id}"
    assert "/library/manga" not in (await browser.get(address)).text

    manager = await make.charlie(session)
    await make.let_in(session, manager, world.shelf)
    other = await browser_of(client, session, manager)

    assert "/library/manga/Akira/" in (await other.get(address)).text


async def test_SEC35_the_screen_of_a_chapter_keeps_to_six_queries(app, world, browser):
    address = f"/chapters/{world.chapters[0].id}"
    await browser.get(address)
    with statements(app.state.engine) as said:
        await browser.get(address)

    assert len(said) <= 6, "\n\n".join(said)


async def test_a_chapter_whose_file_is_gone_says_so(session, world, browser):
    gone = await make.chapter(session, world.series, 5)
    await session.execute(text("UPDATE chapter_file SET missing_since = now()"))
    await session.commit()

    answer = await browser.get(f"/chapters/{gone.id}")

    assert answer.status_code == 200
    assert "gone from disk" in answer.text and f"/chapters/{gone.id}/file" not in answer.text
