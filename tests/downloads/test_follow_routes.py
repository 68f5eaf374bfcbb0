"""A series of a provider comes to the shelf, by people who look after it."""

import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from app.accounts.models import Role, Unrated
from app.foundation.queue.models import Job, JobState
from app.library.models import Library, Series
from app.providers.models import Keep, Provider, Source
from tests import factories
from tests.browser import browser_of
from tests.downloads.conftest import at
from tests.providers.fake_mangadex import FakeChapter, FakeSeries, uid
from tests.providers.faking import Answer


@pytest.fixture
async def manager(client, desk):
    return await browser_of(client, desk.session, desk.manager)


@pytest.fixture
async def path(desk, fake):
    fake.series = [
        FakeSeries(
            "lantern",
            {"en": "Iron Lantern"},
            links={"al": "42"},
            chapters=[
                FakeChapter("1", "1"),
                FakeChapter("2", "2", groups=("Day Larks",)),
                FakeChapter("1 de", "1", language="de"),
            ],
        )
    ]
    for name, value in at(fake).items():
        setattr(desk.provider, name, value)
    desk.provider.revision += 1
    await desk.session.merge(desk.provider)
    await desk.session.commit()
    return path_of(desk)


def path_of(desk, name: str = "lantern") -> str:
    return f"/follow?{urlencode({'provider': str(desk.provider.id), 'id': uid(name)})}"


def wish(desk, **more) -> dict[str, object]:
    said = {"into": "new", "library": str(desk.shelf.library.id), "keep": "all"}
    return {**said, "languages": ["en", "de", ""], "groups": "", **more}


async def sources(desk) -> list[Source]:
    await desk.session.rollback()
    return list(await desk.session.scalars(select(Source)))


async def test_the_screen_says_what_would_be_made(manager, path):
    answer = await manager.get(path)

    assert answer.status_code == 200
    assert "Creates the series “Iron Lantern” in" in answer.text
    assert re.search(r'name="library" value="[^"]*" checked', answer.text)
    assert re.search(r'<option value="en" selected>English', answer.text)
    assert "Night Owls" in answer.text and "3 releases" in answer.text


async def test_it_is_followed_as_chosen(manager, desk, path):
    form = wish(desk, groups="Day Larks\nNight Owls")

    answer = await manager.post(path, form)

    [source] = await sources(desk)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/series/{source.series_id}/releases"
    assert (source.languages, source.groups) == (["en", "de"], ["Day Larks", "Night Owls"])
    assert (source.keep, source.followed_by) == (Keep.ALL, desk.manager.id)
    kinds = set(await desk.session.scalars(select(Job.kind)))
    assert "check_source" in kinds
    assert (await manager.get(f"/series/{source.series_id}")).status_code == 200


async def test_while_its_chapters_are_looked_up_the_screen_waits_for_them(manager, desk, path):
    followed = await manager.post(path, wish(desk))
    releases = followed.headers["location"]
    sources = releases.replace("/releases", "/sources")
    live = f'data-live="jobs,downloads" hx-get="{releases}?part=1"'

    waiting = await manager.get(releases)
    part = await manager.get(f"{releases}?part=1", htmx=True)
    at_sources = await manager.get(sources)
    await desk.session.execute(update(Job).values(state=JobState.DONE))
    await desk.session.commit()
    after = await manager.get(releases)

    assert live in waiting.text and "is being asked for its chapters" in waiting.text
    assert live in part.text and "<html" not in part.text
    assert "data-live" in at_sources.text
    assert "data-live" not in after.text and "No release that fits is listed" in after.text


async def test_a_series_that_is_there_gets_a_source_instead(manager, desk, path):
    series = await factories.series(
        desk.session,
        desk.shelf.library,
        "The Lamp",
        links=[{"url": "https://anilist.co/manga/42", "label": "anilist.co"}],
    )
    await factories.chapter(desk.session, series)
    from app.metadata.describing import write_search_document

    series = await desk.session.get_one(Series, series.id)
    await desk.session.refresh(series, ["tags"])
    await write_search_document(desk.session, series)
    await desk.session.commit()

    shown = await manager.get(path)
    await manager.post(path, wish(desk, into=str(series.id)))

    assert "Adds a source to “The Lamp”, which you have already" in shown.text
    assert "Both name the same series elsewhere." in shown.text
    [source] = await sources(desk)
    assert source.series_id == series.id


async def test_a_series_that_was_not_offered_gets_none(manager, desk, path):
    other = await factories.series(desk.session, desk.shelf.library, "Glass Harbor")

    answer = await manager.post(path, wish(desk, into=str(other.id)))

    assert answer.status_code == 422
    assert await sources(desk) == []


async def test_read_only_libraries_are_not_offered_and_say_why(manager, desk, path):
    await desk.session.execute(update(Library).values(read_only=True))
    await desk.session.commit()

    shown = await manager.get(path)
    sent = await manager.post(path, wish(desk))

    assert "Every library you see is read-only" in shown.text
    assert sent.status_code == 422
    assert await sources(desk) == []


async def test_a_library_that_was_not_given_is_none(manager, desk, path):
    secret = await factories.library(desk.session, "Secret", "/library/secret")

    shown = await manager.get(path)
    sent = await manager.post(path, wish(desk, library=str(secret.id)))

    assert "Secret" not in shown.text
    assert sent.status_code == 422
    assert await sources(desk) == []


@pytest.mark.parametrize(
    "wrong", [{"library": ""}, {"keep": "everything"}, {"languages": ["no tag"]}, {"library": "x"}]
)
async def test_a_wrong_form_is_shown_again_with_what_was_typed(manager, desk, path, wrong):
    answer = await manager.post(path, wish(desk, groups="Day Larks", **wrong))

    assert answer.status_code == 422
    assert "Day Larks" in answer.text
    assert await sources(desk) == []


async def test_what_is_followed_already_is_said_with_what_is_wanted_of_it(manager, desk, path):
    await manager.post(path, wish(desk, groups="Day Larks", keep="all"))

    answer = await manager.get(path)

    assert "You have this already" in answer.text
    assert re.search(r"<textarea[^>]*>Day Larks</textarea>", answer.text)
    assert re.findall(r'name="keep" value="(\w+)"[^>]* checked', answer.text) == ["all"]


async def test_a_series_that_is_not_there_is_not_found(manager, desk, path):
    assert (await manager.get(path_of(desk, "nothing"))).status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?provider=x&id=1", f"?provider={uid('nobody')}&id=1", "?id=1"]
)
async def test_an_address_that_names_nothing_is_not_found(manager, query):
    assert (await manager.get(f"/follow{query}")).status_code == 404


async def test_a_provider_that_fails_says_why_and_is_asked_again_by_a_link(
    manager, desk, path, fake
):
    fake.fail("/manga", *[Answer(403)] * 50)

    shown = await manager.get(path)
    sent = await manager.post(path, wish(desk))

    assert shown.status_code == 200
    assert "again=1" in shown.text
    assert sent.status_code == 503
    assert await sources(desk) == []


async def test_nobody_follows_what_they_may_not_see(client, desk, path, fake):
    fake.series[0].rating = "erotica"
    young = await factories.person(
        desk.session, "yuki", Role.MANAGER, age_limit=12, unrated=Unrated.SHOW
    )
    await factories.let_in(desk.session, young, desk.shelf.library)
    browser = await browser_of(client, desk.session, young)

    answer = await browser.get(path)

    assert answer.status_code == 404
    assert await sources(desk) == []


async def test_readers_do_not_follow(client, desk, path):
    alice = await factories.alice(desk.session)
    browser = await browser_of(client, desk.session, alice)

    assert (await browser.get(path)).status_code == 403


async def test_names_of_providers_cannot_write_into_the_screen(manager, desk, path, fake):
    fake.series[0].titles = {"en": "<script>alert(1)</script>"}
    fake.series[0].chapters[0].groups = ('"><img src=x>',)
    await desk.session.execute(update(Provider).values(revision=99))
    await desk.session.commit()

    answer = await manager.get(path)

    assert "<script>alert" not in answer.text
    assert "<img src=x>" not in answer.text
