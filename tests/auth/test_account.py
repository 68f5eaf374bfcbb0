import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Preference, Role, Theme, User
from app.auth.models import Session
from app.foundation.db import new_id
from tests.auth.conftest import PASSWORD, MakePerson
from tests.browser import Browser, another_browser, browser_of

BETTER = "nine herons over the marsh"


@pytest.fixture
async def alice(make_person: MakePerson) -> User:
    return await make_person("alice", email="alice@example.org")


async def change(browser: Browser, now: str = PASSWORD, new: str = BETTER) -> httpx.Response:
    return await browser.post(
        "/account/password", {"password_now": now, "password": new, "password_again": new}
    )


async def test_a_person_renames_themselves(
    browser: Browser, session: AsyncSession, alice: User
) -> None:
    answer = await browser.post("/account", {"name": "Alice  Liddell"})

    assert answer.headers["location"] == "/account"
    await session.refresh(alice)
    assert (alice.name, alice.name_key) == ("Alice Liddell", "alice liddell")


async def test_a_taken_name_is_said_beside_the_field(
    browser: Browser, make_person: MakePerson, session: AsyncSession, alice: User
) -> None:
    await make_person("Bob")

    answer = await browser.post("/account", {"name": "BOB"})

    assert answer.status_code == 422
    assert "has this name already" in answer.text
    assert 'value="BOB"' in answer.text
    await session.refresh(alice)
    assert alice.name == "alice"


@pytest.mark.parametrize("theme", list(Theme))
async def test_a_theme_is_chosen_and_kept(
    browser: Browser, session: AsyncSession, alice: User, theme: Theme
) -> None:
    answer = await browser.post("/account/theme", {"theme": theme.value, "next": "/account"})

    assert answer.headers["location"] == "/account"
    kept = await session.scalar(
        select(Preference.theme)
        .where(Preference.user_id == alice.id)
        .execution_options(populate_existing=True)
    )
    assert kept is theme
    shown = (await browser.get("/account")).text
    assert (f'data-theme="{theme.value}"' in shown) is (theme is not Theme.AUTO)


async def test_changing_the_password_ends_every_other_session_and_renews_this_one(
    browser: Browser, app: Litestar, session: AsyncSession, alice: User
) -> None:
    before = browser.client.cookies["bunko_session"]
    async with another_browser(app, session, alice) as other:
        answer = await change(browser)

        assert answer.headers["location"] == "/account"
        assert browser.client.cookies["bunko_session"] != before
        assert (await browser.get("/account")).status_code == 200
        assert (await other.get("/account")).status_code == 303
        assert (await other.post("/login", {"name": "alice", "password": BETTER})).status_code


async def test_SEC05_the_password_now_is_asked_for(
    browser: Browser, session: AsyncSession, alice: User
) -> None:
    before = alice.password_hash

    answer = await change(browser, now="not her password")

    assert answer.status_code == 422
    assert "This is not your password" in answer.text
    await session.refresh(alice)
    assert alice.password_hash == before


async def test_SEC06_a_common_new_password_is_refused(browser: Browser) -> None:
    answer = await change(browser, new="passwordpassword")

    assert answer.status_code == 422
    assert "tried first" in answer.text


async def test_SEC09_guessing_the_password_in_an_open_browser_is_throttled(
    browser: Browser,
) -> None:
    statuses = [(await change(browser, now=f"guess {n}")).status_code for n in range(7)]

    assert statuses[0] == 422
    assert statuses[-1] == 429


async def test_SEC24_sessions_are_listed_and_ended_one_by_one_or_all(
    browser: Browser, app: Litestar, session: AsyncSession, alice: User
) -> None:
    async with (
        another_browser(app, session, alice) as phone,
        another_browser(app, session, alice) as tablet,
        another_browser(app, session, alice) as reader,
    ):
        rows = (await session.scalars(select(Session).order_by(Session.id))).all()
        screen = (await browser.get("/account/sessions")).text
        assert screen.count("/remove") == len(rows) + 1

        await browser.post(f"/account/sessions/{rows[1].id}/remove")
        assert (await phone.get("/account")).status_code == 303
        assert (await tablet.get("/account")).status_code == 200
        await browser.post("/account/sessions/remove-others")

        assert (await tablet.get("/account")).status_code == 303
        assert (await reader.get("/account")).status_code == 303
        assert (await browser.get("/account")).status_code == 200


async def test_SEC31_nobody_ends_the_session_of_another(
    browser: Browser, app: Litestar, session: AsyncSession, make_person: MakePerson
) -> None:
    bob = await make_person("bob")
    async with another_browser(app, session, bob) as his:
        row = (await session.scalars(select(Session).where(Session.user_id == bob.id))).one()

        assert (await browser.post(f"/account/sessions/{row.id}/remove")).status_code == 404
        assert (await his.get("/account")).status_code == 200


class TestUsers:
    """The screens of an owner."""

    @pytest.fixture
    async def owner(self, client: httpx.AsyncClient, session: AsyncSession) -> Browser:
        from tests import factories

        return await browser_of(client, session, await factories.admin(session))

    async def test_an_owner_adds_someone_who_can_sign_in(
        self, owner: Browser, app: Litestar, session: AsyncSession
    ) -> None:
        data = {"name": "dora", "role": "manager", "age_limit": "16"}
        answer = await owner.post(
            "/admin/users", {**data, "password": PASSWORD, "password_again": PASSWORD}
        )

        dora = (await session.scalars(select(User).where(User.name == "dora"))).one()
        assert answer.headers["location"] == f"/admin/users/{dora.id}"
        assert (dora.role, dora.age_limit) == (Role.MANAGER, 16)
        async with another_browser(app, session, None) as hers:
            entered = await hers.post("/login", {"name": "dora", "password": PASSWORD})
            assert entered.status_code == 303

    async def test_a_taken_name_and_a_wrong_address_are_told_together(
        self, owner: Browser, make_person: MakePerson, session: AsyncSession, alice: User
    ) -> None:
        await make_person("Bob")

        wrong = {"name": "BOB", "email": "nonsense", "role": "reader"}
        answer = await owner.post(f"/admin/users/{alice.id}", wrong)

        assert answer.status_code == 422
        assert "has this name already" in answer.text
        assert "Write a mail address" in answer.text
        await session.refresh(alice)
        assert (alice.name, alice.email) == ("alice", "alice@example.org")

    async def test_SEC06_the_deny_list_holds_for_owners_too(self, owner: Browser) -> None:
        data = {"name": "dora", "role": "reader"}
        answer = await owner.post(
            "/admin/users",
            {**data, "password": "passwordpassword", "password_again": "passwordpassword"},
        )

        assert answer.status_code == 422

    async def test_SEC36_the_last_owner_cannot_be_disabled_or_demoted(
        self, owner: Browser, session: AsyncSession
    ) -> None:
        me = (await session.scalars(select(User))).one()

        assert (await owner.post(f"/admin/users/{me.id}/disable")).status_code == 409
        demoted = await owner.post(f"/admin/users/{me.id}", {"name": "admin", "role": "reader"})

        assert demoted.status_code == 422
        await session.refresh(me)
        assert (me.role, me.disabled_at) == (Role.OWNER, None)

    async def test_SEC24_another_role_ends_the_sessions_of_that_person(
        self, owner: Browser, app: Litestar, session: AsyncSession, alice: User
    ) -> None:
        async with another_browser(app, session, alice) as hers:
            await owner.post(f"/admin/users/{alice.id}", {"name": "alice", "role": "manager"})

            assert (await hers.get("/account")).status_code == 303

    async def test_a_reset_password_signs_out_and_opens_a_locked_account(
        self, owner: Browser, app: Litestar, session: AsyncSession, alice: User
    ) -> None:
        async with another_browser(app, session, alice) as hers:
            for _try in range(6):
                await hers.post("/login", {"name": "alice", "password": "wrong"})
            await owner.post(
                f"/admin/users/{alice.id}/password", {"password": BETTER, "password_again": BETTER}
            )

            assert (await hers.get("/account")).status_code == 303
            hers.client.cookies.clear()
            answer = await hers.post("/login", {"name": "alice", "password": BETTER})
            assert answer.status_code == 303

    async def test_disabling_asks_first_and_can_be_taken_back(
        self, owner: Browser, session: AsyncSession, alice: User
    ) -> None:
        asked = await owner.get(f"/admin/users/{alice.id}/disable")
        assert "progress is kept" in asked.text
        await owner.post(f"/admin/users/{alice.id}/disable")
        await session.refresh(alice)
        assert alice.disabled_at is not None

        await owner.post(f"/admin/users/{alice.id}/disable/remove")

        await session.refresh(alice)
        assert alice.disabled_at is None

    async def test_SEC01_readers_and_managers_do_not_see_people(
        self, app: Litestar, session: AsyncSession, make_person: MakePerson
    ) -> None:
        manager = await make_person("charlie", Role.MANAGER)
        async with another_browser(app, session, manager) as his:
            for path in ("", "/new", f"/{new_id()}", f"/{new_id()}/disable"):
                assert (await his.get(f"/admin/users{path}")).status_code == 403
            assert (await his.post("/admin/users", {"name": "eve"})).status_code == 403


async def test_look_and_language_are_chosen_in_one_form(browser: Browser) -> None:
    choice = {"theme": "sepia", "text_size": "130", "language": "de", "reduced_motion": "1"}

    answer = await browser.post("/account/looks", choice)

    assert answer.headers["location"] == "/account/looks"
    shown = (await browser.get("/account")).text
    assert (
        '<html lang="de" dir="ltr" data-theme="sepia" data-text="130" data-motion="reduced">'
        in shown
    )
    assert "Konto" in shown


@pytest.mark.parametrize(
    "wrong", [{"text_size": "1000"}, {"language": "tlh"}, {"theme": "plaid"}], ids=str
)
async def test_a_look_that_does_not_exist_is_refused_beside_its_field(
    browser: Browser, wrong: dict[str, str]
) -> None:
    answer = await browser.post("/account/looks", {"theme": "dark", "text_size": "100", **wrong})

    assert answer.status_code == 422
    assert f'id="f-{next(iter(wrong))}-wrong"' in answer.text
    assert "data-theme" not in answer.text


async def test_before_signing_in_the_browser_remembers_theme_and_language(
    anyone: Browser, alice: User
) -> None:
    answer = await anyone.post("/looks", {"theme": "dark", "language": "de", "next": "/login"})

    assert answer.headers["location"] == "/login"
    shown = (await anyone.get("/login")).text
    assert '<html lang="de" dir="ltr" data-theme="dark">' in shown
    assert "Anmelden" in shown


@pytest.mark.parametrize("cookie", ["plaid.tlh", "....", "", "x" * 3000, "dark"])
async def test_a_cookie_of_looks_that_makes_no_sense_is_as_good_as_none(
    anyone: Browser, alice: User, cookie: str
) -> None:
    anyone.client.cookies.set("bunko_looks", cookie)

    shown = await anyone.get("/login")

    assert shown.status_code == 200
    assert '<html lang="en"' in shown.text


async def test_the_screens_after_signing_out_look_as_before(browser: Browser) -> None:
    await browser.post("/account/looks", {"theme": "e-ink", "text_size": "100", "language": "de"})

    await browser.post("/logout", {})

    assert '<html lang="de" dir="ltr" data-theme="e-ink">' in (await browser.get("/login")).text


async def test_what_a_handler_says_is_said_in_the_language_of_the_person(browser: Browser) -> None:
    await browser.post("/account/looks", {"theme": "auto", "text_size": "100", "language": "de"})

    await browser.post("/account", {"name": "Alice"})

    assert "Gespeichert." in (await browser.get("/account")).text
