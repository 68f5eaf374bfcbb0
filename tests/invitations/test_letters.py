"""Invitations that go by mail."""

import httpx
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.queue.models import Job
from app.invitations.service import Invitations
from tests import factories
from tests.browser import another_browser, browser_of
from tests.invitations.test_invitations import NEWCOMER
from tests.mail_server import Post


async def test_an_invitation_goes_by_mail_and_its_link_stands_in_no_job(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, post: Post
) -> None:
    browser = await browser_of(client, session, await factories.admin(session))
    form = {"role": "reader", "email": "mira@example.org", "by_mail": "1"}

    answer = await browser.post("/admin/invitations/new", form)
    path = await post.last_path()
    async with another_browser(app, session, None) as stranger:
        came = await stranger.post(path, NEWCOMER)

    assert answer.headers["location"] == "/admin/invitations"
    assert came.status_code == 303
    assert (await session.scalars(select(User).where(User.name == "mira"))).one()
    secret = path.rpartition("/")[2]
    assert all(secret not in str(job.args) for job in await session.scalars(select(Job)))


async def test_a_letter_is_not_written_for_an_invitation_that_was_taken_back(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    browser = await browser_of(client, session, await factories.admin(session))
    await browser.post("/admin/invitations/new", {"role": "reader"})
    invitations = Invitations(session)
    [invitation] = await invitations.open_ones()
    await invitations.take_back(invitation.id)

    assert await invitations.new_secret(invitation.id) is None


async def test_without_a_mail_server_nothing_is_promised(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    browser = await browser_of(client, session, await factories.admin(session))

    screen = await browser.get("/admin/invitations/new")
    answer = await browser.post(
        "/admin/invitations/new", {"role": "reader", "by_mail": "1", "email": "a@example.org"}
    )

    assert "by_mail" not in screen.text
    assert answer.status_code == 422
