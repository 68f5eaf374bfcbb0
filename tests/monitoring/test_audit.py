"""What happened to accounts is written down once, changed by nobody, and shown to owners."""

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role, User
from app.auth.events import TITLES, By, SecurityEvent, What
from app.config import Settings
from app.events import publish
from app.foundation.db import new_id, now, session_maker
from app.foundation.queue import Run
from app.foundation.queue.models import Job, JobState
from app.foundation.web.settings import choose
from app.monitoring import audit_queries
from app.monitoring.audit import AuditRules, first_id_at, forget_before, moment_of
from app.monitoring.audit_export import harmless
from app.monitoring.audit_words import about_words
from app.monitoring.jobs import forget_audit_lines
from app.monitoring.models import AuditLine
from tests import factories
from tests.auth.conftest import PASSWORD
from tests.browser import Browser, browser_of
from tests.reading.counting import statements

TRAPS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


@pytest.fixture
async def owner(session: AsyncSession) -> User:
    return await factories.admin(session)


@pytest.fixture
async def browser(client: Any, session: AsyncSession, owner: User) -> Browser:
    return await browser_of(client, session, owner)


async def written(session: AsyncSession) -> list[AuditLine]:
    query = select(AuditLine).order_by(AuditLine.id)
    return list((await session.scalars(query.execution_options(populate_existing=True))).all())


async def happened(
    session: AsyncSession, what: What = What.SIGN_IN, subject: User | None = None, **more: Any
) -> None:
    about = more.pop("about", {})
    await publish(session, SecurityEvent(what, subject and subject.id, By(**more), about))
    await session.commit()


async def long_ago(session: AsyncSession, days: int, number: int = 1) -> None:
    moment = now() - timedelta(days=days)
    for step in range(number):
        line_id = first_id_at(moment + timedelta(milliseconds=step))
        values = {"person_id": None, "person_name": None, "subject_id": None, "subject_name": None}
        session.add(
            AuditLine(id=line_id, at=moment, what="sign_in.good", network="", device="", **values)
        )
    await session.commit()


def test_every_kind_has_words() -> None:
    assert set(TITLES) == set(What)


def test_an_id_says_when_it_was_made() -> None:
    line_id = new_id()

    assert abs(moment_of(line_id) - now()) < timedelta(seconds=1)
    assert first_id_at(moment_of(line_id)) <= line_id


async def test_SEC53_every_act_is_written_down_with_who_and_from_where(
    browser: Browser, session: AsyncSession, owner: User
) -> None:
    new = {"name": "alice", "role": "reader", "password": PASSWORD, "password_again": PASSWORD}
    await browser.post("/admin/users", new)
    alice = (await session.scalars(select(User).where(User.name == "alice"))).one()
    details = {"name": "alice", "role": "manager"}
    await browser.post(f"/admin/users/{alice.id}", details)
    await browser.post(f"/admin/users/{alice.id}/sees", {"age_limit": "12"})
    await browser.post(f"/admin/users/{alice.id}/disable")
    await browser.post(f"/admin/users/{alice.id}/disable/remove")
    await browser.post("/admin/settings/audit", {"keep_days": "30"})
    await browser.post("/logout")

    lines = await written(session)
    assert [line.what for line in lines] == [
        What.USER_CREATED,
        What.ROLE_CHANGED,
        What.LIMITS_CHANGED,
        What.USER_DISABLED,
        What.USER_ENABLED,
        What.SETTING_CHANGED,
        What.SIGN_OUT,
    ]
    assert {line.person_name for line in lines} == {"admin"}
    assert {line.network for line in lines} == {"127.0.0.1"}
    assert lines[1].subject_name == "alice"
    assert lines[1].about == {"role": "manager", "was": "reader"}


async def test_SEC53_a_refused_sign_in_is_kept_although_its_request_is_not(
    client: Any, session: AsyncSession, owner: User, capfd: pytest.CaptureFixture[str]
) -> None:
    browser = await browser_of(client, session, None)
    capfd.readouterr()
    for name in ("admin", "my password by mistake"):
        await browser.get("/login")
        answer = await browser.post("/login", {"name": name, "password": "not this one qzx"})
        assert answer.status_code == 422

    known, unknown = await written(session)
    assert known.what == unknown.what == What.SIGN_IN_FAILED
    assert (known.subject_id, known.subject_name, known.person_id) == (owner.id, "admin", None)
    assert (unknown.subject_id, unknown.subject_name) == (None, None)
    assert "mistake" not in str(unknown.about) + unknown.device
    said = capfd.readouterr().err
    assert said.count("sign-in refused") == 2
    assert "address=127.0.0.1" in said
    assert "mistake" not in said and "qzx" not in said


@pytest.mark.parametrize(
    "change",
    [
        update(AuditLine).values(what="sign_in.good"),
        delete(AuditLine),
        text("TRUNCATE audit_line"),
    ],
)
async def test_SEC53_the_database_refuses_to_change_a_line(
    session: AsyncSession, owner: User, browser: Browser, change: Any
) -> None:
    await happened(session, What.SIGN_IN_FAILED)
    await session.execute(text("SET LOCAL bunko.forgets_audit = 'yes'"))

    with pytest.raises(DBAPIError, match="never changed"):
        await session.execute(change)
    await session.rollback()

    assert [line.what for line in await written(session)] == [What.SIGN_IN_FAILED]


async def test_SEC53_old_lines_go_with_the_retention_job_alone(
    session: AsyncSession, browser: Browser
) -> None:
    await long_ago(session, days=200)

    with pytest.raises(DBAPIError, match="never changed"):
        await session.execute(delete(AuditLine))
    await session.rollback()

    assert await forget_before(session, now() - timedelta(days=180)) == 1
    assert await written(session) == []


async def test_the_job_keeps_lines_as_long_as_the_owners_chose(
    session: AsyncSession, browser: Browser, engine: AsyncEngine, settings: Settings
) -> None:
    for days in (8, 31, 400):
        await long_ago(session, days)
    await choose(session, AuditRules(keep_days=30))
    me = Job(kind="forget_audit_lines", state=JobState.RUNNING, fence=1)
    session.add(me)
    await session.commit()
    run = Run(
        job_id=me.id,
        kind=me.kind,
        fence=1,
        attempt=1,
        session_maker=session_maker(engine),
        settings=settings,
    )

    await forget_audit_lines.function(run)

    assert [round((now() - line.at).days) for line in await written(session)] == [8]


async def test_who_is_deleted_later_stands_there_as_they_were_called(
    session: AsyncSession, browser: Browser
) -> None:
    gone = await factories.bob(session)
    await happened(session, What.PASSWORD_CHANGED, gone, person=gone.id)
    await session.delete(await session.get_one(User, gone.id))
    await session.commit()

    screen = (await browser.get("/admin/audit?person=bob")).text

    assert "Password changed" in screen and "bob" in screen


async def test_the_screen_shows_what_is_asked_for(
    session: AsyncSession, browser: Browser, owner: User
) -> None:
    alice = await factories.alice(session)
    await happened(session, What.SIGN_IN, alice, person=alice.id, network="192.0.2.7")
    await happened(session, What.ROLE_CHANGED, alice, person=owner.id, about={"role": "manager"})
    await happened(session, What.SIGN_IN_FAILED, None, network="2001:db8:1:2::/64")
    today = f"{now():%Y-%m-%d}"
    tomorrow = f"{now() + timedelta(days=1):%Y-%m-%d}"

    async def shown(query: str) -> set[str]:
        screen = (await browser.get(f"/admin/audit?{query}")).text
        table = screen.partition("<tbody>")[2]
        return {word for word in ("Signed in", "Role changed", "Sign-in refused") if word in table}

    everything = {"Signed in", "Role changed", "Sign-in refused"}
    assert await shown("") == everything
    assert await shown("kind=user.role") == {"Role changed"}
    assert await shown("person=ALICE") == {"Signed in", "Role changed"}
    assert await shown("person=admin") == {"Role changed"}
    assert await shown("person=nobody") == set()
    assert await shown("network=192.0.2.7") == {"Signed in"}
    assert await shown("network=2001:db8:1:2:3::4") == {"Sign-in refused"}
    assert await shown(f"since={today}&until={today}") == everything
    assert await shown(f"since={tomorrow}") == await shown("until=2020-01-01") == set()
    assert "Role: Manager" in (await browser.get("/admin/audit")).text


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=0001-01-01",
        "until=9999-12-31",
        "until=2026-02-30",
        "kind=nonsense",
    ],
)
async def test_what_cannot_be_looked_for_is_said_beside_the_field(
    browser: Browser, query: str
) -> None:
    answer = await browser.get(f"/admin/audit?{query}")

    assert answer.status_code == 422
    assert query.partition("=")[2] in answer.text or "kind" in query
    assert 'class="wrong"' in answer.text
    assert (await browser.get(f"/admin/audit/export?{query}")).status_code == 404


def test_how_somebody_came_in_is_told_in_words() -> None:
    alone = about_words({"way": "password", "second": None})
    both = about_words({"way": "provider", "second": "backup code"})

    assert (alone, both) == ("By: Password", "By: Single sign-on · Second step: Backup code")


async def test_the_list_goes_on_without_a_gap_and_asks_the_same_few_questions(
    app: Litestar, session: AsyncSession, browser: Browser
) -> None:
    await long_ago(session, days=9, number=2 * audit_queries.SHOWN + 3)
    href, seen, asked = "/admin/audit?kind=sign_in.good", 0, []
    while href:
        with statements(app.state.engine) as said:
            screen = (await browser.get(href)).text
        asked.append(len(said))
        seen += screen.partition("<tbody>")[2].count("<tr>")
        _, found, rest = screen.partition('rel="next" href="')
        href = rest.partition('"')[0].replace("&amp;", "&") if found else ""
        assert not href or parse_qs(urlsplit(href).query)["kind"] == ["sign_in.good"]

    assert seen == 2 * audit_queries.SHOWN + 3
    assert len(asked) == 3 and max(asked) <= 5 and len(set(asked[1:])) == 1


async def test_an_export_has_every_line_and_no_formula(
    session: AsyncSession, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_queries, "EXPORTED_AT_ONCE", 2)
    trap = await factories.person(session, "=cmd|' /C calc'!A0")
    for device in TRAPS:
        await happened(session, What.SIGN_IN, trap, device=device, about={"=section": "=1"})

    answer = await browser.get("/admin/audit/export?kind=sign_in.good")

    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(TRAPS)
    assert not [cell for row in rows for cell in row if cell.startswith(tuple("=+-@\t\r"))]

    lines = (await browser.get("/admin/audit/export?form=jsonl")).content.splitlines()
    assert [msgspec.json.decode(line)["subject"] for line in lines] == [trap.name] * len(TRAPS)


@pytest.mark.parametrize("cell", TRAPS)
def test_a_cell_is_no_formula(cell: str) -> None:
    assert harmless(cell).startswith("'")


async def test_readers_and_managers_see_nothing_of_it(client: Any, session: AsyncSession) -> None:
    await factories.admin(session)
    browser = await browser_of(client, session, await factories.person(session, "m", Role.MANAGER))

    for path in ("/admin/audit", "/admin/audit/export"):
        assert (await browser.get(path)).status_code == 403


async def test_a_rolled_back_act_leaves_no_line(session: AsyncSession, browser: Browser) -> None:
    await publish(session, SecurityEvent(What.SIGN_OUT))
    await session.rollback()

    assert await session.scalar(select(func.count()).select_from(AuditLine)) == 0
