"""`/admin/settings/mail`: the test mail shows what the server really said."""

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role
from app.foundation.db.setting_store import load
from app.foundation.mail.settings import MailChoice
from tests import factories
from tests.browser import Browser, browser_of
from tests.mail_server import Post, mail_server, posting

SCREEN = "/admin/settings/mail"


@pytest.fixture
async def post(app: Litestar, engine: AsyncEngine):
    async with posting(app, engine) as post:
        yield post


@pytest.fixture
async def owner(client: httpx.AsyncClient, session: AsyncSession) -> Browser:
    person = await factories.person(session, "ann", Role.OWNER, email="ann@example.org")
    return await browser_of(client, session, person)


async def test_it_says_where_mail_goes_and_never_the_password(
    owner: Browser, app: Litestar, post: Post
) -> None:
    url = "smtp+starttls://me%40example.org:s3cret-word@mail.example.org"
    app.state.settings = msgspec.structs.replace(post.settings, smtp_url=url)

    screen = (await owner.get(SCREEN)).text

    for word in (
        "mail.example.org",
        "587",
        "STARTTLS",
        "me@example.org",
        'value="ann@example.org"',
    ):
        assert word in screen, word
    assert "s3cret-word" not in screen
    assert SCREEN in (await owner.get("/admin/settings")).text


async def test_without_a_server_it_says_what_to_set(owner: Browser) -> None:
    screen = (await owner.get(SCREEN)).text
    answer = await owner.post(f"{SCREEN}/test", {"to": "ann@example.org"})

    assert "BUNKO_SMTP_URL" in screen and "Send a test mail" not in screen
    assert answer.status_code == 409


async def test_a_test_mail_is_answered_with_the_words_of_the_server(
    owner: Browser, session: AsyncSession, post: Post
) -> None:
    await owner.post(SCREEN, {"from_name": "Our library", "from_address": "books@example.org"})
    answer = await owner.post(f"{SCREEN}/test", {"to": "ann@example.org"})

    assert answer.headers["location"] == SCREEN
    assert "2.0.0 Ok: queued as QZ7" in (await owner.get(SCREEN)).text
    assert post.server.letters[0]["from"] == "Our library <books@example.org>"
    assert await load(session, MailChoice) == MailChoice(
        from_name="Our library", from_address="books@example.org"
    )


async def test_a_refusal_is_shown_in_plain_words_and_in_the_servers(
    owner: Browser, post: Post
) -> None:
    post.server.refusal = "550 5.7.1 <b>Relaying</b> denied"

    answer = await owner.post(f"{SCREEN}/test", {"to": "ann@example.org"})

    assert answer.status_code == 422
    assert "does not take mail for this address" in answer.text
    assert "550 5.7.1 &lt;b&gt;Relaying&lt;/b&gt; denied" in answer.text


async def test_a_password_that_can_be_overheard_and_missing_links_are_pointed_out(
    owner: Browser, app: Litestar, post: Post
) -> None:
    url = "smtp://me:word@mail.example.org"
    app.state.settings = msgspec.structs.replace(post.settings, smtp_url=url, public_url=None)

    screen = (await owner.get(SCREEN)).text

    assert "can be overheard" in screen
    assert "Letters hold no links" in screen


@pytest.mark.parametrize("path", [SCREEN, f"{SCREEN}/test"])
async def test_wrong_addresses_are_said_beside_the_field(
    owner: Browser, post: Post, path: str
) -> None:
    field = "to" if path.endswith("test") else "from_address"
    form = {"to": "nonsense"} if field == "to" else {"from_name": "x", field: "nonsense"}

    answer = await owner.post(path, form)

    assert answer.status_code == 422
    assert f'id="f-{field}-wrong"' in answer.text
    assert 'value="nonsense"' in answer.text


async def test_a_server_that_wants_a_password_says_so(
    owner: Browser, app: Litestar, post: Post
) -> None:
    with pytest.warns(UserWarning, match="Requiring AUTH"):
        async with mail_server(auth_required=True, auth_require_tls=False) as server:
            url = f"smtp://127.0.0.1:{server.port}"
            app.state.settings = msgspec.structs.replace(post.settings, smtp_url=url)
            answer = await owner.post(f"{SCREEN}/test", {"to": "ann@example.org"})

    assert answer.status_code == 422
    assert "530 5.7.0" in answer.text
