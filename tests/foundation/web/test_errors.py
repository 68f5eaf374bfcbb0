import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from asyncpg import DiskFullError
from litestar import Request, Response, get, post
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict, DomainError, Invalid, NotFound, TooManyTries, Unavailable
from app.foundation.web import Policy, SetUpFirst, SignInFirst
from tests.foundation.web.conftest import Make, browser
from tests.foundation.web.people import reader, signed_in

PUBLIC = {"policy": Policy.PUBLIC}
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
JSON = {"accept": "application/json"}
SECRET = "hunter2-in-a-message"
ERRORS: dict[str, Callable[[], Exception]] = {
    "missing": lambda: NotFound("There is no such series."),
    "taken": lambda: Conflict("There is already a library of this name."),
    "invalid": lambda: Invalid("That is not a folder."),
    "often": lambda: TooManyTries("Wait a minute.", retry_after=61),
    "away": lambda: Unavailable("The provider is resting."),
    "full": lambda: DBAPIError("INSERT", {}, DiskFullError("no space left")),
    "bug": lambda: RuntimeError(SECRET),
    "hidden": lambda: KeyError(SECRET),
    "sign-in": lambda: SignInFirst(),
    "set-up": lambda: SetUpFirst(),
}


@get("/fail/{kind:str}", opt=PUBLIC, sync_to_thread=False)
def fail(kind: str) -> Response[Any]:
    raise ERRORS[kind]()


@get("/ask", opt=PUBLIC)
async def ask(session: AsyncSession) -> str:
    await session.execute(text("SELECT 1"))
    return "answered"


@get("/typed/{series_id:uuid}", opt=PUBLIC, sync_to_thread=False)
def typed(series_id: UUID, page: int) -> str:
    return f"{series_id} {page}"


@post("/echo", opt={**PUBLIC, "cookieless": True})
async def echo(request: Request[Any, Any, Any]) -> str:
    return str(len(await request.body()))


PROBES = [fail, ask, typed, echo]


@pytest.mark.parametrize(
    ("kind", "status", "sentence"),
    [
        ("missing", 404, "There is no such series."),
        ("full", 503, "The disk of this server is full. Nothing was saved."),
        ("taken", 409, "There is already a library of this name."),
        ("invalid", 422, "That is not a folder."),
        ("often", 429, "Wait a minute."),
        ("away", 503, "The provider is resting."),
        ("bug", 500, "Something went wrong in Bunko"),
        ("hidden", 500, "Something went wrong in Bunko"),
    ],
)
async def test_an_error_is_a_screen_a_note_or_problem_json(
    make_app: Make, kind: str, status: int, sentence: str
) -> None:
    async with browser(make_app(PROBES)) as client:
        screen = await client.get(f"/fail/{kind}")
        note = await client.get(f"/fail/{kind}", headers=HTMX)
        problem = await client.get(f"/fail/{kind}", headers=JSON)

    assert screen.status_code == note.status_code == problem.status_code == status
    assert f"<h1>{sentence}</h1>" in screen.text
    assert screen.headers["x-request-id"] in screen.text
    assert sentence in note.text and "<html" not in note.text
    assert (note.headers["hx-retarget"], note.headers["hx-reswap"]) == ("#flashes", "innerHTML")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["title"] == sentence
    assert problem.json()["status"] == status
    assert problem.json()["request_id"] == problem.headers["x-request-id"]


async def test_SEC53_a_failure_tells_nothing_of_its_cause(
    make_app: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    async with browser(make_app(PROBES)) as client:
        for headers in ({}, HTMX, JSON):
            answer = await client.get("/fail/bug", headers=headers)
            assert SECRET not in answer.text
            assert "Traceback" not in answer.text and "RuntimeError" not in answer.text


async def test_a_signed_in_person_stays_in_the_shell(make_app: Make) -> None:
    app = make_app([signed_in(reader(), PROBES)])

    async with browser(app) as client:
        lost = await client.get("/fail/missing")
        failed = await client.get("/fail/bug")

    assert 'class="shell' in lost.text
    assert 'class="shell' not in failed.text


async def test_a_browser_is_sent_to_sign_in_and_back(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        answer = await client.get("/fail/sign-in?page=2&x=/y")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/login?next=/fail/sign-in%3Fpage%3D2%26x%3D/y"

        by_script = await client.get("/fail/sign-in", headers=HTMX)
        assert by_script.headers["hx-redirect"] == "/login?next=/fail/sign-in"
        assert (await client.get("/fail/sign-in", headers=JSON)).status_code == 401
        assert (await client.get("/fail/set-up")).headers["location"] == "/setup"


async def test_how_long_to_wait_is_a_header(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        assert (await client.get("/fail/often")).headers["retry-after"] == "61"


async def test_SEC67_a_database_that_is_away_is_said_and_passes(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        answer = await client.get("/ask")

    assert answer.status_code == 503
    assert "The database cannot be reached" in answer.text
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/typed/not-an-id?page=1", 404),
        ("/typed/0192f0c1-2345-7890-abcd-0123456789ab", 400),
        ("/typed/0192f0c1-2345-7890-abcd-0123456789ab?page=x", 400),
        ("/echo", 405),
    ],
)
async def test_a_mistaken_address_is_told_without_our_inner_names(
    make_app: Make, path: str, status: int
) -> None:
    async with browser(make_app(PROBES)) as client:
        answer = await client.get(path)

    assert answer.status_code == status
    assert re.search("series_id|typed|litestar|Validation|msgspec", answer.text) is None


async def test_SEC48_a_body_beyond_the_limit_is_refused(make_app: Make) -> None:
    app = make_app(PROBES)
    async with browser(app) as client:
        assert (await client.post("/echo", content=b"x" * 999_000)).text == "999000"
        refused = await client.post("/echo", content=b"x" * 1_000_001)

    assert refused.status_code == 413
    assert "more than this form takes" in refused.text


def test_every_kind_of_domain_error_has_words() -> None:
    from app.foundation.web.errors import problem_of

    for kind in (NotFound, Conflict, Invalid, Unavailable, DomainError):
        problem = problem_of(kind("A sentence."))
        assert problem.title == "A sentence." and problem.lead and problem.word
