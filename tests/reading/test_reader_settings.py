"""How people like to read: what counts where, and how it is said by plain forms."""

import asyncio
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import Preference
from app.foundation.db.engine import session_maker
from app.library.models import Direction
from app.reading.keys import ACTIONS, BY_NAME
from app.reading.models import Device, Progress, SeriesSettings
from app.reading.profiles import SCREENS, Profile, Screen, settings_of, suggested
from app.reading.progress import turn_to
from app.reading.reader_settings import FIELDS, Origin, ReaderSettings, changed, known, resolve
from app.reading.settings_words import groups_of
from tests.browser import Browser, another_browser
from tests.reading.shelf import cbz, png

KINDLE = "Mozilla/5.0 (X11; U; Linux armv7l like Android; en-us) AppleWebKit/531.2+ Kindle/3.0+"
_scales = st.sampled_from([None, "screen", "width", "height", "nonsense", 3])
_layer = st.fixed_dictionaries({}, optional={"scale": _scales, "grey": st.sampled_from([True, 5])})


@given(st.lists(_layer, min_size=4, max_size=4))
def test_the_nearest_layer_that_names_a_value_it_may_have_counts(layers):
    found = resolve(zip(list(Origin)[:4], layers, strict=True))

    named = [
        (origin, layer["scale"])
        for origin, layer in zip(Origin, layers, strict=False)
        if layer.get("scale") in ("screen", "width", "height")
    ]
    origin, scale = named[0] if named else (Origin.BUNKO, "screen")
    assert (found.origins["scale"], found.settings.scale.value) == (origin, scale)


def test_what_is_stored_and_no_longer_understood_keeps_nobody_from_reading():
    found = resolve([(Origin.SERIES, {"scale": "gone", "unknown": 1, "contrast": 10**9})])

    assert found.settings == ReaderSettings()


def test_an_empty_value_takes_the_choice_away():
    assert changed({"scale": "width", "grey": True}, {"scale": None}) == {"grey": True}


def test_the_form_has_every_setting_and_a_word_for_every_value():
    shown = [choice for group in groups_of({}, resolve([])) for choice in group.choices]

    assert sorted(choice.name for choice in shown) == sorted(FIELDS)
    for choice in shown:
        assert len({str(words) for _key, words in choice.options}) == len(choice.options) > 1


def test_every_action_of_the_keyboard_is_done_by_the_script_and_has_a_key():
    script = Path("static/js/reader_keys.js").read_text()
    acts = script.partition("const acts = {")[2].partition("};")[0]

    done = set(re.findall(r'^    "?([a-z-]+)"?[:,]', acts, re.MULTILINE))

    assert done == set(BY_NAME)
    keys = [key for action in ACTIONS for key in action.usual]
    assert len(keys) == len(set(keys)) >= len(ACTIONS)


@pytest.mark.parametrize("profile", Profile)
def test_what_suits_a_kind_of_device_is_a_setting(profile):
    assert set(known(settings_of(profile))) == set(settings_of(profile))
    assert profile in SCREENS


@pytest.mark.parametrize(
    ("user_agent", "screen", "profile"),
    [
        (KINDLE, None, Profile.E_INK_758),
        (KINDLE, Screen(1448, 1072), Profile.E_INK_1072),
        (KINDLE, Screen(600, 800), Profile.E_INK_600),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari/537.36", None, Profile.PHONE),
        ("Mozilla/5.0 (Linux; Android 13; SM-X200) Chrome/120 Safari/537.36", None, Profile.TABLET),
        ("Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) Version/12 Safari", None, Profile.TABLET),
        ("Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) Version/6.0 TV Safari", None, Profile.TV),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", None, Profile.DESKTOP),
        ("", None, Profile.DESKTOP),
    ],
)
def test_kinds_of_devices_are_guessed(user_agent, screen, profile):
    assert suggested(user_agent, screen) is profile


async def _say(browser: Browser, chapter, scope: str, **given: str):
    form = {"scope": scope, "page": "1", **given}
    answer = await browser.post(f"/read/{chapter.id}/settings", form)
    assert answer.status_code == 303, answer.text
    return (await browser.get(answer.headers["location"])).text


def _spread() -> bytes:
    return cbz([png(60, 90, 10), png(60, 90, 20), png(120, 90, 30), png(60, 90, 40)])


def _shown(markup: str) -> list[str]:
    return [unescape(alt) for alt in re.findall(r'<img [^>]*alt="([^"]+)"', markup)]


async def test_series_comes_before_device_and_device_before_always(session, browser, put):
    chapter = await put()

    assert "scale-height" in await _say(browser, chapter, "always", scale="height")
    assert "scale-width" in await _say(browser, chapter, "device", scale="width")
    assert "scale-original" in await _say(browser, chapter, "series", scale="original")
    screen = (await browser.get(f"/read/{chapter.id}/settings?scope=series")).text
    assert "As wide as the screen (chosen for this device)" in screen
    assert "scale-width" in await _say(browser, chapter, "series", scale="")
    assert await session.scalar(select(SeriesSettings)) is None


async def test_a_reset_takes_the_whole_scope_away(session, browser, put):
    chapter = await put()
    await _say(browser, chapter, "always", scale="height", grey="yes")

    answer = await browser.post(
        f"/read/{chapter.id}/settings/reset", {"scope": "always", "page": "2"}
    )

    assert answer.headers["location"] == f"/read/{chapter.id}?page=2"
    kept = await session.scalar(select(Preference.reading))
    assert kept["reader"] == {}


async def test_a_wrong_setting_changes_nothing(session, browser, put):
    chapter = await put()

    for wrong in ({"scale": "huge"}, {"gamma": "7"}, {"grey": "perhaps"}, {"stranger": "1"}):
        form = {"scope": "series", "page": "1", **wrong}
        assert (await browser.post(f"/read/{chapter.id}/settings", form)).status_code == 422

    assert await session.scalar(select(SeriesSettings)) is None


async def test_pages_stand_side_by_side_in_reading_direction_and_wide_ones_alone(
    session, browser, akira, put
):
    chapter = await put(archive=_spread())

    markup = await _say(browser, chapter, "series", layout="double")
    assert _shown(markup) == ["Page 2 of 4", "Page 1 of 4"]
    answer = await browser.post(f"/read/{chapter.id}/turn", {"page": "3", "version": "0"})
    assert _shown((await browser.get(answer.headers["location"])).text) == ["Page 3 of 4"]
    akira.direction = Direction.LEFT_TO_RIGHT
    await session.merge(akira)
    await session.commit()
    assert _shown((await browser.get(f"/read/{chapter.id}?page=2")).text) == [
        "Page 1 of 4",
        "Page 2 of 4",
    ]


async def test_progress_saves_the_highest_page_of_a_pair_and_the_last_pair_completes(
    session, browser, put
):
    chapter = await put(pages=4)
    await _say(browser, chapter, "series", layout="double")

    await browser.post(f"/read/{chapter.id}/turn", {"page": "1", "version": "0"})
    progress = await session.scalar(select(Progress))
    assert (progress.page, progress.completed_at) == (2, None)
    await browser.post(f"/read/{chapter.id}/turn", {"page": "3", "version": "1"})
    await session.refresh(progress)
    assert progress.page == 4 and progress.completed_at is not None


async def test_a_split_page_is_read_in_two_steps_and_ends_with_the_second(session, browser, put):
    chapter = await put(archive=cbz([png(60, 90), png(120, 90, 30)]))
    await _say(browser, chapter, "series", wide="split")

    first = (await browser.get(f"/read/{chapter.id}?page=2")).text
    assert _shown(first) == ["Right half of page 2 of 2"] and "half=right" in first
    assert f"/read/{chapter.id}/turn?step=2" in first
    await browser.post(f"/read/{chapter.id}/turn", {"page": "2", "version": "0"})
    progress = await session.scalar(select(Progress))
    assert (progress.page, progress.completed_at) == (2, None)
    answer = await browser.post(f"/read/{chapter.id}/turn?step=2", {"page": "2", "version": "1"})
    second = (await browser.get(answer.headers["location"])).text
    assert _shown(second) == ["Left half of page 2 of 2"]
    await session.refresh(progress)
    assert progress.completed_at is not None


async def test_every_screen_suits_an_e_ink_reader_that_is_known(browser, put):
    await put()
    met = await browser.post("/account/devices", headers={"User-Agent": KINDLE})

    async def worn():
        found = re.search(r'<html[^>]* data-theme="([^"]+)"', (await browser.get("/")).text)
        return found and found[1]

    assert await worn() == "e-ink"
    for theme, shown in (("sepia", "sepia"), ("auto", "e-ink")):
        await browser.post("/account/looks", {"theme": theme, "text_size": "100"})
        assert await worn() == shown
    form = {"name": "Not paper", "profile": "desktop"}
    await browser.post(met.headers["location"], form)
    assert await worn() is None


async def test_an_e_ink_reader_gets_its_pages_dithered_halved_and_cropped(browser, put):
    chapter = await put(archive=_spread())
    e_ink = {"headers": {"User-Agent": KINDLE}}

    markup = (await browser.get(f"/read/{chapter.id}?page=3", **e_ink)).text

    assert 'data-theme="e-ink"' in markup and "is-bare" in markup
    image = unescape(re.search(r'<img src="([^"]+)"', markup)[1])
    for wish in ("w=758", "h=1024", "dither=16", "crop=1", "half=right"):
        assert wish in image
    sent = await browser.get(image)
    assert sent.status_code == 200 and sent.headers["content-type"] == "image/png"


async def test_every_few_turns_an_e_ink_screen_is_cleared_without_scripts_too(browser, put):
    chapter = await put(pages=7)
    await _say(browser, chapter, "series", refresh_every="3")

    cleared = [
        page
        for page in range(1, 8)
        if "is-clearing" in (await browser.get(f"/read/{chapter.id}?page={page}")).text
    ]

    assert cleared == [4, 7]


async def test_incognito_saves_neither_place_nor_device(session, browser, put):
    chapter = await put()
    await _say(browser, chapter, "always", incognito="yes")

    answer = await browser.post(f"/read/{chapter.id}/turn", {"page": "2", "version": "0"})

    assert answer.status_code == 303
    assert await session.scalar(select(Progress)) is None
    assert await session.scalar(select(Device)) is None


@pytest.mark.parametrize("taps", ["left-right", "l-shaped", "kindle", "edge", "right-and-left"])
async def test_every_preset_of_tap_zones_turns_both_ways_and_can_be_exchanged(browser, put, taps):
    chapter = await put(pages=3)

    async def turns(**given: str) -> dict[str, set[str]]:
        await _say(browser, chapter, "series", taps=taps, **given)
        markup = (await browser.get(f"/read/{chapter.id}?page=2")).text
        found = re.findall(r'<button class="zone zone-([\w-]+)" name="page" value="(\d)"', markup)
        return {page: {area for area, to in found if to == page} for page in ("1", "3")}

    plain, exchanged = await turns(), await turns(invert_taps="yes")

    assert plain["1"] and plain["3"]
    assert (plain["1"], plain["3"]) == (exchanged["3"], exchanged["1"])


async def test_without_tap_zones_there_are_buttons(browser, put):
    chapter = await put(pages=3)
    await _say(browser, chapter, "series", taps="disabled")

    markup = (await browser.get(f"/read/{chapter.id}?page=2")).text

    assert "turn-row" in markup and "Next page" in markup and "Previous page" in markup


async def test_a_device_is_named_set_and_forgotten(session, browser, put):
    chapter = await put()
    answer = await browser.post("/account/devices")
    address = answer.headers["location"]
    assert "HttpOnly" in answer.headers["set-cookie"]

    form = {"name": "Bedside", "profile": "e-ink-600", "scale": "width"}
    await browser.post(address, form)

    device = await session.scalar(select(Device))
    assert (device.name, device.profile, device.is_chosen) == ("Bedside", Profile.E_INK_600, True)
    assert "Bedside" in (await browser.get("/account/devices")).text
    assert "w=600" in (await browser.get(f"/read/{chapter.id}")).text
    await browser.post(f"{address}/remove")
    assert (await browser.get(address)).status_code == 404


async def test_a_wrong_name_of_a_device_is_told_beside_it(browser):
    address = (await browser.post("/account/devices")).headers["location"]

    answer = await browser.post(address, {"name": "", "profile": "toaster"})

    assert answer.status_code == 422 and answer.text.count('class="wrong"') == 2


async def test_the_device_is_called_by_its_name_on_another(app, session, browser, alice, put):
    chapter = await put(pages=9)
    address = (await browser.post("/account/devices")).headers["location"]
    await browser.post(address, {"name": "Tablet", "profile": "tablet"})
    await browser.post(f"/read/{chapter.id}/turn", {"page": "7", "version": "0"})

    async with another_browser(app, session, alice) as phone:
        markup = unescape((await phone.get(f"/read/{chapter.id}?page=2")).text)

    assert "You are on p. 7 on Tablet: go there" in markup


async def test_a_script_saves_a_place_and_hears_of_the_other_device(
    app, session, browser, alice, put
):
    chapter = await put(pages=9)
    place = f"/read/{chapter.id}/place"
    first = (await browser.post(place, {"page": "5", "version": "0"})).json()
    assert (first["page"], first["version"]) == (5, 1)

    async with another_browser(app, session, alice) as phone:
        late = (await phone.post(place, {"page": "3", "version": "0"})).json()

    assert (late["page"], late["version"]) == (5, 1)


async def test_a_browser_that_keeps_no_cookies_does_not_fill_the_table(
    session, browser, put, monkeypatch
):
    monkeypatch.setattr("app.reading.devices.MOST_DEVICES", 3)
    chapter = await put(pages=9)

    for page in range(1, 6):
        await browser.post(f"/read/{chapter.id}/turn", {"page": str(page), "version": "9"})
        browser.client.cookies.delete("bunko_device", domain="localhost.local")

    assert len(list(await session.scalars(select(Device)))) <= 3


async def test_long_pages_of_a_strip_come_in_pieces_of_known_size(session, browser, akira, put):
    akira.direction = Direction.WEBTOON
    await session.merge(akira)
    chapter = await put(archive=cbz([png(100, 5000)]))

    markup = (await browser.get(f"/read/{chapter.id}")).text

    sizes = re.findall(r'strip=(\d)[^"]*" width="100" height="(\d+)"', markup)
    assert [piece for piece, _ in sizes] == ["1", "2", "3"]
    assert sum(int(height) for _, height in sizes) == 5000


async def test_scripts_are_given_the_views_around_a_page(browser, put):
    chapter = await put(pages=24)

    markup = (await browser.get(f"/read/{chapter.id}/views?page=10")).text

    pages = re.findall(r'data-view data-page="(\d+)"', markup)
    assert pages == [str(page) for page in range(8, 20)]
    assert "<html" not in markup


async def test_two_devices_that_turn_at_the_same_moment_never_move_anybody_back(
    session, engine, alice, akira, put
):
    """Both begin from one version; whichever comes second only counts if it lies ahead."""
    chapter = await put(pages=20)
    await _turn_alone(engine, alice, chapter, 3, version=0, device="Tablet")

    places = await asyncio.gather(
        *(
            _turn_alone(engine, alice, chapter, page, version=1, device=device)
            for page, device in ((12, "Phone"), (5, "Tablet"))
        )
    )

    progress = await session.get(Progress, (alice.id, chapter.id), populate_existing=True)
    assert progress.page == 12 and progress.device == "Phone"
    assert {place.page for place in places} <= {5, 12} and progress.version in (2, 3)


async def _turn_alone(engine, person, chapter, page, **more):
    """In a transaction of its own, as each device has one."""
    async with session_maker(engine)() as own:
        place = await turn_to(own, person, chapter.id, page, **more)
        await own.commit()
    return place
