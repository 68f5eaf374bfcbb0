import re
from typing import Any

import httpx
import pytest
from litestar import Request, Response, get, post

from app.foundation.web import Policy, done, show
from tests.foundation.web.conftest import Make, browser

PUBLIC = {"policy": Policy.PUBLIC}


@get("/form", opt=PUBLIC, sync_to_thread=False)
def see_form(request: Request[Any, Any, Any]) -> Response[Any]:
    return show(request, "probe/form.html")


@post("/act", opt=PUBLIC, status_code=200)
async def act(request: Request[Any, Any, Any]) -> Response[Any]:
    return done(request, then="/form")


@post("/plain", opt=PUBLIC, status_code=200)
async def plain(data: dict[str, str]) -> dict[str, str]:
    return data


PROBES = [see_form, act, plain]


async def _token(client: httpx.AsyncClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', (await client.get("/form")).text)
    assert found is not None
    return found[1]


async def test_SEC26_a_form_from_our_own_screen_is_accepted(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        token = await _token(client)

        answer = await client.post("/act", data={"csrf_token": token})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/form"


async def test_SEC26_scripts_send_the_token_in_a_header(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        token = await _token(client)

        answer = await client.post("/plain", json={"a": "b"}, headers={"x-csrf-token": token})

    assert answer.json() == {"a": "b"}


async def test_SEC26_a_form_without_our_token_is_refused(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        token = await _token(client)
        for sent in ({}, {"csrf_token": ""}, {"csrf_token": "x" * 54}, {"csrf_token": token[:-2]}):
            assert (await client.post("/act", data=sent)).status_code == 403


async def test_SEC26_a_token_is_bound_to_its_browser(make_app: Make) -> None:
    app = make_app(PROBES)
    async with browser(app) as mine, browser(app) as theirs:
        token = await _token(mine)
        await _token(theirs)

        assert (await theirs.post("/act", data={"csrf_token": token})).status_code == 403


async def test_SEC26_a_token_is_bound_to_the_session(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        before = await _token(client)
        client.cookies.set("bunko_session", "a session")

        assert (await client.post("/act", data={"csrf_token": before})).status_code == 403
        now = await _token(client)
        assert (await client.post("/act", data={"csrf_token": now})).status_code == 303
        client.cookies.set("bunko_session", "another session")
        assert (await client.post("/act", data={"csrf_token": now})).status_code == 403


async def test_SEC26_a_cookie_that_we_did_not_make_binds_nothing(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        token = await _token(client)
        client.cookies.clear()
        client.cookies.set("bunko_form", "chosen-by-somebody")

        assert (await client.post("/act", data={"csrf_token": token})).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "none"}, 303),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": ""}, 403),
        ({"origin": "http://localhost"}, 303),
        ({"origin": "null"}, 303),
        ({"origin": "https://localhost"}, 403),
        ({"origin": "http://localhost:81"}, 403),
        ({"origin": "http://evil.example.com"}, 403),
        ({"origin": "http://localhost.evil.com"}, 403),
        ({"origin": ""}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "http://evil.example.com"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost"}, 403),
    ],
)
async def test_SEC26_a_form_that_another_site_sends_is_refused_even_with_a_token(
    make_app: Make, headers: dict[str, str], status: int
) -> None:
    async with browser(make_app(PROBES)) as client:
        token = await _token(client)

        answer = await client.post("/act", data={"csrf_token": token}, headers=headers)

    assert answer.status_code == status


async def test_SEC26_the_public_address_counts_as_ours(make_app: Make) -> None:
    app = make_app(PROBES, public_url="https://manga.example.org")
    async with browser(app, "https://manga.example.org") as client:
        token = await _token(client)

        answer = await client.post(
            "/act", data={"csrf_token": token}, headers={"origin": "https://manga.example.org"}
        )

    assert answer.status_code == 303


async def test_SEC26_a_session_cookie_is_not_excused_by_a_header(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        client.cookies.set("bunko_session", "a session")

        answer = await client.post("/act", headers={"authorization": "Bearer anything"})

    assert answer.status_code == 403


async def test_SEC26_a_header_that_nobody_believed_excuses_nothing(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        for headers in ({"authorization": "Bearer anything"}, {"x-api-key": "anything"}):
            assert (await client.post("/act", headers=headers)).status_code == 403


async def test_the_token_looks_different_on_every_screen(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        first, second = await _token(client), await _token(client)

        assert first != second
        assert (await client.post("/act", data={"csrf_token": first})).status_code == 303


async def test_all_forms_of_one_screen_carry_the_same_token(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        tokens = re.findall(r'value="([^"]+)"', (await client.get("/form")).text)

    assert len(tokens) == 2
    assert len(set(tokens)) == 1


async def test_SEC25_cookies_are_named_and_flagged_by_scheme(make_app: Make) -> None:
    app = make_app(PROBES)
    async with browser(app) as plain_http, browser(app, "https://localhost") as secure:
        on_http = (await plain_http.get("/form")).headers["set-cookie"]
        on_https = (await secure.get("/form")).headers["set-cookie"]

    assert on_http.startswith("bunko_form=") and "Secure" not in on_http
    assert on_https.startswith("__Host-bunko_form=") and "Secure" in on_https
    for cookie in (on_http, on_https):
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
        assert "Domain" not in cookie


async def test_SEC25_a_token_from_http_is_worth_nothing_on_https(make_app: Make) -> None:
    app = make_app(PROBES)
    async with browser(app) as plain_http, browser(app, "https://localhost") as secure:
        token = await _token(plain_http)
        value = plain_http.cookies["bunko_form"]
        secure.cookies.set("bunko_form", value)
        secure.cookies.set("__Host-bunko_form", value)

        assert (await secure.post("/act", data={"csrf_token": token})).status_code == 403


async def test_looking_at_a_form_twice_sets_the_cookie_once(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        await client.get("/form")

        assert "set-cookie" not in (await client.get("/form")).headers
