"""The screens of search, plain and with htmx; recent searches; smart lists."""

import random

import pytest
from sqlalchemy import select

from app.accounts.models import Theme
from app.search import patience
from app.search.models import RecentSearch, SmartList
from tests import factories as make
from tests.browser import another_browser
from tests.browsing.markup import Screen, dead_ends
from tests.reading.counting import statements
from tests.search.conftest import CANARY


@pytest.fixture
async def lamp(shelves):
    series = await shelves.series(
        "The Lamp", by=["Ada Lampwright"], tags=["lamps"], year=2019, language="en"
    )
    await shelves.chapter(series, 1, "Lamps & <b>oil</b>")
    return series


async def test_results_are_grouped_marked_and_lead_on(browser, lamp):
    answer = await browser.get("/search?q=lamp")
    screen = Screen(answer.text)

    assert answer.status_code == 200
    assert "Results for “lamp”" in screen.text and "4 in your library" in screen.text
    assert "The <mark>Lamp</mark>" in answer.text
    assert "<mark>Lamp</mark>s &amp; &lt;b&gt;oil&lt;/b&gt;" in answer.text
    assert f"/series/{lamp.id}" in screen.links
    assert "/search?q=by%3A%22Ada+Lampwright%22" in screen.links
    assert "/search?q=tag%3A%22lamps%22" in screen.links
    screen.links = [link for link in screen.links if not link.startswith("/read/")]  # no file
    assert await dead_ends(browser, screen) == []


async def test_the_box_stands_on_every_screen_and_keeps_what_was_asked(browser, lamp):
    home, results = await browser.get("/"), await browser.get('/search?q="the lamp"')

    for answer in (home, results):
        assert (
            'action="/search/recent"' in answer.text and 'hx-get="/search/suggest"' in answer.text
        )
    assert 'value="&#34;the lamp&#34;"' in results.text


async def test_filters_are_chips_that_take_themselves_away(browser, lamp):
    answer = await browser.get("/search?q=lamp+year:2019+status:odd")
    screen = Screen(answer.text)

    assert "/search?q=lamp" in screen.links
    assert "Not understood, so left out: status:odd" in screen.text


async def test_nothing_found_says_what_to_try(browser, lamp):
    nothing = Screen((await browser.get("/search?q=xylophone")).text)
    typo = Screen((await browser.get("/search?q=lampp")).text)

    assert "Nothing fits “xylophone”" in nothing.text and "Fewer letters find more" in nothing.text
    assert "Did you mean" in typo.text and "/search?q=The+Lamp" in typo.links


async def test_suggestions_are_options_for_htmx_and_a_screen_without_it(browser, lamp):
    fragment = await browser.get("/search/suggest?q=lam", htmx=True)
    screen = await browser.get("/search/suggest?q=lam")

    assert "<html" not in fragment.text and "<html" in screen.text
    assert fragment.text.count('role="option"') == 5
    assert 'href="/search?q=lam"' in fragment.text


async def test_a_group_is_walked_by_its_own_address(browser, shelves):
    for number in range(30):
        await shelves.series(f"Lamp {number:02}")
    shelves.reader.preference.theme = Theme.E_INK
    await shelves.session.merge(shelves.reader)
    await shelves.session.commit()

    seen, address = [], "/search?q=lamp&kind=series"
    while address:
        answer = await browser.get(address)
        screen = Screen(answer.text)
        seen += [link for link in screen.links if link.startswith("/series/")]
        address = next((link for link in screen.links if "after=" in link), "")
    whole = Screen((await browser.get("/search?q=lamp")).text)

    assert len(seen) == len(set(seen)) == 30
    assert "/search?q=lamp&kind=series" in whole.links
    assert "All 30" in whole.text


async def test_the_next_rows_come_alone_for_htmx(browser, shelves):
    for number in range(50):
        await shelves.series(f"Lamp {number:02}")
    first = Screen((await browser.get("/search?q=lamp&kind=series")).text)
    [more] = {link for link in first.links if "after=" in link}

    rest = await browser.get(more, htmx=True)

    assert "<html" not in rest.text
    assert rest.text.count('class="line"') == 2


FORGED = ["x", "a.b", "%00", "eyJhIjoxfQ", "'" * 3000]


@pytest.mark.parametrize("token", FORGED)
async def test_SEC35_a_forged_place_begins_anew(browser, lamp, token):
    answer = await browser.get("/search", params={"q": "lamp", "kind": "series", "after": token})

    assert answer.status_code == 200 and f"/series/{lamp.id}" in answer.text


BAD = [
    "x" * 10_000,
    '"' * 10_000,
    "-" * 10_000,
    "a " * 5_000,
    "tag:" * 2_500,
    "%_%_%\\",
    "(a+)+$ .* [",
    "👩‍🚀🚀",
    "مرحبا \u202e بالعالم",
    "\x00nul\x00",
    "'; DROP TABLE series; --",
    "& | ! <-> :* \\",
    "year:99999999999 age:-1 year:..",
    'in:"',
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("text", BAD)
async def test_SEC35_nothing_that_is_typed_breaks_a_screen(browser, lamp, text):
    for path in ("/search", "/search/suggest"):
        for htmx in (False, True):
            answer = await browser.get(path, params={"q": text, "kind": "chapters"}, htmx=htmx)
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text


async def test_SEC35_random_queries_never_fail(browser, lamp):
    dice = random.Random(4)
    pieces = [
        '"',
        "-",
        ":",
        " ",
        "lamp",
        "tag:",
        "year:",
        ">",
        "..",
        "灯",
        "é",
        "\u0000",
        "1e5",
        "&",
        "is:",
    ]
    for _ in range(60):
        text = "".join(dice.choices(pieces, k=dice.randint(1, 12)))
        answer = await browser.get("/search/suggest", params={"q": text}, htmx=True)
        assert answer.status_code == 200, text


async def test_SEC32_the_canary_sings_on_no_screen_of_search(browser, shelves, secret):
    for text in ("zanzibar", "4711", "library", 'tag:"canary"', "zanzibra", "is:unread"):
        for path in ("/search", "/search/suggest"):
            for kind in ("", "series", "chapters"):
                answer = await browser.get(path, params={"q": text, "kind": kind})
                page = answer.text.replace(text, "")
                assert CANARY not in page and str(secret.id) not in page


async def test_SEC27_looking_is_not_remembered_and_sending_is(browser, shelves, session, lamp):
    await browser.get("/search?q=lamp")
    looked = (await session.scalars(select(RecentSearch))).all()

    plain = await browser.post("/search/recent", {"q": "lamp"})
    scripted = await browser.post("/search/recent", {"q": "oil"}, htmx=True)
    screen = Screen((await browser.get("/search")).text)

    assert looked == []
    assert (plain.status_code, plain.headers["location"]) == (303, "/search?q=lamp")
    assert scripted.status_code == 200 and scripted.text.strip() == ""
    assert [link for link in screen.links if link in ("/search?q=lamp", "/search?q=oil")] == [
        *("/search?q=oil", "/search?q=lamp")
    ]


async def test_recent_searches_are_ten_ones_own_and_go_when_told(browser, session, shelves, app):
    for number in range(12):
        await browser.post("/search/recent", {"q": f"lamp {number}"})
    other = await make.person(session, "dora")
    async with another_browser(app, session, other) as stranger:
        theirs = (await stranger.get("/search")).text
        await stranger.post("/search/recent/clear")

    kept = (await session.scalars(select(RecentSearch.query))).all()
    fewer = await browser.post("/search/recent/remove", {"q": "lamp 11"}, htmx=True)
    cleared = await browser.post("/search/recent/clear")

    assert len(kept) == 10 and "lamp 0" not in kept
    assert "lamp" not in Screen(theirs).text
    assert "lamp 10" in fewer.text and "lamp 11" not in fewer.text
    assert cleared.status_code == 303
    assert (await session.scalars(select(RecentSearch))).all() == []


async def test_a_search_is_kept_as_a_list_renamed_moved_and_removed(browser, session, lamp):
    for name, text in (("Lamps", "lamp is:unread"), ("Unread", "is:unread")):
        answer = await browser.post("/search/lists", {"name": name, "q": text})
        assert (answer.status_code, answer.headers["location"]) == (303, "/search/lists")
    lists = (await session.scalars(select(SmartList).order_by(SmartList.position))).all()

    await browser.post(f"/search/lists/{lists[0].id}/rename", {"name": "<b>Lights</b>"})
    await browser.post(f"/search/lists/{lists[1].id}/move", {"to": "up"})
    shown = await browser.get("/search/lists")
    home = await browser.get("/")
    await browser.post(f"/search/lists/{lists[1].id}/remove")

    assert shown.text.index("Unread") < shown.text.index("&lt;b&gt;Lights")
    assert await dead_ends(browser, Screen(shown.text)) == []
    assert home.text.index('id="smart-1">Unread') < home.text.index('id="smart-2">&lt;b&gt;Lights')
    assert home.text.count(f"/series/{lamp.id}") == 3
    session.expire_all()
    assert [row.name for row in await session.scalars(select(SmartList))] == ["<b>Lights</b>"]


async def test_a_list_without_a_name_or_a_search_is_refused_with_the_reason(browser, shelves):
    nameless = await browser.post("/search/lists", {"name": "", "q": "lamp"})
    nothing = await browser.post("/search/lists", {"name": "All", "q": "- :"})

    assert nameless.status_code == nothing.status_code == 422
    assert "Fill this in" in nameless.text and 'value="lamp"' in nameless.text
    assert "A list needs something to search for." in nothing.text


async def test_SEC31_the_list_of_another_is_not_there(browser, session, shelves, app):
    await browser.post("/search/lists", {"name": "Mine", "q": "lamp"})
    mine = (await session.scalars(select(SmartList))).one()
    other = await make.person(session, "dora")

    async with another_browser(app, session, other) as stranger:
        answers = [
            (await stranger.post(f"/search/lists/{mine.id}/{verb}", data)).status_code
            for verb, data in (("rename", {"name": "x"}), ("move", {"to": "up"}), ("remove", {}))
        ]
        theirs = await stranger.get("/search/lists")

    assert answers == [404, 404, 404]
    assert "Mine" not in Screen(theirs.text).text


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/search?q=lamp", 6),
        ("/search?q=lamp&kind=series", 4),
        ("/search", 4),
        ("/search?q=xylophone", 6),
    ],
)
async def test_SEC35_a_screen_asks_few_questions(browser, engine, lamp, path, most):
    """Beside the one that says who is asking."""
    with statements(engine) as ours, statements(browser.app.state.engine) as theirs:
        await browser.get(path)

    asked = [
        text for text in ours + theirs if "FROM session" not in text and "pg_catalog" not in text
    ]
    assert len(asked) <= most, asked


@pytest.mark.parametrize("path", ["/search", "/search/suggest"])
async def test_SEC35_a_search_that_takes_too_long_says_what_to_do(
    engine, browser, path, monkeypatch
):
    monkeypatch.setattr(patience, "MOST_MS", 100)
    async with engine.connect() as other, other.begin():
        await other.exec_driver_sql("LOCK TABLE search_document IN ACCESS EXCLUSIVE MODE")

        answer = await browser.get(path, params={"q": "lighthouse"})

    assert answer.status_code == 503
    assert "Try longer words" in answer.text
