"""What belongs to others is in no answer, whatever is asked (requirements 3, 23, 32, 52)."""

from urllib.parse import quote, urlsplit

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role, User
from app.auth.setup import DONE_FILE, TOKEN_FILE, setup_link
from app.config import Settings
from app.foundation.valkey.local_cache import LocalCache
from app.library.models import Access, HiddenTag
from tests.browser import Browser
from tests.conftest import SECRET_KEY
from tests.security.crawling import crawl
from tests.security.matrix import MATRIX
from tests.security.routes import filled
from tests.security.world import OF_SERIES, PAGE_MARK, World, leaks

DOWNLOADS = ("application/zip", "application/vnd.comicbook+zip")
GUESSES = ("", "?q={w}&search={w}&tag={w}&sort=updated&letter=c&state=unread&page=2&view=list")


def _addresses(world: World) -> list[str]:
    """Every GET of the app with every id, and what a search would be asked."""
    found = []
    for line, row in MATRIX.items():
        method, _, path = line.partition(" ")
        if method == "GET" and not row.stream:
            for ids in (world.ids, world.open_ids):
                word = OF_SERIES["title"][:6]
                found += [filled(path, ids) + query.format(w=word) for query in GUESSES]
    return sorted(set(found))


# By day one who knows the library and one who does not: what the two others, too, are shown at each
# address is seen in the matrix.
@pytest.mark.parametrize(
    ("name", "knows"),
    [
        ("stranger", False),
        ("hidden", True),
        pytest.param("young", True, marks=pytest.mark.night),
        pytest.param("outside", False, marks=pytest.mark.night),
    ],
)
async def test_SEC32_what_is_secret_reaches_nobody_who_may_not_see_it(
    world: World, name: str, knows: bool
) -> None:
    visited = 0
    async for path, answer in crawl(world.browsers[name], ["/", *_addresses(world)]):
        assert answer.status_code < 500, path
        assert leaks(answer, library_is_known=knows) == [], (name, path)
        visited += 1

    assert visited > 50


async def test_SEC32_the_same_crawl_finds_all_of_it_for_those_who_may(world: World) -> None:
    """Without this the test above might look for what is never shown to anybody."""
    found: set[str] = set()
    async for _path, answer in crawl(world.browsers["owner"], ["/", *_addresses(world)]):
        found |= set(leaks(answer))

    shown = set(OF_SERIES.values()) - {OF_SERIES["folder"], OF_SERIES["file"]}
    assert shown - found == set()
    assert {"count", "page"} <= found


async def test_SEC03_images_are_kept_by_one_browser_only_and_screens_by_none(world: World) -> None:
    reader, stranger = world.browsers["reader"], world.browsers["stranger"]
    images = 0
    async for path, answer in crawl(reader, [*_addresses(world)]):
        kept = answer.headers["cache-control"]
        if path.partition("?")[0] in ("/healthz", "/readyz", "/static"):
            continue
        assert "private" in kept and "public" not in kept and "s-maxage" not in kept, path
        is_file = answer.headers.get("content-type", "").startswith(("image/", *DOWNLOADS))
        if is_file and "no-store" not in kept:
            images += 1
            etag = answer.headers["etag"]
            again = await reader.get(path, headers={"if-none-match": etag})
            assert (again.status_code, again.content) == (304, b""), path
            assert "private" in again.headers["cache-control"]
            if "secret" in path or PAGE_MARK in answer.content:
                passed_on = await stranger.get(path, headers={"if-none-match": etag})
                assert passed_on.status_code == 404, path
        else:
            assert kept == "private, no-store", path
    assert images >= 5


async def _lose_access(session: AsyncSession, world: World) -> None:
    await session.execute(delete(Access).where(Access.user_id == world.people["reader"].id))


async def _grow_young(session: AsyncSession, world: World) -> None:
    await session.execute(
        update(User).where(User.id == world.people["reader"].id).values(age_limit=12)
    )


async def _hide_the_tag(session: AsyncSession, world: World) -> None:
    session.add(HiddenTag(user_id=world.people["reader"].id, tag_id=world.tag_id))


async def _disable(session: AsyncSession, world: World) -> None:
    await session.execute(
        update(User).where(User.id == world.people["reader"].id).values(disabled_at=text("now()"))
    )


@pytest.mark.parametrize("lose", [_lose_access, _grow_young, _hide_the_tag, _disable])
async def test_SEC23_a_right_that_is_taken_away_ends_at_once_for_screens_and_in_2_s_for_images(
    world: World, session: AsyncSession, monkeypatch: pytest.MonkeyPatch, lose: object
) -> None:
    reader, chapter = world.browsers["reader"], world.secret_chapters[0].id
    screens = [f"/series/{world.secret_series.id}", f"/read/{chapter}", f"/read/{chapter}/end"]
    images = [
        f"/chapters/{chapter}/pages/1",
        f"/chapters/{chapter}/cover",
        f"/series/{world.secret_series.id}/cover",
    ]
    for path in screens + images:
        assert (await reader.get(path)).status_code == 200, path

    await lose(session, world)  # type: ignore[operator]
    await session.commit()

    for path in screens:
        answer = await reader.get(path)
        assert answer.status_code in (303, 404), path
        assert leaks(answer, library_is_known=True) == [], path
    _two_seconds_pass(monkeypatch)
    for path in images:
        answer = await reader.get(path)
        assert answer.status_code in (303, 404) and PAGE_MARK not in answer.content, path


async def test_SEC23_who_is_demoted_administers_nothing_with_the_next_request(
    world: World, session: AsyncSession
) -> None:
    owner = world.browsers["owner"]
    assert (await owner.get("/admin/users")).status_code == 200

    await session.execute(
        update(User).where(User.id == world.people["owner"].id).values(role=Role.READER)
    )
    await session.commit()

    assert (await owner.get("/admin/users")).status_code == 403
    answer = await owner.post(f"/admin/libraries/{world.secret.id}/remove")
    assert answer.status_code == 403


def _two_seconds_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    for cache in LocalCache._all:
        later = cache.clock
        monkeypatch.setattr(cache, "clock", lambda later=later: later() + 2.001)


async def test_SEC52_no_secret_is_in_an_answer_a_log_or_a_job(
    world: World,
    engine: AsyncEngine,
    capfd: pytest.CaptureFixture[str],
) -> None:
    owner = world.browsers["owner"]
    password = "canary password qzx"
    secrets = [
        SECRET_KEY.decode(),
        password,
        quote(password),
        owner.secret or "",
        "canary-code-qzx",
    ]
    assert all(len(secret) > 12 for secret in secrets)
    said = []
    for line, row in MATRIX.items():
        method, _, path = line.partition(" ")
        address = filled(path, world.ids)
        if row.stream or row.is_last:
            continue
        if method == "GET":
            answer = await owner.get(f"{address}?code=canary-code-qzx")
        else:
            form = dict(row.form(world)) if row.form else {}
            form |= {field: password for field in form if field.startswith("password")}
            answer = await owner.post(address, {**form, "unknown": "x" * 5000})
        if address != "/setup":
            said.append(answer.text + str(answer.headers))
    async with engine.connect() as connection:
        said.append(str((await connection.execute(text("SELECT * FROM job"))).all()))
        audit = str((await connection.execute(text("SELECT * FROM audit_line"))).all())
    assert "user.enabled" in audit
    said.append(audit)
    out, err = capfd.readouterr()

    for secret in secrets:
        assert secret not in out + err
        assert [one for one in said if secret in one] == []
    assert "request" in err


async def test_SEC52_the_setup_code_is_in_no_log(
    app: Litestar,
    client: httpx.AsyncClient,
    session: AsyncSession,
    settings: Settings,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in (DONE_FILE, TOKEN_FILE):
        (settings.data_dir / name).unlink(missing_ok=True)
    link = await setup_link(settings, session)
    await session.commit()
    assert link is not None
    query = urlsplit(link).query
    code = query.partition("=")[2]
    assert len(code) > 15
    capfd.readouterr()

    await client.get(f"/setup?{query}")
    wrong = {"code": code, "name": "x", "password": "short", "password_again": "other"}
    await Browser(client, app, None).post("/setup", wrong)
    await client.get(f"/nowhere?{query}")
    out, err = capfd.readouterr()

    assert "path=/setup" in err
    assert code not in out + err
