from typing import Any

import pytest
from litestar import Request, Response, get

from app.accounts.models import Role
from app.foundation.web import (
    Flash,
    NavEntry,
    Policy,
    add_context,
    done,
    local_path,
    register_nav,
    show,
)
from tests.foundation.web.conftest import Make, browser
from tests.foundation.web.people import reader, signed_in

PUBLIC = {"policy": Policy.PUBLIC}
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
type AnyRequest = Request[Any, Any, Any]


@get("/screen", opt=PUBLIC, sync_to_thread=False)
def screen(request: AnyRequest) -> Response[Any]:
    return show(request, "probe/screen.html", fragment="probe/_part.html", word="<Akira>")


@get("/alone", opt=PUBLIC, sync_to_thread=False)
def alone(request: AnyRequest) -> Response[Any]:
    return show(request, "probe/alone.html", word="hello")


@get("/undefined", opt=PUBLIC, sync_to_thread=False)
def undefined(request: AnyRequest) -> Response[Any]:
    return show(request, "probe/undefined.html")


@get("/act", opt=PUBLIC, sync_to_thread=False)
def act(request: AnyRequest) -> Response[Any]:
    flash = Flash("Removed.", undo="/undo")
    return done(request, then="/alone", fragment="probe/_part.html", flash=flash, word="changed")


@get("/leave", opt=PUBLIC, sync_to_thread=False)
def leave(request: AnyRequest) -> Response[Any]:
    return done(request, then="/alone", flash="Saved.")


PROBES = [screen, alone, undefined, act, leave]


async def test_a_screen_is_whole_without_scripts_and_a_part_with_htmx(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        whole = await client.get("/screen")
        part = await client.get("/screen", headers=HTMX)

    assert whole.text.startswith("<!doctype html>") and "<p>&lt;Akira&gt;</p>" in whole.text
    assert part.text == "<p>&lt;Akira&gt;</p>"
    assert "HX-Request" in whole.headers["vary"] and "HX-Request" in part.headers["vary"]


@pytest.mark.parametrize(
    "header", [{"HX-Request-Type": "full"}, {"HX-Boosted": "true"},
               {"HX-History-Restore-Request": "true"}],
)  # fmt: skip
async def test_htmx_gets_the_whole_screen_where_it_replaces_all(
    make_app: Make, header: dict[str, str]
) -> None:
    async with browser(make_app(PROBES)) as client:
        answer = await client.get("/screen", headers={"HX-Request": "true", **header})

    assert answer.text.startswith("<!doctype html>")


async def test_what_is_done_leads_on_by_303_and_says_so_on_the_next_screen(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        answer = await client.get("/leave")
        assert (answer.status_code, answer.headers["location"]) == (303, "/alone")

        assert "Saved." in (await client.get("/alone")).text
        assert "Saved." not in (await client.get("/alone")).text


async def test_what_is_done_answers_htmx_with_the_part_and_a_note_beside_it(
    make_app: Make,
) -> None:
    async with browser(make_app(PROBES)) as client:
        answer = await client.get("/act", headers=HTMX)

    assert answer.status_code == 200
    assert answer.text.startswith("<p>changed</p>")
    assert 'hx-swap-oob="innerHTML:#flashes"' in answer.text
    assert "Removed." in answer.text and 'action="/undo"' in answer.text
    assert 'name="csrf_token"' in answer.text


async def test_htmx_without_a_part_goes_to_the_next_screen_as_a_whole(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        answer = await client.get("/leave", headers=HTMX)

    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/alone")


async def test_a_flash_that_we_did_not_sign_is_not_shown(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        client.cookies.set("bunko_flash", "eyJ0ZXh0IjoiV2luISJ9.AAAA")

        answer = await client.get("/alone")

    assert answer.status_code == 200
    assert "Win!" not in answer.text


async def test_a_name_that_nobody_gave_is_an_error_not_an_empty_place(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        assert (await client.get("/undefined")).status_code == 500


@pytest.mark.parametrize(
    "address",
    ["//evil.com", "/\\evil.com", "https://evil.com", "evil.com", "", "/a\\b", "/a\nb",
     "javascript:alert(1)", "\\/evil.com", " //evil.com", "/\t/evil.com"],
)  # fmt: skip
def test_SEC30_an_address_from_outside_leads_only_to_ourselves(address: str) -> None:
    assert local_path(address) == "/"
    assert local_path("/series/1?page=2#top") == "/series/1?page=2#top"


async def test_the_shell_shows_the_places_a_person_may_go(make_app: Make) -> None:
    async def libraries(request: AnyRequest) -> list[NavEntry]:
        return [NavEntry("/libraries/1", "shelf", "Manga", count=1284)]

    async def searchable(request: AnyRequest) -> dict[str, Any]:
        return {"nav_search": True}

    register_nav(libraries, order=20)
    register_nav(lambda request: [NavEntry("/screen", "home", "Home")], order=10)
    register_nav(lambda request: [NavEntry("/admin", "admin", "Rooms")], admin=True)
    add_context(searchable)
    app = make_app([signed_in(reader(), PROBES)])

    async with browser(app) as client:
        text = (await client.get("/screen")).text

    assert text.index("Home") < text.index("Manga") < text.index("Rooms")
    assert 'href="/screen" aria-current="page"' in text
    assert 'action="/search/recent"' in text
    assert 'data-theme="sepia"' in text


async def test_the_owner_is_warned_of_plain_http_beyond_this_machine(make_app: Make) -> None:
    person = reader(role=Role.OWNER)
    app = make_app([signed_in(person, PROBES)], host="0.0.0.0")

    async with browser(app) as plain, browser(app, "https://localhost") as secure:
        assert "not encrypted" in (await plain.get("/screen")).text
        assert "not encrypted" not in (await secure.get("/screen")).text
