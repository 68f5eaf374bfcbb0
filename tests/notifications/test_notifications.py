"""People are told what happened while they were away, and only what is theirs to know."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import Role
from app.foundation.db import now
from app.foundation.mail import post
from app.foundation.mail.letters import Recipient
from app.foundation.queue.models import Job
from app.foundation.web.i18n import lazy_gettext
from app.notifications import service
from app.notifications.letters import write_notification
from app.notifications.models import Kind, Notification
from app.notifications.queries import by_mail
from app.notifications.service import choose_mail, forget_old, notify, those_who_manage
from tests import factories as make
from tests.browser import browser_of
from tests.reading.counting import statements

TITLE = lazy_gettext("Remove “%(name)s”?", name="100 % Lantern")


async def tell(session, *people, kind=Kind.DOWNLOAD, words=TITLE, **more):
    await notify(session, [person.id for person in people], kind, words, **more)
    await session.commit()


@pytest.fixture
async def alice(session):
    return await make.alice(session)


async def test_a_line_is_told_in_the_language_of_who_reads_it(client, session, alice):
    await tell(session, alice, detail="There is no such series.", link="/lists")
    browser = await browser_of(client, session, alice)

    english = (await browser.get("/notifications")).text
    german = (await browser.get("/notifications", headers={"Accept-Language": "de"})).text

    assert "Remove “100 % Lantern”?" in english and "There is no such series." in english
    assert "„100 % Lantern“" in german and "There is no such series." not in german


async def test_the_number_of_new_ones_stands_on_every_screen_until_they_are_read(
    client, session, alice
):
    await tell(session, alice)
    await tell(session, alice)
    browser = await browser_of(client, session, alice)
    assert "2 new notifications" in (await browser.get("/lists")).text

    answer = await browser.post("/notifications/read")

    assert (answer.status_code, answer.headers["location"]) == (303, "/notifications")
    assert "new notification" not in (await browser.get("/lists")).text


@pytest.mark.parametrize("htmx", [False, True])
async def test_one_line_is_marked_as_read(client, session, alice, htmx):
    await tell(session, alice)
    line = await session.scalar(select(Notification))
    browser = await browser_of(client, session, alice)

    answer = await browser.post(f"/notifications/{line.id}/read", htmx=htmx)

    assert answer.status_code == (200 if htmx else 303)
    assert not htmx or ("<li" in answer.text and "Mark as read" not in answer.text)
    assert "Mark as read" not in (await browser.get("/notifications")).text


async def test_opening_a_line_leads_to_what_it_is_about_and_marks_it_as_read(
    client, session, alice
):
    await tell(session, alice, link="/lists")
    line = await session.scalar(select(Notification))
    browser = await browser_of(client, session, alice)

    answer = await browser.post(f"/notifications/{line.id}/open")

    assert answer.headers["location"] == "/lists"
    await session.refresh(line)
    assert line.read_at is not None


async def test_the_lines_of_others_are_not_there(client, session, alice):
    bob = await make.bob(session)
    await tell(session, bob)
    line = await session.scalar(select(Notification))
    browser = await browser_of(client, session, alice)

    assert "Lantern" not in (await browser.get("/notifications")).text
    for act in ("read", "open"):
        assert (await browser.post(f"/notifications/{line.id}/{act}")).status_code == 404


async def test_a_line_about_a_series_is_seen_only_by_who_may_see_the_series(client, session, alice):
    shelf = await make.library(session)
    series = await make.series(session, shelf)
    await tell(session, alice, series_id=series.id)
    browser = await browser_of(client, session, alice)
    assert "Lantern" not in (await browser.get("/notifications")).text

    await make.let_in(session, alice, shelf)

    assert "Lantern" in (await browser.get("/notifications")).text


async def test_while_one_line_is_unread_the_next_about_the_same_takes_its_place(session, alice):
    await tell(session, alice, about="one")
    await tell(session, alice, about="one", words=lazy_gettext("Saved."))
    await tell(session, alice, about="other")
    lines = (await session.scalars(select(Notification.sentence))).all()
    assert sorted(lines) == [TITLE.message, "Saved."]

    await service.mark_all_read(session, alice)
    await tell(session, alice, about="one")

    assert await session.scalar(select(func.count(Notification.id))) == 3


async def test_those_who_manage_are_owners_and_managers_who_may_come_in(session, alice):
    owner, manager = await make.admin(session), await make.charlie(session)
    await make.person(session, "gone", Role.OWNER, disabled_at=now())

    assert set(await those_who_manage(session)) == {owner.id, manager.id}


async def test_a_long_inbox_goes_on_page_by_page_with_the_same_few_questions(
    client, session, alice, app
):
    for _number in range(100):
        await notify(session, [alice.id], Kind.DOWNLOAD, TITLE)
    await session.commit()
    browser = await browser_of(client, session, alice)
    seen, asked, href = 0, [], "/notifications"
    while href:
        with statements(app.state.engine) as said:
            screen = (await browser.get(href)).text
        asked.append(len(said))
        seen += screen.count('class="told"')
        href = screen.partition('class="btn btn-big" href="')[2].partition('"')[0]

    assert seen == 100
    assert len(asked) == 3 and max(asked) <= 5


async def test_letters_go_to_those_who_chose_them(client, session, alice, monkeypatch):
    monkeypatch.setattr(post, "_is_open", True)
    bob = await make.bob(session)
    browser = await browser_of(client, session, alice)

    await browser.post("/notifications/mail", {"kinds": ["download", "release"]})
    await tell(session, alice, bob)
    await tell(session, alice, kind=Kind.PROVIDER)

    job = (await session.scalars(select(Job))).one()
    assert job.args["to"] == str(alice.id)
    assert 'value="download" checked' in (await browser.get("/notifications/mail")).text


async def test_what_was_read_meanwhile_needs_no_letter(session, alice):
    await tell(session, alice, link="/lists")
    line = await session.scalar(select(Notification))
    to = Recipient(alice.id, "alice", "alice@example.org")
    letter = await write_notification.write(session, to, line_id=line.id)
    assert letter["sentence"] == "Remove “100 % Lantern”?" and letter["path"] == "/lists"

    await service.mark_read(session, alice, line.id)
    await session.flush()

    assert await write_notification.write(session, to, line_id=line.id) is None


async def test_only_what_is_old_is_forgotten(session, alice):
    for age, read in [(10, 10), (40, 5), (40, 31), (40, None), (200, None)]:
        await notify(session, [alice.id], Kind.DOWNLOAD, TITLE)
        newest = select(func.max(Notification.at)).scalar_subquery()
        await session.execute(
            update(Notification)
            .where(Notification.at == newest)
            .values(
                at=now() - timedelta(days=age),
                read_at=now() - timedelta(days=read) if read is not None else None,
            )
        )

    assert await forget_old(session, now()) == 2
    assert await session.scalar(select(func.count(Notification.id))) == 3


async def test_kinds_that_do_not_exist_are_refused(client, session, alice):
    browser = await browser_of(client, session, alice)

    answer = await browser.post("/notifications/mail", {"kinds": "nonsense"})

    assert answer.status_code == 422
    assert "summary" in answer.text


async def test_choosing_no_letters_ends_them(session, alice):
    await choose_mail(session, alice, [Kind.RELEASE])

    await choose_mail(session, alice, [])

    assert await by_mail(session, alice) == set()
