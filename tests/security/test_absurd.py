"""Whatever is sent, the answer is a screen and never a failure (requirements 34, 35)."""

from itertools import cycle, islice, product
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import Settings
from app.foundation.db.engine import raw_pool
from app.foundation.db.tables import all_tables
from tests.security.matrix import MATRIX, Verdict
from tests.security.routes import filled
from tests.security.world import World, row_digests

PARAMETERS = [
    "sort",
    "state",
    "letter",
    "genre",
    "tag",
    "person",
    "status",
    "language",
    "age",
    "only",
    "since",
    "until",
    "seed",
    "view",
    "density",
    "select",
    "all",
    "from",
    "after",
    "before",
    "first",
    "order",
    "unread",
    "page",
    "step",
    "scope",
    "w",
    "fit",
    "format",
    "grey",
    "h",
    "contrast",
    "gamma",
    "invert",
    "dither",
    "crop",
    "half",
    "rotate",
    "strip",
    "v",
    "next",
    "code",
    "at",
    "topic",
    "q",
    "limit",
    "offset",
    "size",
    "volume",
    "of",
    "last",
]
ABSURD = [
    "-1",
    "0",
    "9" * 30,
    "1e309",
    "NaN",
    "%",
    "_",
    "\\",
    "'; DROP TABLE series; --",
    "\x00",
    "\n\r\t",
    "../../etc/passwd",
    "💥",
    "\u202e",
    "٣",
    "[]",
    "{{7*7}}",
    "01a20d44-ebf2-7364-8c46-73f9988c3540",
]
# Counted tries and the last use of a session are noted whatever comes of them.
NOTED = frozenset({"throttle", "session.used_at", "audit_line", "sign_in"})


# Screens that read nothing from their address.
PLAIN = ("/password", "/disable", "/remove", "/new", "/account", "/healthz", "/readyz", "/sessions")


def _gets() -> list[str]:
    return [line[4:] for line, row in MATRIX.items() if line.startswith("GET ") and not row.stream]


async def test_SEC35_ten_thousand_characters_are_a_sensible_screen(world: World) -> None:
    for path in _gets():
        if not path.endswith(PLAIN):
            query = dict.fromkeys(PARAMETERS[:5], "x" * 10000)
            answer = await world.browsers["owner"].get(filled(path, world.ids), params=query)
            assert answer.status_code < 500, path


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(6, marks=pytest.mark.timeout(300)),
        pytest.param(1, marks=[pytest.mark.night, pytest.mark.timeout(900)]),
    ],
)
async def test_SEC35_absurd_parameters_are_a_sensible_screen(world: World, step: int) -> None:
    """Every parameter takes its turn with every value: by night on every screen, by day on some."""
    paths = [path for path in _gets() if not path.endswith(PLAIN)]
    for shift, (at, path) in product(range(0, len(ABSURD), step), enumerate(paths)):
        query = _absurd_query(shift + at)
        answer = await world.browsers["owner"].get(f"{filled(path, world.ids)}?{query}")
        assert answer.status_code < 500, (path, query, answer.text[:300])
        assert len(answer.content) < 300_000, path


def _absurd_query(shift: int) -> str:
    values = islice(cycle(ABSURD), shift, None)
    return urlencode(dict(zip(PARAMETERS, values, strict=False)))


async def test_SEC35_parts_of_addresses_that_are_no_ids_are_not_there(world: World) -> None:
    for value in ("x", "-1", "0", "9" * 5000, "1.5", "%00", "%ff", "1_0", "٣"):
        for path in _gets():
            if "{" in path:
                names = dict.fromkeys(world.ids, value)
                address = filled(path, {**world.ids, **names})
                answer = await world.browsers["owner"].get(address)
                assert answer.status_code in (400, 404), (address[:80], answer.status_code)
        page = f"/chapters/{world.secret_chapters[0].id}/pages/{value}"
        answer = await world.browsers["owner"].get(page)
        assert answer.status_code in (400, 404), (page[:80], answer.status_code)


async def test_SEC35_every_statement_has_a_time_limit(
    app: Litestar, settings: Settings, engine: AsyncEngine
) -> None:
    assert settings.database_url is not None
    async with app.state.engine.connect() as connection:
        assert await connection.scalar(text("SHOW statement_timeout")) == "10s"
        assert await connection.scalar(text("SHOW lock_timeout")) == "10s"
    pool = await raw_pool(settings.database_url, max_size=1)
    try:
        assert await pool.fetchval("SHOW statement_timeout") == "10s"
    finally:
        await pool.close()


@pytest.mark.parametrize("step", [2, pytest.param(1, marks=pytest.mark.night)])
async def test_SEC34_a_field_that_a_form_does_not_have_changes_nothing(
    world: World, engine: AsyncEngine, step: int
) -> None:
    columns = {column.name for table in all_tables().sorted_tables for column in table.columns}
    owner = world.browsers["owner"]
    before = await row_digests(engine, without=NOTED)
    for turn, (line, row) in enumerate(MATRIX.items()):
        method, _, path = line.partition(" ")
        if method != "POST" or row.form is None:
            continue
        form = row.form(world)
        columns_of_others = dict.fromkeys(columns - set(form), "1")
        extras = (columns_of_others, {"is_owner": "1"}, {"__class__": "x"}, {"people[]": "1"})
        for extra in extras[turn % step :: step]:
            answer = await owner.post(filled(path, world.ids), {**form, **extra})
            assert _is_refused(path, answer), (line, answer.status_code)
    assert await row_digests(engine, without=NOTED) == before


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.night)])
async def test_SEC34_bodies_of_other_kinds_change_nothing(
    world: World, engine: AsyncEngine, step: int
) -> None:
    """By day they take turns."""
    owner = world.browsers["owner"]
    before = await row_digests(engine, without=NOTED)
    bodies: list[tuple[str, bytes]] = [
        ("application/json", b'{"role": "owner"}'),
        ("application/json", b"{" * 10_000),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data", b"no boundary"),
        ("application/x-www-form-urlencoded", b"%ff%00=" + b"&a=1" * 3000),
        ("text/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    ]
    for turn, (line, row) in enumerate(MATRIX.items()):
        method, _, path = line.partition(" ")
        if method != "POST" or row.form is None:
            continue
        for kind, body in bodies[turn % step :: step]:
            answer = await owner.client.post(
                filled(path, world.ids),
                content=body,
                headers={"content-type": kind, "x-csrf-token": owner.token()},
            )
            assert _is_refused(path, answer), (line, kind, answer.status_code)
    assert await row_digests(engine, without=NOTED) == before


def _is_refused(path: str, answer: httpx.Response) -> bool:
    """Who tries to prove who they are with nonsense is led to where they may try again."""
    screens = ("/login", "/account/prove", "/account/passkeys", "/account/two-factor")
    led_back = answer.headers.get("location", "").startswith(screens)
    if path != "/login" and path.startswith(screens) and led_back:
        return True
    return 400 <= answer.status_code < 500


_ids = st.one_of(
    st.sampled_from(["known", "missing"]),
    st.text(max_size=30).map(lambda text: quote(text, safe="") or "x"),
)
_words = st.text(max_size=60)
_pairs = st.lists(st.tuples(st.one_of(st.sampled_from(PARAMETERS), _words), _words), max_size=6)
_header_values = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60
).map(str.strip)
_headers = st.dictionaries(
    st.sampled_from(
        [
            "accept",
            "accept-language",
            "accept-encoding",
            "range",
            "if-none-match",
            "if-range",
            "if-modified-since",
            "user-agent",
            "hx-request",
            "hx-target",
            "hx-current-url",
            "origin",
            "referer",
            "content-type",
            "authorization",
            "x-forwarded-for",
            "x-forwarded-proto",
            "sec-fetch-site",
            "te",
            "expect",
        ]
    ),
    _header_values,
    max_size=4,
)


@given(
    line=st.sampled_from(sorted(line for line, row in MATRIX.items() if not row.stream)),
    who=st.sampled_from(["anonymous", "stranger", "owner"]),
    part=_ids,
    query=_pairs,
    form=_pairs,
    headers=_headers,
)
@settings(max_examples=150, database=None, derandomize=True)
async def test_SEC35_no_request_whatever_makes_the_server_fail(
    world: World, line: str, who: str, part: str, query: Any, form: Any, headers: dict[str, str]
) -> None:
    method, _, path = line.partition(" ")
    known = {"known": world.ids, "missing": world.missing_ids}.get(part)
    values = known or dict.fromkeys(world.ids, part)
    if MATRIX[line].verdicts[who] is Verdict.IN and MATRIX[line].is_last:
        values = world.missing_ids
    address = filled(path, values)
    browser = world.browsers[who]
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    request = browser.client.build_request(
        method,
        address,
        params=[*query],
        headers={**raw, "x-csrf-token": browser.token().encode()},
        content=str(httpx.QueryParams(form)).encode() if method == "POST" else None,
    )

    answer = await browser.client.send(request)

    assert answer.status_code < 500, (method, address, query, headers, answer.text[:300])
