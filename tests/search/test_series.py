"""Series are found in any script, by any of their names, the nearest to what was meant first."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from app.foundation.db import new_id, now
from app.library.models import HiddenTag, Series
from app.reading.models import SeriesReading
from app.search.candidates import MOST_AT_A_GLANCE
from app.search.chapters import find_chapters
from app.search.language import parse
from app.search.models import SmartList
from app.search.near import near_titles
from app.search.results import GLANCE, everything
from app.search.rows import smart_rows
from app.search.series import find_series
from tests import factories as make
from tests.search.conftest import CANARY, Shelves


async def titles(shelves: Shelves, text: str, *, person=None, limit=50) -> list[str]:
    found = await find_series(shelves.session, person or shelves.reader, parse(text), limit=limit)
    return [hit.title for hit in found.rows]


SCRIPTS = {
    "ワンピース": ["わんぴ", "ワンピース", "ﾜﾝﾋﾟ", "ピース", "ぴ"],
    "鋼の錬金術師": ["錬", "錬金", "鋼の", "金術師"],
    "달빛 수선집": ["달", "빛", "수선", "달빛 수선집"],
    "Ночной дозор": ["ноч", "НОЧНОЙ", "дозор"],
    "ألف ليلة وليلة": ["ليلة", "ألف", "ل"],
    "Café Éclair": ["cafe", "CAFÉ", "eclair"],
    "ＡＫＩＲＡ": ["akira", "ＫＩ", "AKIRA"],
    "Straße": ["strasse", "STRASSE"],
    "夜市飛魚": ["夜", "飛魚", "市飛"],
}


async def test_every_script_is_found_at_any_length(shelves):
    for title in SCRIPTS:
        await shelves.series(title)

    found = {
        (title, text): title in await titles(shelves, text)
        for title, texts in SCRIPTS.items()
        for text in texts
    }

    assert [missed for missed, hit in found.items() if not hit] == []


async def test_letters_in_another_order_are_not_found(shelves):
    await shelves.series("鋼の錬金術師")
    await shelves.series("Banana na ba")

    assert await titles(shelves, "金錬") == []
    assert await titles(shelves, "nab") == []


async def test_what_stands_first_is_what_was_meant(shelves):
    await shelves.series("The Sealight", summary="Nothing.")
    await shelves.series("Under Light")
    await shelves.series("Lighthouse Keeper")
    await shelves.series("Zero", by=["Hikari Lightfoot"])
    await shelves.series("Yotsuba", summary="A story of light and shadow.")
    await shelves.series("Light")
    await shelves.series("Moon", others=["Light"])
    await shelves.series("Somewhere else")

    assert await titles(shelves, "light") == [
        *("Light", "Moon", "Lighthouse Keeper", "Under Light", "The Sealight", "Zero", "Yotsuba")
    ]


async def test_behind_a_first_letter_titles_that_begin_with_it_are_enough_at_a_glance(shelves):
    for title in ("Kappa", "Kite", "Oak", "灯台守", "七灯"):
        await shelves.series(title)

    async def glance(text: str, limit: int) -> list[str]:
        found = await find_series(
            shelves.session, shelves.reader, parse(text), limit=limit, most=GLANCE
        )
        return [hit.title for hit in found.rows]

    assert await glance("k", 1) == ["Kappa"]
    assert await glance("k", 3) == ["Kappa", "Kite", "Oak"]
    assert await glance("灯", 1) == ["灯台守"]
    assert await glance("灯", 2) == ["灯台守", "七灯"]
    assert "Oak" in await titles(shelves, "k")


async def test_all_words_must_be_there_in_any_order_and_a_phrase_in_its_own(shelves):
    await shelves.series("Seven Lies of the Lamp")
    await shelves.series("Lamp of Seven")

    assert await titles(shelves, "seven lamp") == ["Lamp of Seven", "Seven Lies of the Lamp"]
    assert await titles(shelves, '"seven lies"') == ["Seven Lies of the Lamp"]
    assert await titles(shelves, "lamp -lies") == ["Lamp of Seven"]
    assert await titles(shelves, 'lamp -"of seven"') == ["Seven Lies of the Lamp"]


FILTERED = [
    ("tag:sea", {"One", "Two"}),
    ("-tag:sea lamp", {"Three Lamps"}),
    ("tag:sea genre:horror", {"Two"}),
    ("by:minase", {"One"}),
    ("by:みなせ", {"One"}),
    ("publisher:pier", {"Two"}),
    ("lang:ja", {"One"}),
    ("lang:pt", {"Two"}),
    ("status:ended", {"Two"}),
    ("year:>2015", {"Two", "Three Lamps"}),
    ("year:2010..2019", {"One", "Two"}),
    ("age:<=12", {"One"}),
    ("is:completed", {"Two"}),
    ("is:reading", {"One"}),
    ("is:unread", {"Three Lamps"}),
    ("-is:unread", {"One", "Two"}),
    ('in:"man"', {"One", "Two", "Three Lamps"}),
    ("in:comics", set()),
    ("title:lamp", {"Three Lamps"}),
    ("title:sea", set()),
    ("lamp year:2024", {"Three Lamps"}),
    ("lamp year:2023", set()),
]


async def test_fields_narrow(shelves):
    one = await shelves.series(
        *("One",), by=["Minase ミナセ"], tags=["Sea"], language="ja", year=2010, age_rating=12
    )
    two = await shelves.series(
        *("Two",),
        tags=["Deep Sea"],
        genres=["Horror"],
        publisher="Old Pier Press",
        language="pt-BR",
        status="completed",
        year=2019,
        age_rating=18,
    )
    await shelves.series("Three Lamps", year=2024, position_count=3)
    for series, read, started in ((one, 0, 1), (two, 4, 0)):
        series.position_count = 4
        await shelves.session.merge(series)
        await make.add(
            shelves.session,
            SeriesReading(
                user_id=shelves.reader.id,
                series_id=series.id,
                read_positions=read,
                started_positions=started,
                last_read_at=now(),
            ),
        )

    found = {text: set(await titles(shelves, text)) for text, _ in FILTERED}

    assert found == dict(FILTERED)


async def test_what_is_gone_from_the_shelf_is_gone_from_the_search(shelves):
    trashed = await shelves.series("Lamp one", trashed_at=now())
    missing = await shelves.series("Lamp two", missing_since=now())
    deleted = await shelves.series("Lamp three")
    for series in (trashed, missing, deleted):
        await shelves.chapter(series, 1, "Lamp chapter")
    await shelves.session.delete(await shelves.session.merge(deleted))
    await shelves.session.commit()

    found = await everything(shelves.session, shelves.reader, parse("lamp"))

    assert found.is_empty


async def test_chapters_are_found_by_their_titles_in_any_script(shelves):
    series = await shelves.series("潮騒の図書館")
    await shelves.chapter(series, 1, "Lamps for the deep shelves")
    await shelves.chapter(series, 2, "夜の燈籠")
    await shelves.chapter(series, 3, "Été à la mer")

    async def found(text: str) -> list[str]:
        hits = await find_chapters(shelves.session, shelves.reader, parse(text), limit=9)
        return [hit.chapter_title for hit in hits.rows]

    assert await found("lamp") == ["Lamps for the deep shelves"]
    assert await found("shelves deep") == ["Lamps for the deep shelves"]
    assert await found("燈") == await found("燈籠") == await found("の燈") == ["夜の燈籠"]
    assert await found("籠燈") == []
    assert await found("ete") == ["Été à la mer"]
    assert await found("lamps -deep") == []
    assert await found("lamps in:manga") == ["Lamps for the deep shelves"]
    assert await found("lamps in:comics") == []
    assert await found("a") == []


async def test_people_and_tags_are_found_by_name(shelves):
    await shelves.series("One", by=["Hikari Lightfoot", "ミナセ"], tags=["lighthouse"])
    await shelves.series("Two", by=["Hikari Lightfoot"], genres=["Light novel"])

    names = (await everything(shelves.session, shelves.reader, parse("light"))).names
    folded = (await everything(shelves.session, shelves.reader, parse("みなせ"))).names

    assert [name.name for name in names.people] == ["Hikari Lightfoot"]
    assert [(name.kind, name.name) for name in names.tags] == [
        ("genre", "Light novel"),
        ("tag", "lighthouse"),
    ]
    assert [name.name for name in folded.people] == ["ミナセ"]


@pytest.mark.parametrize(
    "typo", ["lightouse", "lihgthouse", "lighthuose", "lighthousse", "kighthouse"]
)
async def test_a_slip_of_the_finger_is_forgiven(shelves, typo):
    await shelves.series("The Lighthouse Keeper")
    await shelves.series("Something else entirely")

    near = await near_titles(shelves.session, shelves.reader, parse(typo))

    assert near == ["The Lighthouse Keeper"]


async def test_the_list_can_be_walked_to_its_end(shelves):
    for number in range(7):
        await shelves.series(f"Lamp {number}")

    seen, after = [], None
    while True:
        found = await find_series(
            shelves.session, shelves.reader, parse("lamp"), limit=3, after=after
        )
        seen += [hit.title for hit in found.rows]
        if not found.more:
            break
        after = found.rows[-1].at

    assert seen == [f"Lamp {number}" for number in range(7)]
    assert found.total == 7


async def test_SEC32_nothing_of_another_library_is_found(shelves, secret):
    for text in ("zanzibar", "canary", "4711", f'by:"{CANARY}"', f'tag:"{CANARY}"', "in:library"):
        found = await everything(shelves.session, shelves.reader, parse(text))
        assert found.is_empty and found.near == [], text

    assert await near_titles(shelves.session, shelves.reader, parse("zanzibra")) == []
    owner = await make.admin(shelves.session)
    assert not (await everything(shelves.session, owner, parse("zanzibar"))).is_empty


async def test_SEC32_age_limits_and_hidden_tags_hold_in_every_group(shelves):
    child = await make.bob(shelves.session)
    await make.let_in(shelves.session, child, shelves.library)
    adult = await shelves.series(
        "Lamp of Night", by=["Lampwright"], tags=["lampblack"], age_rating=18
    )
    await shelves.chapter(adult, 1, "Lamp lit")
    shy = await make.person(shelves.session, "dora")
    await make.let_in(shelves.session, shy, shelves.library)
    tag = shelves.tags["lampblack"]
    await make.add(shelves.session, HiddenTag(user_id=shy.id, tag_id=tag.id))

    for person in (child, shy):
        found = await everything(shelves.session, person, parse("lamp"))
        assert found.is_empty and found.near == []
    assert (await everything(shelves.session, shelves.reader, parse("lamp"))).total == 4


async def test_a_row_of_home_says_that_only_the_newest_were_judged_where_there_are_more(shelves):
    session, reader = shelves.session, shelves.reader
    await shelves.series("Mer", language="fr")
    session.add(
        SmartList(id=new_id(), user_id=reader.id, name="French", query="lang:fr", position=1)
    )
    await session.flush()

    [alone] = await smart_rows(session, reader, 8)
    row = {"library_id": shelves.library.id, "added_at": now() + timedelta(hours=1)}
    names = [str(number) for number in range(MOST_AT_A_GLANCE)]
    await session.execute(
        insert(Series),
        [
            {**row, "folder": name.encode(), "key": name, "title": name, "sort_key": name}
            for name in names
        ],
    )
    [among_many] = await smart_rows(session, reader, 8)

    assert [hit.title for hit in alone.hits] == ["Mer"] and alone.looked_at is None
    assert among_many.hits == [] and among_many.looked_at == MOST_AT_A_GLANCE
