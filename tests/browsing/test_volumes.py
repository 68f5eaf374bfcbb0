"""A series in its volumes: each has one heading, also where chapters that name none lie between."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.browsing.series_lines import Part, lines_of
from app.browsing.series_sums import sums_of
from app.browsing.series_volumes import in_volumes, is_in_volume
from app.browsing.words import box_name
from app.library.models import Chapter, ChapterKind
from app.reading.progress import mark_read
from tests import factories as make

SHELF = {4: None, 5: 2, 6: None, 7: None, 8: 3, 9: None}
"""After chapters 1 and 2 in the first volume and 3 in the second."""


@pytest.fixture
async def shelved(session, world):
    for number, volume in SHELF.items():
        world.chapters.append(await make.chapter(session, world.series, number, volume=volume))
    extra = await make.chapter(session, world.series, 10, volume=2, kind=ChapterKind.SPECIAL)
    world.chapters.append(extra)
    await mark_read(session, world.reader, world.series.id, [world.chapters[3].id])
    await session.commit()
    return world


async def boxes_of(session, world, **where):
    found = await lines_of(session, world.reader, world.series, Part(**{"size": 100, **where}))
    sums = await sums_of(session, world.reader, world.series)
    return found, in_volumes(found.lines, sums.volumes, set())


def shown(boxes) -> list[tuple[str, list[int], int, int]]:
    return [
        (box_name(box), [line.shown.position for line in box.lines], box.read, box.total)
        for box in boxes
    ]


async def test_a_chapter_without_a_volume_stands_in_the_one_around_it(session, shelved):
    _, boxes = await boxes_of(session, shelved)

    assert shown(boxes) == [
        ("Volume 1", [1, 2], 0, 2),
        ("Volume 2", [3, 4, 5, 10], 1, 4),
        ("Ch. 6 – Ch. 7", [6, 7], 0, 2),
        ("Volume 3", [8], 0, 1),
        ("Ch. 9", [9], 0, 1),
    ]


async def test_the_newest_first_stand_in_the_same_volumes(session, shelved):
    _, boxes = await boxes_of(session, shelved, newest_first=True)

    assert [(name, places) for name, places, _, _ in shown(boxes)] == [
        ("Ch. 9", [9]),
        ("Volume 3", [8]),
        ("Ch. 7 – Ch. 6", [7, 6]),
        ("Volume 2", [10, 5, 4, 3]),
        ("Volume 1", [2, 1]),
    ]


async def test_a_volume_that_a_part_cuts_goes_on_under_the_same_heading(session, shelved):
    first, boxes = await boxes_of(session, shelved, size=4)
    _, going_on = await boxes_of(session, shelved, size=4, first=first.next)

    assert shown(boxes)[-1] == ("Volume 2", [3, 4], 1, 4)
    assert shown(going_on)[0] == ("Volume 2", [5], 1, 4)


async def test_volumes_that_contradict_each_other_claim_nothing_between_them(session, shelved):
    stray = await make.chapter(session, shelved.series, 11, volume=1)
    await session.merge(stray)
    await session.commit()

    _, boxes = await boxes_of(session, shelved)

    assert [name for name, *_ in shown(boxes)] == [
        "Volume 1", "Volume 2", "Ch. 4", "Ch. 6 – Ch. 7", "Volume 3", "Ch. 9"
    ]  # fmt: skip


async def test_the_file_of_a_volume_holds_what_its_box_shows(session, shelved):
    of_series = Chapter.series_id == shelved.series.id
    wanted = is_in_volume(shelved.series.id, Decimal(2))
    found = await session.scalars(
        select(Chapter.position).where(of_series, wanted).order_by(Chapter.position)
    )

    assert list(found) == [3, 4, 5, 10]
