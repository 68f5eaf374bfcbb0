"""The screens of providers: owners set them up, those who manage see how they are and test them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.foundation.db import now
from app.foundation.queue.models import Job
from app.monitoring.models import AuditLine
from app.providers import opening
from app.providers.base import Capability
from app.providers.models import Health, Provider, ProviderCheck, ProviderHour, Way
from app.providers.service import record
from tests import factories as make
from tests.browser import browser_of
from tests.reading.counting import statements

LIST = "/admin/providers"
KOMGA = {"driver": "komga", "name": "Home", "option_url": "http://nas.lan:25600"}


@pytest.fixture
async def owner(client, session):
    return await browser_of(client, session, await make.admin(session))


@pytest.fixture
async def manager(client, session):
    return await browser_of(client, session, await make.charlie(session))


async def a_provider(session, name="Tidepool", **more) -> Provider:
    return await make.add(session, Provider(name=name, driver="mangadex", **more))


async def only(session) -> Provider:
    return (await session.scalars(select(Provider))).one()


async def test_the_kinds_of_providers_are_offered_with_every_option_of_theirs(owner):
    assert "?driver=komga" in (await owner.get(f"{LIST}/new")).text

    screen = (await owner.get(f"{LIST}/new", params={"driver": "mangadex"})).text

    for name in ("api", "uploads", "report", "site", "data_saver", "requests_per_second"):
        assert f'name="option_{name}"' in screen
    assert 'value="https://api.mangadex.org"' in screen
    assert "Address for reports" in screen


async def test_an_owner_adds_a_provider_at_home(owner, session, app):
    form = KOMGA | {
        "option_api_key": "open sesame",
        "allowed": "nas.lan:25600",
        "languages": "en, ja",
    }

    answer = await owner.post(f"{LIST}/new", form)

    provider = await only(session)
    assert answer.headers["location"] == f"{LIST}/{provider.id}"
    assert (provider.allowed, provider.languages) == (["nas.lan:25600"], ["en", "ja"])
    assert opening.opened().secrets(provider) == {"api_key": "open sesame"}
    line = (
        await session.scalars(select(AuditLine).where(AuditLine.what == "provider.added"))
    ).one()
    assert line.about == {"provider": "Home", "driver": "komga"}


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"name": ""}, "name", "Give the provider a name."),
        ({"option_url": ""}, "option_url", "Fill this in."),
        ({"option_url": "javascript:alert(1)"}, "option_url", "Write an address"),
        ({"option_url": "http://name:secret@nas.lan"}, "option_url", "Write an address"),
        ({"allowed": "nas.lan"}, "", "is not a host and a port"),
    ],
)
async def test_SEC49_what_is_wrong_is_said_and_what_was_typed_is_kept(
    owner, session, change, field, said
):
    answer = await owner.post(f"{LIST}/new", KOMGA | change)

    assert answer.status_code == 422
    assert said in answer.text and (not field or f'href="#f-{field}"' in answer.text)
    assert "name" in change or 'value="Home"' in answer.text
    assert await session.scalar(select(func.count(Provider.id))) == 0


async def test_a_secret_is_never_shown_again_and_stays_until_another_is_typed(owner, session):
    await owner.post(f"{LIST}/new", KOMGA | {"option_password": "open sesame"})
    provider = await only(session)
    path = f"{LIST}/{provider.id}/edit"
    assert "sesame" not in (await owner.get(path)).text

    await owner.post(path, KOMGA | {"name": "House"})
    await session.refresh(provider)
    assert provider.name == "House"
    assert opening.opened().secrets(provider) == {"password": "open sesame"}

    await owner.post(path, KOMGA | {"forget_option_password": "1"})
    await session.refresh(provider)
    assert provider.sealed is None


@pytest.mark.parametrize("elsewhere", ["http://mallory.lan:25600", "https://nas.lan:25600"])
async def test_SEC14_a_secret_does_not_go_along_to_another_host(owner, session, elsewhere):
    await owner.post(f"{LIST}/new", KOMGA | {"option_password": "open sesame"})
    path = f"{LIST}/{(await only(session)).id}/edit"
    moved = KOMGA | {"option_url": elsewhere}

    refused = await owner.post(path, moved)

    assert refused.status_code == 422 and 'href="#f-option_password"' in refused.text
    assert (await only(session)).options == {"url": KOMGA["option_url"]}
    retyped = await owner.post(path, moved | {"option_password": "open barley"})
    assert retyped.status_code == 303
    provider = await only(session)
    await session.refresh(provider)
    assert opening.opened().secrets(provider) == {"password": "open barley"}


async def test_owners_put_providers_into_an_order(owner, session):
    for name in ("First", "Second", "Third"):
        await owner.post(f"{LIST}/new", {"driver": "mangadex", "name": name})
    third = await session.scalar(select(Provider).where(Provider.name == "Third"))

    answer = await owner.post(f"{LIST}/{third.id}/up")
    moved = await owner.post(f"{LIST}/{third.id}/up", htmx=True)
    await owner.post(f"{LIST}/{third.id}/up")

    assert answer.headers["location"] == LIST and "<html" not in moved.text
    names = await session.scalars(select(Provider.name).order_by(Provider.priority.desc()))
    assert names.all() == ["Third", "First", "Second"]
    screen = (await owner.get(LIST)).text
    assert screen.index("Third") < screen.index("First") < screen.index("Second")


@pytest.mark.parametrize("act", ["new", "edit", "remove"])
async def test_SEC14_who_changes_hosts_shows_first_who_they_are(owner, session, act, engine):
    from app.auth.models import Session

    provider = await a_provider(session)
    await session.execute(Session.__table__.update().values(proved_at=now() - timedelta(hours=1)))
    await session.commit()

    path = f"{LIST}/new" if act == "new" else f"{LIST}/{provider.id}/{act}"
    answer = await owner.post(path, KOMGA)

    assert answer.status_code == 303 and answer.headers["location"].startswith("/account/prove")
    assert await session.scalar(select(func.count(Provider.id))) == 1


async def test_removing_asks_first_and_says_what_stays(owner, session):
    provider = await a_provider(session)

    asked = (await owner.get(f"{LIST}/{provider.id}/remove")).text
    await owner.post(f"{LIST}/{provider.id}/remove")

    assert "stay on disk" in asked and "No series is followed there" in asked
    assert await session.scalar(select(func.count(Provider.id))) == 0


@pytest.mark.parametrize("htmx", [False, True])
async def test_a_manager_pauses_and_resumes(manager, session, htmx):
    provider = await a_provider(session)

    paused = await manager.post(f"{LIST}/{provider.id}/pause", htmx=htmx)
    await session.refresh(provider)
    assert provider.paused_at is not None
    assert paused.status_code == 200 and "Resume" in paused.text if htmx else 303

    await manager.post(f"{LIST}/{provider.id}/pause/remove", htmx=htmx)
    await session.refresh(provider)
    assert provider.paused_at is None


async def test_a_test_is_asked_of_the_worker_and_seen_on_the_screen(manager, session):
    provider = await a_provider(session)

    answer = await manager.post(f"{LIST}/{provider.id}/test")

    assert answer.headers["location"] == f"{LIST}/{provider.id}"
    job = (await session.scalars(select(Job))).one()
    assert (job.kind, job.key) == ("test_provider", str(provider.id))
    assert "It is being asked" in (await manager.get(f"{LIST}/{provider.id}")).text


async def test_the_list_says_how_each_is_since_when_and_why(manager, session):
    reason = "It answers slowly."
    await a_provider(session, "Slow one", health=Health.DEGRADED, health_reason=reason)
    await a_provider(session, "Tired one", paused_at=now())

    screen = (await manager.get(LIST)).text

    assert "one struggling, one paused" in screen
    assert reason in screen and "Paused" in screen
    assert 'role="img"' in screen and "Not asked within 24 hours." in screen
    assert "Add a provider" not in screen, "that is for owners"


async def test_the_last_answers_stand_with_their_time(manager, session):
    provider = await a_provider(session, checked_at=now())
    await record(session, provider.id, Capability.SEARCH, True, 320, "24", way=Way.CHECK)
    await record(session, provider.id, Capability.PAGES, False, 80, "It broke off.", way=Way.CHECK)
    provider.checked_at = now()
    await session.commit()

    screen = (await manager.get(f"{LIST}/{provider.id}")).text

    assert "Finds 24 series." in screen and "0.3 s" in screen and "It broke off." in screen


async def test_two_hundred_providers_are_shown_with_a_handful_of_questions(manager, session, app):
    hour = now().replace(minute=0, second=0, microsecond=0)
    for number in range(200):
        provider = Provider(name=f"Number {number}", driver="mangadex")
        session.add(provider)
        await session.flush()
        session.add_all(
            ProviderHour(
                provider_id=provider.id, hour=hour - timedelta(hours=h), good=3, bad=h % 2, ms=900
            )
            for h in range(24)
        )
    await session.commit()

    with statements(app.state.engine) as said:
        screen = (await manager.get(LIST)).text

    assert screen.count("<tr id=") == 200 and "Errors in 12 of 24 hours" in screen
    assert len(said) <= 7, said


async def test_the_history_is_filtered_and_goes_on_page_by_page(manager, session, app):
    provider = await a_provider(session)
    for number in range(120):
        session.add(
            ProviderCheck(
                provider_id=provider.id,
                at=now() - timedelta(minutes=number),
                way=Way.CHECK,
                capability=Capability.SEARCH,
                is_good=number % 10 > 0,
                ms=10,
                said="3" if number % 10 else "It broke off.",
            )
        )
    await session.commit()
    href, seen, asked = f"{LIST}/{provider.id}/history", 0, []
    while href:
        with statements(app.state.engine) as said:
            screen = (await manager.get(href)).text
        asked.append(len(said))
        seen += screen.partition("<tbody>")[2].count("<tr>")
        href = screen.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    assert seen == 120 and len(asked) == 3 and max(asked) <= 6
    bad = (await manager.get(f"{LIST}/{provider.id}/history?result=bad")).text
    assert bad.count("It broke off.") == 12
    for odd in ("result=x&way=y", "after=nonsense", "way=%00"):
        assert (await manager.get(f"{LIST}/{provider.id}/history?{odd}")).status_code == 200


async def test_a_provider_whose_driver_is_gone_is_still_shown_and_can_be_removed(owner, session):
    provider = await make.add(session, Provider(name="Old", driver="of a plug-in"))

    assert "of a plug-in" in (await owner.get(LIST)).text
    assert (await owner.get(f"{LIST}/{provider.id}")).status_code == 200
    assert (await owner.get(f"{LIST}/{provider.id}/edit")).status_code == 404
    assert (await owner.post(f"{LIST}/{provider.id}/remove")).status_code == 303


@pytest.mark.parametrize("sent", [{}, {"driver": "nonsense"}, {"driver": "komga", "colour": "red"}])
async def test_a_form_of_nobody_adds_nothing(owner, session, sent):
    answer = await owner.post(f"{LIST}/new", sent)

    assert answer.status_code in (404, 422)
    assert await session.scalar(select(func.count(Provider.id))) == 0
