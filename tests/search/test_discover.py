"""`/discover`: providers asked at once, by people who may; what they say is shown, and nothing more."""

import asyncio
import re
import time
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from app.accounts.models import Role, Unrated
from app.providers.base import Capability, Filter, FilterChoice
from app.providers.drivers.mangadex import MangaDex
from app.providers.errors import NotOffered
from app.providers.models import Health, ProviderCheck, Source
from app.search import discover, remote
from app.search.discover_filters import Pick, menus
from tests import factories as make
from tests.browser import another_browser, browser_of
from tests.browsing.markup import Screen
from tests.providers.fake_mangadex import (
    DAWN,
    FakeChapter,
    FakeMangaDex,
    FakeSeries,
    tag_of,
    uid,
)
from tests.providers.faking import Answer, Asked
from tests.providers.mischief import bomb
from tests.reading.counting import statements

HOSTILE = '<img src="https://tracker.example/x.gif"><script>alert(1)</script>'


@pytest.fixture
async def browser(client, session, shelves):
    """A manager's; they were given the library "Manga"."""
    manager = await make.person(session, "maud", Role.MANAGER)
    await make.let_in(session, manager, shelves.library)
    return await browser_of(client, session, manager)


@pytest.fixture
def hasty(monkeypatch) -> None:
    monkeypatch.setattr(discover, "PATIENCE", 3.0)


async def test_all_are_asked_and_the_same_series_is_shown_once(browser, several) -> None:
    await several.add(
        "Kumo",
        FakeSeries("a", {"en": "The Tidal Library"}, links={"al": "7"}, more={"year": 2019}),
        FakeSeries("b", {"en": "Library Wars"}),
    )
    await several.add("Tsubame", FakeSeries("c", {"ja-ro": "Shiosai"}, [{"en": "Library by the Sea"}],
                                            links={"al": "7"}))  # fmt: skip
    await several.add("Old Stacks")

    answer = await browser.get("/discover?q=library")
    screen = Screen(answer.text)

    assert answer.status_code == 200
    assert "2 series found, same ones shown once" in screen.text
    assert "2 results" in screen.text and "1 result" in screen.text and "Nothing" in screen.text
    assert _titles(answer.text) == ["The Tidal Library", "Library Wars"]
    tsubame = f"/discover/{several.rows['Tsubame'].id}/series?id={uid('c')}"
    assert tsubame in screen.links
    assert 'hx-trigger="load" hx-target="#answers"' not in answer.text


async def test_who_hangs_is_named_and_keeps_nobody_waiting(browser, several, hasty) -> None:
    """A dozen, of which some hang, trickle, fail, or talk nonsense."""
    kinds = ["time-out", "slow-loris", "500", "nonsense", "403", "gzip-bomb"]
    for number in range(12):
        fake = await several.add(f"P{number:02}", FakeSeries(f"s{number}", {"en": f"Sea {number}"}))
        if number < len(kinds):
            fake.trouble(kinds[number])
    bomb()  # takes a while to make
    began = time.monotonic()

    answer = await browser.get("/discover?q=sea")
    took = time.monotonic() - began

    assert answer.status_code == 200 and took < 9
    assert {f"Sea {number}" for number in range(6, 12)} == set(_titles(answer.text))
    said = _said(answer.text)
    assert said["P00"] == said["P01"] == "Still asking"
    assert said["P03"] == said["P04"] == said["P05"] == "No answer"
    assert all(said[f"P{number:02}"] == "1 result" for number in range(6, 12))
    assert 'hx-trigger="load"' in answer.text


async def test_with_scripts_each_answer_is_shown_as_it_comes(browser, several) -> None:
    await several.add("Quick", FakeSeries("a", {"en": "Sea of Stars"}))
    slow = await several.add("Slow", FakeSeries("b", {"en": "Sea of Trees"}))
    gate = _gate(slow)

    first = await browser.get("/discover?q=sea", htmx=True)
    asking = unescape(re.findall(r'hx-get="([^"]+)" hx-trigger="load"', first.text)[0])
    more = asyncio.create_task(browser.get(asking, htmx=True))
    await asyncio.sleep(0.05)
    gate.set()
    second = await more

    assert "<html" not in first.text and _titles(first.text) == ["Sea of Stars"]
    assert asking.endswith("seen=1")
    assert _titles(second.text) == ["Sea of Stars", "Sea of Trees"]
    assert 'hx-trigger="load"' not in second.text
    assert len(_searches(slow)) == 1


async def test_those_that_are_not_well_are_skipped_with_the_reason(browser, several) -> None:
    await several.add("Well", FakeSeries("a", {"en": "Sea"}))
    down = await several.add("Down", health=Health.DOWN, health_reason="It answers 503.")
    await several.add("Rest", paused_at=DAWN)

    answer = await browser.get("/discover?q=sea")

    assert _said(answer.text) == {"Well": "1 result", "Down": "Down", "Rest": "Paused"}
    assert "It answers 503." in answer.text
    assert down.asked == []


async def test_a_failure_is_asked_again_by_its_link_and_only_then(browser, several) -> None:
    fake = await several.add("Kumo", FakeSeries("a", {"en": "Sea"}))
    failing = [Answer(404)]
    # The list alone: what it may be narrowed by is asked for at the same time.
    fake.faults.append(lambda asked: failing.pop() if failing and asked.path == "/manga" else None)

    first = await browser.get("/discover?q=sea")
    again = await browser.get("/discover?q=sea")
    link = unescape(re.findall(r'href="(/discover\?[^"]*again=[^"]+)"', again.text)[0])
    asked = len(_searches(fake))
    third = await browser.get(link)

    assert _said(first.text) == _said(again.text) == {"Kumo": "No answer"}
    assert asked == 1
    assert _said(third.text) == {"Kumo": "1 result"}


async def test_what_is_on_the_shelf_is_marked_as_far_as_one_may_know(
    browser, several, shelves, secret, session
) -> None:
    ours = await shelves.series("The Lamp", others=["Lampe"])
    followed = await shelves.series("Other name")
    await several.add(
        "Kumo",
        FakeSeries("a", {"en": "The Lamp!"}),
        FakeSeries("b", {"en": "Lamp of a thousand"}),
        FakeSeries("c", {"en": "Lamp nobody has"}),
        FakeSeries("d", {"en": secret.title}, [{"en": "Lamp of secrets"}]),
        FakeSeries("e", {"en": "Lamp twice hidden"}),
    )
    for series, name in ((followed, "b"), (secret, "e")):
        session.add(
            Source(
                series_id=series.id,
                provider_id=several.rows["Kumo"].id,
                remote_id=uid(name),
                title=name,
            )
        )
    await session.commit()

    answer = await browser.get("/discover?q=lamp")

    assert len(_titles(answer.text)) == 5
    marks = re.findall(r'href="(/series/[^"]+)"', answer.text)
    assert marks == [f"/series/{ours.id}", f"/series/{followed.id}"]
    assert answer.text.count("In your library") == answer.text.count("Followed") == 1


async def test_a_language_narrows_what_is_asked_and_shown(browser, several) -> None:
    fake = await several.add(
        "Kumo",
        FakeSeries("a", {"en": "Sea"}, chapters=[FakeChapter("a1", language="fr")]),
        FakeSeries("b", {"en": "Sea too"}, chapters=[FakeChapter("b1", language="en")]),
    )

    answer = await browser.get("/discover?q=sea&language=fr")

    assert _titles(answer.text) == ["Sea"]
    assert _searches(fake)[0].query["availableTranslatedLanguage[]"] == ["fr"]
    assert '<option value="fr" selected>' in answer.text


async def test_an_age_limit_holds_for_what_providers_show(client, several, session) -> None:
    young = await make.person(session, "kid", Role.MANAGER, age_limit=12, unrated=Unrated.HIDE)
    browser = await browser_of(client, session, young)
    await several.add(
        "Kumo",
        FakeSeries("a", {"en": "Sea for all"}),
        FakeSeries("b", {"en": "Sea at night"}, rating="erotica"),
    )
    kumo = several.rows["Kumo"].id

    found = await browser.get("/discover?q=sea")
    shown = await browser.get(f"/discover/{kumo}/series?id={uid('b')}")

    assert _titles(found.text) == ["Sea for all"]
    assert shown.status_code == 404


async def test_latest_and_popular_of_one_go_on_to_the_end(browser, several) -> None:
    chapters = [FakeChapter("new", created_at=DAWN + timedelta(days=9))]
    await several.add(
        "Kumo",
        *(FakeSeries(f"s{number}", {"en": f"Old {number:02}"}) for number in range(30)),
        FakeSeries("new", {"en": "Newest"}, chapters=chapters),
        FakeSeries("loved", {"en": "Loved"}, follows=900),
    )
    kumo = several.rows["Kumo"].id

    latest = await browser.get(f"/discover/{kumo}?list=latest")
    popular = await browser.get(f"/discover/{kumo}?list=popular")
    more = unescape(re.findall(r'hx-get="(/discover/[^"]+more=[^"]+)"', latest.text)[0])
    rest = await browser.get(more, htmx=True)

    assert _titles(latest.text)[0] == "Newest" and _titles(popular.text)[0] == "Loved"
    assert len(_titles(latest.text)) == 24 and len(_titles(rest.text)) == 8
    assert "hx-get" not in rest.text


async def test_a_provider_is_looked_through_by_the_filters_that_its_driver_declares(
    browser, several
) -> None:
    over = {"status": "completed", "tags": [tag_of("Drama", "genre")]}
    await several.add(
        "Kumo", FakeSeries("a", {"en": "Over"}, more=over), FakeSeries("b", {"en": "Going on"})
    )
    at = f"/discover/{several.rows['Kumo'].id}"

    plain = await browser.get(at)
    found = await browser.get(
        f"{at}?q=&f.status=completed&f.tag={uid('Drama')}&f.year=&f.colour=red"
    )

    assert set(_titles(plain.text)) == {"Over", "Going on"}
    assert 'name="f.without_tag"' in plain.text and "Drama" in plain.text
    assert _titles(found.text) == ["Over"]
    assert re.findall(r'name="f.status" value="(\w+)" checked', found.text) == ["completed"]
    [without_status, *_] = re.findall(r'chip-on" href="([^"]+)"', found.text)
    assert "f.status" not in without_status and f"f.tag={uid('Drama')}" in without_status
    assert "Status: Completed" in found.text and "With tags: Drama" in found.text
    assert "f.colour=red" in found.text.replace("&amp;", "&")


async def test_all_providers_are_narrowed_by_what_means_the_same_everywhere(
    browser, several, monkeypatch
) -> None:
    over = {"status": "completed", "tags": [tag_of("Drama", "genre")]}
    for name in ("Kumo", "Tsubame"):
        await several.add(
            name,
            FakeSeries(f"{name} a", {"en": f"{name} sea over"}, more=over),
            FakeSeries(f"{name} b", {"en": f"{name} sea goes on"}),
        )

    plain = await browser.get("/discover?q=sea")
    found = await browser.get("/discover?q=sea&f.status=completed")
    first = await browser.get("/discover?q=sea&f.status=completed", htmx=True)

    assert 'id="ask-filters"' in first.text and 'hx-swap-oob="true"' in first.text
    assert 'name="f.status"' in plain.text and 'name="f.year"' in plain.text
    assert 'name="f.tag"' not in plain.text
    assert set(_titles(found.text)) == {"Kumo sea over", "Tsubame sea over"}
    assert re.findall(r'name="f.status" value="(\w+)" checked', found.text) == ["completed"]
    assert "Status: Completed" in found.text and "Shown as they are" not in found.text
    assert re.findall(r'chip-on" href="([^"]+)"', found.text) == ["/discover?q=sea"]


async def test_who_cannot_be_narrowed_so_is_shown_as_it_is_and_says_so(
    browser, several, monkeypatch
) -> None:
    await several.add("Kumo", FakeSeries("a", {"en": "Sea"}, more={"status": "completed"}))
    monkeypatch.setattr(MangaDex, "capabilities", MangaDex.capabilities - {Capability.FILTERS})

    found = await browser.get("/discover?q=sea&f.status=completed&f.year=2019")

    assert "since it cannot be narrowed by: Status, Year." in unescape(found.text)


def test_nothing_chosen_is_a_choice_where_none_is_usual() -> None:
    choices = [FilterChoice(""), FilterChoice("French", "French")]
    language = Filter(name="facet_language", label="Language", choices=choices, is_one=True)

    [plain] = menus([language], {})
    [french] = menus([language], {"facet_language": ("French",)})

    assert (plain.field, plain.label, plain.is_one) == ("f.facet_language", "Language", True)
    assert plain.groups == [("", [Pick("", "All", True), Pick("French", "French", False)])]
    assert french.groups == [("", [Pick("", "All", False), Pick("French", "French", True)])]


async def test_a_list_that_a_catalogue_does_not_have_is_said_calmly(
    browser, several, monkeypatch
) -> None:
    await several.add("Kumo")
    monkeypatch.setattr(MangaDex, "popular", _not_offered)

    answer = await browser.get(f"/discover/{several.rows['Kumo'].id}?list=popular")

    assert "There is no such list" in answer.text and "No answer" not in answer.text


def _searches(fake: FakeMangaDex) -> list[Asked]:
    return [one for one in fake.asked if one.path == "/manga"]


async def _not_offered(_driver, _wish) -> None:
    raise NotOffered("This catalogue does not say what is popular.")


async def test_nothing_is_set_up_yet(browser, client, session) -> None:
    plain = await browser.get("/discover")
    owner = await browser_of(client, session, await make.admin(session))

    assert "No provider is set up yet" in plain.text and "An owner sets them up." in plain.text
    assert 'href="/admin/providers"' in (await owner.get("/discover")).text


async def test_what_strangers_write_stays_text(browser, several) -> None:
    """No markup of theirs, no picture from elsewhere, no address that runs something."""
    fake = await several.add(
        "Kumo",
        FakeSeries("a", {"en": f"Sea {HOSTILE}"}, [{"en": HOSTILE}], author=HOSTILE, about=HOSTILE,
                   chapters=[FakeChapter("x", title=HOSTILE, groups=(HOSTILE,))]),
    )  # fmt: skip
    several.rows["Kumo"].options = several.rows["Kumo"].options | {"site": fake.url}
    found = await browser.get("/discover?q=sea")
    kumo = several.rows["Kumo"].id
    series = await browser.get(f"/discover/{kumo}/series?id={uid('a')}")

    for answer in (found, series):
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        sources = re.findall(r'<img[^>]+src="([^"]+)"', answer.text)
        assert sources and all(one.startswith("/discover/") for one in sources)


async def test_SEC54_what_valkey_keeps_is_read_as_what_it_should_be_or_not_at_all(
    browser, several, app
) -> None:
    fake = await several.add("Kumo", FakeSeries("a", {"en": "Sea"}))
    asking = remote.asking_of(app)
    await browser.get("/discover?q=sea")
    async for key in asking._keeping._client.scan_iter(f"bunko:remote:{several.rows['Kumo'].id}:*"):
        await asking._keeping._client.set(key, b'{"series": [{"remote_id": 5, "title": null}]}')
    asking._asked.clear()

    answer = await browser.get("/discover?q=sea")

    assert _titles(answer.text) == ["Sea"] and len(_searches(fake)) == 2


async def test_an_answer_is_kept_for_other_processes(browser, several, app) -> None:
    fake = await several.add("Kumo", FakeSeries("a", {"en": "Sea"}))
    await browser.get("/discover?q=sea")
    remote.asking_of(app)._asked.clear()

    answer = await browser.get("/discover?q=sea")

    assert _titles(answer.text) == ["Sea"] and len(_searches(fake)) == 1


async def test_how_it_went_counts_in_the_health(browser, several, session) -> None:
    await several.add("Good", FakeSeries("a", {"en": "Sea"}))
    bad = await several.add("Bad")
    bad.trouble("404")

    await browser.get("/discover?q=sea")

    rows = await session.execute(select(ProviderCheck.provider_id, ProviderCheck.is_good))
    found = dict(list(rows.tuples()))
    # A 404 of a whole list is "no such thing": it answered.
    assert found[several.rows["Good"].id] is True and len(found) == 2


async def test_the_number_of_queries_does_not_grow_with_what_is_found(
    browser, several, engine
) -> None:
    await several.add("Kumo", *(FakeSeries(f"s{n}", {"en": f"Sea {n}"}) for n in range(24)))
    await browser.get("/discover?q=sea")
    with statements(engine) as few:
        await browser.get("/discover?q=sea 1")
    with statements(engine) as many:
        await browser.get("/discover?q=sea")

    assert len(many) <= len(few)


async def test_readers_do_not_discover(client, several, session, app) -> None:
    await several.add("Kumo")
    async with another_browser(app, session, await make.alice(session)) as reader:
        for path in ("", f"/{several.rows['Kumo'].id}", f"/{several.rows['Kumo'].id}/series?id=x"):
            assert (await reader.get(f"/discover{path}")).status_code == 403
        assert "/discover" not in Screen((await reader.get("/")).text).links


def _titles(markup: str) -> list[str]:
    return [
        unescape(one)
        for one in re.findall(r'<a class="hit-link"[^>]*><bdi>(.*?)</bdi></a>', markup)
    ]


def _said(markup: str) -> dict[str, str]:
    found = re.findall(r'<b class="name clip">(.*?)</b><span class="state[^>]*>.*?</svg>(.*?)</span>',
                       markup, re.DOTALL)  # fmt: skip
    return {name: word.strip() for name, word in found}


def _gate(fake) -> asyncio.Event:
    gate, honest = asyncio.Event(), fake.honest

    async def held(asked):
        await gate.wait()
        return await honest(asked)

    fake.honest = held
    return gate
