"""CBL files as others write them, and as those write who mean harm."""

from decimal import Decimal

import pytest

from app.collections.cbl import (
    MOST_BOOKS,
    MOST_BYTES,
    BadList,
    Book,
    number_of,
    read_cbl,
    write_cbl,
)
from app.library.models import Chapter
from tests import factories as make
from tests.collections.conftest import CANARY, a_list

HEAD = b'<?xml version="1.0"?>'


def cbl(*books: str, name: str = "Event order") -> bytes:
    inside = "".join(books)
    return (
        f"<ReadingList><Name>{name}</Name><Books>{inside}</Books><Matchers/></ReadingList>".encode()
    )


async def bring(browser, data: bytes, **more):
    return await browser.client.post(
        "/lists/import",
        data={"csrf_token": browser.token(), **more},
        files={"file": ("order.cbl", data, "application/xml")},
    )


def test_a_list_that_is_written_is_read_back_as_it_was():
    books = [
        Book(series='Fire & "Ice" <1>', number="1", volume="1982", place=0),
        Book(series="アキラ", number="12.5", year="1990", place=1),
    ]

    listed = read_cbl(write_cbl("Winter ☃ & more", "Slow\nreading", books))

    assert (listed.name, listed.summary) == ("Winter ☃ & more", "Slow\nreading")
    assert listed.books == books


def test_what_other_programs_write_is_read():
    data = HEAD + (
        b'<ReadingList xmlns:xsd="http://www.w3.org/2001/XMLSchema"><Name> Events </Name>'
        b'<NumIssues>1</NumIssues><Books><Book Series="Iron Lantern" Number="001" Volume="2019"'
        b' Year="2019" Format=""><Database Name="cv" Series="1" Issue="2"/><Id>x</Id></Book>'
        b"</Books><Matchers/></ReadingList>"
    )

    listed = read_cbl(data)

    assert listed.name == "Events"
    assert listed.books == [
        Book(series="Iron Lantern", number="001", volume="2019", year="2019", place=0)
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<ReadingList><Name>x</Name>",
        b"<ReadingList><Name>x</Name><Books/></ReadingList>",
        b"<ComicInfo><Books><Book/></Books></ComicInfo>",
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><ReadingList><Name>&x;</Name>'
        b"<Books><Book/></Books></ReadingList>",
        b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><ReadingList>&b;</ReadingList>',
        b"<ReadingList>" * 100 + b"</ReadingList>" * 100,
        cbl('<Book Series="x" Number="1"/>' * (MOST_BOOKS + 1)),
        b" " * (MOST_BYTES + 1),
        b"\xff\xfe<\x00",
        b"\x00" * 100,
    ],
)
def test_SEC45_broken_huge_and_hostile_lists_are_refused_with_a_sentence(data):
    with pytest.raises(BadList) as refused:
        read_cbl(data)

    assert refused.value.status == 422
    assert "passwd" not in refused.value.message


def test_a_number_is_one_number_however_it_is_written():
    assert number_of("007") == number_of(" 7.0 ") == Decimal(7)
    assert number_of("12,5") == Decimal("12.5")
    for odd in ("", "1AU", "-1", "1.2.3", "１２", "9" * 50, "nan", "."):
        assert number_of(odd) is None


async def test_books_are_found_by_title_and_number_and_the_others_are_told(session, browser, world):
    data = cbl(
        '<Book Series="AKIRA" Number="002" Volume="1982"/>',
        '<Book Series="Nowhere" Number="1"/>',
        '<Book Series="beck" Number="1" Volume="1"/>',
        '<Book Series="Beck" Number="99"/>',
        '<Book Series="Beck"/>',
        "<Book/>",
        '<Book Series="akira" Number="1"/>',
    )

    answer = await bring(browser, data)

    assert answer.status_code == 303
    screen = (await browser.get(answer.headers["location"])).text
    wanted = [world.chapters[1], world.chapters[3], world.chapters[0]]
    places = [screen.index(f'id="c-{chapter.id}"') for chapter in wanted]
    assert places == sorted(places)
    assert screen.count('id="c-') == 3
    assert "4 books of the file are not on your shelf" in screen
    assert "Nowhere" in screen and "0 of 3 read" in screen


async def test_a_title_with_its_volume_comes_before_the_bare_title(session, browser, world):
    from sqlalchemy import select

    from app.library.models import Library

    shelf = await session.scalar(select(Library).where(Library.id == world.akira.library_id))
    second = await make.series(session, shelf, "Akira (2019)", key="akira 2019")
    remake = await make.chapter(session, second, 1)

    answer = await bring(browser, cbl('<Book Series="Akira" Number="1" Volume="2019"/>'))

    assert f"c-{remake.id}" in (await browser.get(answer.headers["location"])).text


async def test_SEC32_books_in_a_library_of_others_are_as_unknown_as_those_in_none(browser, world):
    answer = await bring(browser, cbl(f'<Book Series="{CANARY}" Number="1"/>'))

    screen = await browser.get(answer.headers["location"])
    assert "1 book of the file is not on your shelf" in screen.text
    assert str(world.hidden_chapter.id) not in screen.text


async def test_what_came_since_takes_its_place_when_one_looks_again(session, browser, world):
    data = cbl(
        '<Book Series="Akira" Number="1"/>',
        '<Book Series="Beck" Number="3"/>',
        '<Book Series="Akira" Number="2"/>',
    )
    address = (await bring(browser, data)).headers["location"]
    late = await make.chapter(session, world.beck, 3)

    answer = await browser.post(f"{address}/unmatched")

    assert answer.status_code == 303
    screen = (await browser.get(address)).text
    order = [world.chapters[0], late, world.chapters[1]]
    places = [screen.index(f'id="c-{chapter.id}"') for chapter in order]
    assert places == sorted(places)
    assert "not on your shelf" not in screen.partition("<main")[2].partition("rows")[2]


@pytest.mark.parametrize("data", [b"<x/>", b"", cbl()])
async def test_a_wrong_file_is_told_beside_the_field_and_makes_no_list(browser, data, world):
    answer = await bring(browser, data, name="Kept name")

    assert answer.status_code == 422
    assert "Kept name" in answer.text and "f-file-wrong" in answer.text
    assert "No reading lists yet" in (await browser.get("/lists")).text


async def test_SEC45_a_file_that_is_too_large_is_refused(browser, world):
    answer = await bring(browser, b"<ReadingList>" + b" " * 3_000_000)

    assert answer.status_code in (413, 422)


async def test_an_exported_list_comes_back_as_the_same_chapters(browser, world):
    chapters: list[Chapter] = [world.chapters[3], world.chapters[0]]
    address = await a_list(browser, chapters, name="Winter “évening”")

    sent = await browser.get(f"{address}/export")
    again = await bring(browser, sent.content)

    assert sent.headers["content-disposition"].startswith("attachment; ")
    assert read_cbl(sent.content).name == "Winter “évening”"
    screen = (await browser.get(again.headers["location"])).text
    places = [screen.index(f'id="c-{chapter.id}"') for chapter in chapters]
    assert places == sorted(places)
