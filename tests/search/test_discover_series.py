"""A series at a provider before anybody follows it; and its cover, by our own way."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from PIL import Image

from app.accounts.models import Role
from app.providers.base import RemoteSeries
from app.search import discover_preview
from app.search.discover_words import Words
from app.search.remote_covers import covers_of
from tests import factories as make
from tests.browser import browser_of
from tests.browsing.markup import Screen
from tests.providers.fake_mangadex import DAWN, FakeChapter, FakeSeries, uid
from tests.providers.faking import Answer


@pytest.fixture
async def browser(client, session):
    return await browser_of(client, session, await make.person(session, "maud", Role.MANAGER))


def a_picture(colour: str = "#a03020", size: tuple[int, int] = (600, 900)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


ODD = [
    FakeChapter("c1", "1", language="en", groups=("Owls",), title="Low tide", created_at=DAWN),
    FakeChapter("c1b", "1", language="en", groups=("Birds",), created_at=DAWN),
    FakeChapter("c1f", "1", language="fr", groups=("Phare",), created_at=DAWN),
    FakeChapter("c10", "10.5", language="en", groups=("Owls",)),
    FakeChapter("c0", "0", language="en", groups=()),
    FakeChapter("cx", "Extra", language="en", groups=("Owls",)),
    FakeChapter("cn", None, title="Omake", language="en", groups=("Owls",)),
    FakeChapter("c11", "11", language="en", external="https://publisher.example/11", pages=[]),
    FakeChapter("c12", "12", language="en", unavailable=True),
]


async def test_chapters_stand_under_their_numbers_with_language_group_and_reason(
    browser, several
) -> None:
    await several.add("Kumo", FakeSeries("Tidal", {"en": "The Tidal Library"}, chapters=ODD))
    kumo = several.rows["Kumo"].id

    answer = await browser.get(f"/discover/{kumo}/series?id={uid('Tidal')}")
    screen = Screen(answer.text)

    assert answer.status_code == 200
    numbers = re.findall(r'<h3 class="num">(.*?)</h3>', answer.text)
    assert numbers == [
        "Ch. 12",
        "Ch. 11",
        "Ch. 10.5",
        "Ch. 1",
        "Ch. 0",
        "Extra",
        "Without a number",
    ]
    assert "It was taken down." in screen.text
    assert "It can only be read at its publisher." in screen.text
    assert "English · Birds" in screen.text and "French · Phare" in screen.text
    assert "No group" in screen.text and "About Tidal." in screen.text
    assert "Open at Kumo" in screen.text
    follow = f"/follow?provider={kumo}&id={uid('Tidal')}"
    assert follow in screen.links and (await browser.get(follow)).status_code == 200


async def test_languages_and_groups_narrow_the_list(browser, several) -> None:
    await several.add("Kumo", FakeSeries("Tidal", chapters=ODD))
    kumo = several.rows["Kumo"].id
    at = f"/discover/{kumo}/series?id={uid('Tidal')}"

    french = await browser.get(f"{at}&language=fr")
    owls = await browser.get(f"{at}&group=Owls&order=oldest")
    nothing = await browser.get(f"{at}&group=Nobody")

    assert re.findall(r'<h3 class="num">(.*?)</h3>', french.text) == ["Ch. 1"]
    assert "Phare" in french.text and "No group" not in french.text
    assert re.findall(r'<h3 class="num">(.*?)</h3>', owls.text)[:2] == ["Ch. 1", "Ch. 10.5"]
    assert "Nothing in this language or by this group" in nothing.text
    menu = {unescape(one) for one in re.findall(r'href="([^"]*language=fr[^"]*)"', owls.text)}
    assert len(menu) == 1 and "group=Owls" in menu.pop()


async def test_a_long_list_comes_in_parts(browser, several) -> None:
    chapters = [
        FakeChapter(f"c{number}", str(number), created_at=DAWN + timedelta(minutes=number))
        for number in range(1, 251)
    ]
    fake = await several.add("Kumo", FakeSeries("Long", chapters=chapters))
    at = f"/discover/{several.rows['Kumo'].id}/series?id={uid('Long')}"

    seen, pages = [], 0
    while at:
        answer = await browser.get(at, htmx=pages > 0)
        seen += re.findall(r'<h3 class="num">Ch. (\d+)</h3>', answer.text)
        link = re.findall(r'hx-get="(/discover[^"]+from=\d+)"', answer.text)
        at, pages = unescape(link[0]) if link else "", pages + 1

    assert seen == [str(number) for number in range(250, 0, -1)] and pages == 3
    assert len(fake.asked) == 2


async def test_what_is_not_there_and_what_fails_are_two_things(
    browser, several, monkeypatch
) -> None:
    fake = await several.add("Kumo", FakeSeries("Tidal", chapters=ODD))
    kumo = several.rows["Kumo"].id
    at = f"/discover/{kumo}/series?id="

    gone = await browser.get(at + uid("nobody"))
    odd = await browser.get(at + "../../report")
    fake.trouble("403", times=1)
    failed = await browser.get(at + uid("Tidal"))
    link = unescape(re.findall(r'href="([^"]*again=1)"', failed.text)[0])
    again = await browser.get(link)
    fake.trouble("time-out")
    monkeypatch.setattr(discover_preview, "PATIENCE", 0.5)
    slow = await browser.get(at + uid("slow"))

    assert gone.status_code == odd.status_code == 404
    assert "refuses to answer" in failed.text and failed.status_code == 200
    assert "Ch. 10.5" in again.text
    assert "It has not answered yet" in slow.text
    assert len([one for one in fake.asked if "report" in one.path]) == 0


async def test_chapters_that_fail_leave_the_series_shown(browser, several) -> None:
    fake = await several.add("Kumo", FakeSeries("Tidal", chapters=ODD))
    fake.faults.append(lambda asked: Answer(403) if "feed" in asked.path else None)

    answer = await browser.get(f"/discover/{several.rows['Kumo'].id}/series?id={uid('Tidal')}")

    assert answer.status_code == 200
    assert "Tidal" in answer.text and "Its chapters could not be had" in answer.text


async def test_a_cover_is_made_anew_and_kept(browser, several, app) -> None:
    fake = await several.add("Kumo", FakeSeries("Tidal", cover=a_picture))
    address = await _cover_address(browser, several)

    first, second = await browser.get(address), await browser.get(address)
    picture = Image.open(BytesIO(first.content))

    assert first.headers["content-type"] == "image/jpeg"
    assert picture.format == "JPEG" and picture.size == (320, 480)
    assert first.content == second.content
    assert "default-src 'none'" in first.headers["content-security-policy"]
    assert fake.counts["covers"].total == 1


@pytest.mark.parametrize(
    "kind", ["html-as-image", "corrupt-jpeg", "redirect-inside", "404", "gzip-bomb"]
)
async def test_a_cover_that_cannot_be_had_is_a_quiet_sheet(browser, several, kind) -> None:
    fake = await several.add("Kumo", FakeSeries("Tidal", cover=a_picture))
    address = await _cover_address(browser, several)
    fake.trouble(kind, "covers")

    answer, again = await browser.get(address), await browser.get(address)

    assert answer.status_code == 200 and answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=60"
    assert again.content == answer.content
    assert fake.counts["covers"].total == 1


async def test_the_way_of_covers_is_open_to_no_other_address(browser, several, app) -> None:
    fake = await several.add("Kumo", FakeSeries("Tidal", cover=a_picture))
    await several.add("Other")
    address = await _cover_address(browser, several)
    signed = address.partition("?u=")[2]
    other = several.rows["Other"].id
    asked = len(fake.asked)

    for wrong in (
        "",
        "x",
        signed[:-6] + ("AA" if signed[-6:-4] != "AA" else "BB") + signed[-4:],
        "a" * 20_000,
        f"{signed}.x",
    ):
        answer = await browser.get(f"/discover/{several.rows['Kumo'].id}/cover?u={wrong}")
        assert answer.status_code in (404, 414), wrong
    assert (await browser.get(f"/discover/{other}/cover?u={signed}")).status_code == 404
    assert len(fake.asked) == asked


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//x.example", "", None]
)
def test_only_an_address_on_the_web_is_led_to(url) -> None:
    words = Words.__new__(Words)

    assert words.site_url(RemoteSeries(remote_id="a", title="A", url=url)) == ""
    good = RemoteSeries(remote_id="a", title="A", url="https://kumo.example/a")
    assert words.site_url(good) == "https://kumo.example/a"


async def _cover_address(browser, several) -> str:
    kumo = several.rows["Kumo"].id
    answer = await browser.get(f"/discover/{kumo}/series?id={uid('Tidal')}")
    found = re.findall(rf'<img src="(/discover/{kumo}/cover\?u=[^"]+)"', answer.text)
    return unescape(found[0])


def test_a_folder_of_its_own_holds_them(app) -> None:
    assert covers_of(app)._kept._directory.parts[-2:] == ("cache", "discover")
