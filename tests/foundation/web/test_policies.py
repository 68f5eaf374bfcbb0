from typing import Any

import pytest
from litestar import get

from app.errors import NotFound
from app.foundation.web import Policy, policies, set_judge
from tests.foundation.web.conftest import Make, browser


@get("/undeclared", sync_to_thread=False)
def undeclared() -> str:
    return "open"


@get("/public", opt={"policy": Policy.PUBLIC}, sync_to_thread=False)
def public() -> str:
    return "open"


@get("/private", opt={"policy": Policy.SIGNED_IN}, sync_to_thread=False)
def private() -> str:
    return "open"


@get("/misspelt", opt={"policy": "PUBLIC"}, sync_to_thread=False)
def misspelt() -> str:
    return "open"


PROBES = [undeclared, public, private, misspelt]


@pytest.fixture(autouse=True)
def no_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "_judges", [])


async def test_SEC1_a_route_that_declares_nothing_is_closed(make_app: Make) -> None:
    async def everything_goes(policy: Policy, connection: Any) -> bool:
        return True

    set_judge(everything_goes)
    async with browser(make_app(PROBES)) as client:
        assert (await client.get("/undeclared")).status_code == 403
        assert (await client.get("/misspelt")).status_code == 403
        assert (await client.options("/public")).status_code == 403
        assert (await client.get("/private")).text == "open"


async def test_SEC1_without_a_judge_only_public_routes_open(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        assert (await client.get("/public")).text == "open"
        assert (await client.get("/private")).status_code == 403


@pytest.mark.parametrize("answer", [False, None, 1, "yes"])
async def test_SEC4_only_a_plain_yes_lets_in(make_app: Make, answer: Any) -> None:
    async def judge(policy: Policy, connection: Any) -> Any:
        return answer

    set_judge(judge)
    async with browser(make_app(PROBES)) as client:
        assert (await client.get("/private")).status_code == 403


@pytest.mark.parametrize(
    ("error", "status"),
    [(RuntimeError("bug"), 500), (TimeoutError(), 503), (NotFound("Nothing here."), 404)],
)
async def test_SEC4_a_judge_that_fails_denies(
    make_app: Make, error: Exception, status: int
) -> None:
    async def judge(policy: Policy, connection: Any) -> bool:
        raise error

    set_judge(judge)
    async with browser(make_app(PROBES)) as client:
        answer = await client.get("/private")

    assert answer.status_code == status
    assert "open" not in answer.text.split("<h1>")[1]
