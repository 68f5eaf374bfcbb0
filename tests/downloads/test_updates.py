"""New chapters of followed series: listed by day, to be read or downloaded."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import Role
from app.downloads.follow_checks import learn
from app.downloads.following import follow
from app.downloads.models import Download, DownloadState
from app.downloads.releases_events import TOPIC
from app.foundation.db import now
from app.foundation.queue import herald
from app.foundation.queue.models import Job
from app.library.models import Series
from app.monitoring.topics import check_topics
from app.providers.models import Keep, Provider, Release, Source
from app.reading import progress
from tests import factories
from tests.browser import browser_of
from tests.downloads.conftest import lantern, remote
from tests.reading.counting import statements
from tests.scanning.shelves import cbz


@pytest.fixture
async def manager(client, desk):
    return await browser_of(client, desk.session, desk.manager)


@pytest.fixture
async def new(desk):
    """Two chapters that were there, and two that came out since, one of them by two groups."""
    source = await desk.follow(keep=Keep.NONE)
    await desk.look(source, remote("1"), remote("2"))
    await desk.look(
        source,
        remote("1"),
        remote("2"),
        remote("3", title="The lamp"),
        remote("3 again", "3", groups=("Day Larks",)),
        remote("4"),
    )
    return source


async def queued(desk) -> list[str]:
    rows = await desk.session.scalars(
        select(Release.remote_id).join(Download).order_by(Download.place)
    )
    return list(rows)


async def release_of(desk, name: str) -> Release:
    return (await desk.session.scalars(select(Release).where(Release.remote_id == name))).one()


def names(answer) -> list[str]:
    return re.findall(r"Ch\. \d+", re.sub(r"<span class=\"sr\">.*?</span>", "", answer.text))


async def another_source(desk, series) -> Source:
    other = await factories.add(desk.session, Provider(name="Harbour", driver="mangadex"))
    return await follow(
        desk.session, other, lantern(), desk.shelf.library,
        by=desk.manager, languages=("en",), keep=Keep.NONE, series=series,
    )  # fmt: skip


async def test_what_came_out_since_stands_there_once(manager, new):
    answer = await manager.get("/updates")

    assert sorted(names(answer)) == ["Ch. 3", "Ch. 4"]
    assert "Today" in answer.text
    assert "The lamp" in answer.text


async def test_what_two_sources_release_stands_there_once(manager, desk, new):
    series = await desk.session.get_one(Series, new.series_id)
    second = await another_source(desk, series)
    await desk.look(second)
    await desk.look(second, remote("b3", "3", volume=Decimal(1)), remote("b5", "5"))

    listed = await manager.get("/updates")
    home = await manager.get("/")
    at_series = await manager.get(f"/series/{new.series_id}")

    assert names(listed) == ["Ch. 5", "Ch. 3", "Ch. 4"]
    assert "3 new chapters" in home.text
    assert names(at_series).count("Ch. 3") == 1


async def test_a_release_that_can_be_had_stands_for_one_that_cannot(manager, desk, new):
    await desk.look(new, remote("5", why_not="It is only at its publisher."))
    before = await manager.get("/updates")
    await desk.look(
        new,
        remote("5", why_not="It is only at its publisher."),
        remote("5 again", "5", groups=("Day Larks",)),
    )

    after = await manager.get("/updates")
    again = await release_of(desk, "5 again")

    assert "It is only at its publisher." in before.text
    assert names(after).count("Ch. 5") == 1
    assert f'value="{again.id}"' in after.text


async def test_nobody_is_told_of_what_they_may_not_see(client, desk, new):
    stranger = await browser_of(client, desk.session, await factories.alice(desk.session))

    assert names(await stranger.get("/updates")) == []
    assert names(await stranger.get("/")) == []


async def test_a_reader_sees_them_without_buttons(client, desk, new):
    alice = await factories.alice(desk.session)
    await factories.let_in(desk.session, alice, desk.shelf.library)
    reader = await browser_of(client, desk.session, alice)

    answer = await reader.get("/updates")

    assert len(names(answer)) == 2
    assert "/updates/download" not in answer.text.replace('action="/updates/download"', "")
    assert "Download selected" not in answer.text


async def test_chosen_ones_are_downloaded(manager, desk, new):
    four = await release_of(desk, "4")

    answer = await manager.post("/updates/download", {"release": str(four.id)})

    assert (answer.status_code, answer.headers["location"]) == (303, "/updates")
    assert await queued(desk) == ["4"]


async def test_all_that_are_shown_are_downloaded_in_reading_order(manager, desk, new):
    shown = [str((await release_of(desk, name)).id) for name in ("4", "3")]

    await manager.post("/updates/download", {"shown": shown, "all": "1"})

    assert await queued(desk) == ["3", "4"]


async def test_who_chooses_nothing_is_told_so(manager, desk, new):
    answer = await manager.post("/updates/download", {"back": "/updates"})

    assert answer.status_code == 422
    assert "Choose at least one chapter" in answer.text
    assert await queued(desk) == []


async def test_of_a_chapter_the_preferred_group_is_downloaded(manager, desk, new):
    await desk.session.execute(update(Source).values(groups=["Day Larks"]))
    await desk.session.commit()
    three = await release_of(desk, "3")

    await manager.post(f"/releases/{three.id}/download", {})

    assert await queued(desk) == ["3 again"]


async def test_among_releases_the_one_that_is_pressed_is_downloaded(manager, desk, new):
    await desk.session.execute(update(Source).values(groups=["Day Larks"]))
    await desk.session.commit()
    three = await release_of(desk, "3")
    path = f"/series/{new.series_id}/releases"

    shown = await manager.get(path)
    await manager.post(f"/releases/{three.id}/download", {"back": path, "exact": "1"})

    assert 'name="exact" value="1"' in shown.text
    assert await queued(desk) == ["3"]


async def test_what_two_sources_have_is_downloaded_once(manager, desk, new):
    series = await desk.session.get_one(Series, new.series_id)
    second = await another_source(desk, series)
    await desk.look(second, remote("b3", "3"), remote("b5", "5"))

    await manager.post(f"/series/{series.id}/releases/download", {})

    assert await queued(desk) == ["1", "2", "3", "4", "b5"]


async def test_what_is_on_its_way_says_how_far_it_is(manager, desk, new):
    four = await release_of(desk, "4")
    await manager.post(f"/releases/{four.id}/download", {})
    await desk.session.execute(
        update(Download).values(state=DownloadState.RUNNING, pages_done=3, pages_total=7)
    )
    await desk.session.commit()

    answer = await manager.get("/updates")

    assert "Downloading, 42 %" in answer.text
    assert f"/releases/{four.id}/download" not in answer.text


async def test_what_comes_is_asked_for_again_until_it_is_here(manager, desk, new):
    assert "/releases/states" not in (await manager.get("/updates")).text
    four = await release_of(desk, "4")
    await manager.post(f"/releases/{four.id}/download", {})
    path = f"/releases/states?release={four.id}"

    screens = [(await manager.get(at)).text for at in ("/updates", f"/series/{new.series_id}")]
    coming = (await manager.get(path, htmx=True)).text
    await desk.session.execute(
        update(Download).values(state=DownloadState.FAILED, finished_at=now(), reason="It is gone.")
    )
    await desk.session.commit()
    over = (await manager.get(path, htmx=True)).text

    assert all(f'hx-get="{path}"' in one for one in screens)
    assert f'hx-get="{path}"' in coming and "Waits its turn" in coming
    assert "data-live" not in over and "It is gone." in over
    assert 'hx-swap-oob="true"' in over and "Try again" in over
    assert (await manager.get("/releases/states?release=odd")).status_code == 200


async def test_what_failed_says_why_and_can_be_tried_again(manager, desk, new):
    four = await release_of(desk, "4")
    await manager.post(f"/releases/{four.id}/download", {})
    await desk.session.execute(
        update(Download).values(
            state=DownloadState.FAILED, reason="Page 3 is no picture.", finished_at=now()
        )
    )
    await desk.session.commit()

    answer = await manager.get("/updates")
    await manager.post(f"/releases/{four.id}/download", {})

    assert "Failed: Page 3 is no picture." in answer.text
    assert await desk.session.scalar(select(func.count(Download.id))) == 2


async def test_filters_leave_out_what_is_here_or_read(manager, desk, new):
    cbz(desk.shelf.path / "Iron Lantern" / "Iron Lantern c003.cbz")
    await desk.shelf.scan()
    [chapter] = await desk.shelf.chapters()

    away = await manager.get("/updates?only=away")
    everything = await manager.get("/updates")
    await progress.turn_to(desk.session, desk.manager, chapter.id, 3, version=0, device="tests")
    await desk.session.commit()
    unread = await manager.get("/updates?only=unread")

    assert names(away) == ["Ch. 4"]
    assert f"/read/{chapter.id}" in everything.text
    assert names(unread) == ["Ch. 4"]


async def test_home_shows_series_with_new_chapters(manager, desk, new):
    answer = await manager.get("/")

    assert "2 new chapters" in answer.text
    assert 'id="released"' in answer.text


async def test_home_has_no_such_row_without_any(manager, desk):
    await desk.look(await desk.follow(), remote("1"))

    assert 'id="released"' not in (await manager.get("/")).text


async def test_without_anything_followed_it_says_what_to_do(client, manager, desk):
    answer = await manager.get("/updates")
    reader = await browser_of(client, desk.session, await factories.alice(desk.session))
    theirs = await reader.get("/updates")

    assert "No series is followed yet" in answer.text
    assert "Find a series at a provider" in answer.text
    assert "Where those who run this Bunko follow a series" in theirs.text
    assert "/discover" not in theirs.text


async def test_everything_is_checked_when_somebody_asks(manager, desk, new):
    await desk.session.execute(update(Source).values(next_check_at=now() + timedelta(days=3)))
    await desk.session.commit()

    quiet = await manager.get("/updates")
    await manager.post("/updates/check", {})
    waiting = await manager.get("/updates")

    assert 'data-live="jobs,downloads"' not in quiet.text
    assert (
        'data-live="jobs,downloads" hx-get="/updates?only=all&amp;part=1"'
        in waiting.text.replace("all&part", "all&amp;part")
    )
    assert await desk.session.scalar(select(Source.next_check_at)) <= now()
    assert "check_sources" in list(await desk.session.scalars(select(Job.kind)))


async def test_a_list_that_is_open_is_told_of_what_comes_meanwhile(manager, desk, new):
    shown = (await manager.get("/updates")).text
    ask = shown.partition('data-live="updates" hx-get="')[2].partition('"')[0]
    ask = ask.replace("&amp;", "&")

    before = await manager.get(ask, htmx=True)
    await desk.look(new, remote("3"), remote("4"), remote("5"), remote("6"))
    after = await manager.get(ask, htmx=True)
    plain = await manager.get(ask)

    assert "<a" not in before.text
    assert "2 new chapters" in after.text and 'href="/updates?only=all"' in after.text
    assert f'hx-get="{ask.replace("&", "&amp;")}"' in after.text
    assert "2 new chapters" in plain.text and "<html" in plain.text


async def test_open_screens_hear_that_chapters_came_out(desk, new, monkeypatch):
    told: list[str] = []
    monkeypatch.setattr(herald, "tell", lambda *topics: told.extend(topics))

    await learn(desk.session, new.id, [remote("3"), remote("4")])
    await desk.session.commit()
    nothing_new = list(told)
    await learn(desk.session, new.id, [remote("3"), remote("4"), remote("5")])
    await desk.session.commit()
    await check_topics(desk.session, await factories.alice(desk.session), [TOPIC])

    assert TOPIC not in nothing_new and TOPIC in told


async def test_an_empty_list_is_told_of_the_first_chapter(manager, desk):
    source = await desk.follow()
    await desk.look(source, remote("1"))
    shown = (await manager.get("/updates")).text
    ask = shown.partition('data-live="updates" hx-get="')[2].partition('"')[0]

    await desk.look(source, remote("1"), remote("2"))
    answer = await manager.get(ask.replace("&amp;", "&"), htmx=True)

    assert "One new chapter" in answer.text


async def test_a_place_that_is_not_ours_counts_as_none(manager, desk, new):
    answer = await manager.get("/updates/news?since=odd&only=odd", htmx=True)

    assert answer.status_code == 200 and "2 new chapters" in answer.text


async def test_a_long_list_goes_on_without_losing_or_doubling_any(manager, desk, new):
    source = await desk.session.get_one(Source, new.id)
    many = [remote(str(number)) for number in range(1, 201)]
    await desk.look(source, *many)
    seen: list[str] = []
    href = "/updates"

    while href:
        answer = await manager.get(href)
        seen += names(answer)
        found = re.search(r'href="(/updates\?[^"]*after=[^"]*)"', answer.text)
        href = found[1].replace("&amp;", "&") if found else ""

    assert len(seen) == len(set(seen)) == 198


async def test_as_many_questions_for_many_releases_as_for_few(manager, desk, new, app):
    source = await desk.session.get_one(Source, new.id)
    await manager.get("/updates")
    counts = []
    for most in (5, 150):
        await desk.look(source, *[remote(str(number)) for number in range(1, most)])
        for path in ("/updates", f"/series/{source.series_id}", "/"):
            with statements(app.state.engine) as said:
                await manager.get(path)
            counts.append(len(said))

    assert counts[:3] == counts[3:]


async def test_the_series_lists_what_is_not_here(manager, desk, new):
    cbz(desk.shelf.path / "Iron Lantern" / "c003.cbz")
    await desk.shelf.scan()

    answer = await manager.get(f"/series/{new.series_id}")

    section = answer.text.partition('class="coming"')[2].partition("</section>")[0]
    assert re.findall(r'class="num">(Ch\. \d+)', section) == ["Ch. 4", "Ch. 2", "Ch. 1"]


async def test_everything_that_is_not_here_is_downloaded_at_once(manager, desk, new):
    await manager.post(f"/series/{new.series_id}/releases/download", {})

    assert await queued(desk) == ["1", "2", "3", "4"]


async def test_sources_say_what_is_wanted_and_when_it_is_looked_for(manager, desk, new):
    await desk.session.execute(
        update(Source).values(failures=2, reason="Tidepool cannot be reached.")
    )
    await desk.session.commit()

    answer = await manager.get(f"/series/{new.series_id}/sources")

    assert "Tidepool cannot be reached." in answer.text
    assert "every 24 hours" in answer.text
    assert "English" in answer.text


async def test_what_is_wanted_can_be_changed(manager, desk, new):
    form = {"languages": ["de", "en", "de"], "groups": "Day Larks\n\nNight Owls", "keep": "all"}

    answer = await manager.post(f"/sources/{new.id}/edit", form)

    await desk.session.refresh(new)
    assert answer.status_code == 303
    assert (new.languages, new.groups) == (["de", "en"], ["Day Larks", "Night Owls"])
    assert new.keep is Keep.ALL


async def test_a_wrong_form_is_shown_again(manager, desk, new):
    answer = await manager.post(f"/sources/{new.id}/edit", {"languages": "no tag", "keep": "none"})

    assert answer.status_code == 422


async def test_who_stops_can_take_it_back(manager, desk, new):
    asked = await manager.get(f"/sources/{new.id}/stop")
    await manager.post(f"/sources/{new.id}/stop", {})
    await desk.session.refresh(new)
    stopped = new.stopped_at

    await manager.post(f"/sources/{new.id}/follow", {})

    await desk.session.refresh(new)
    assert "stay here" in asked.text
    assert stopped is not None and new.stopped_at is None


async def test_sources_are_put_into_order(manager, desk, new):
    series = await desk.session.get_one(Series, new.series_id)
    desk.provider = await factories.add(desk.session, Provider(name="Lagoon", driver="mangadex"))
    second = await desk.follow(lantern(remote_id="b"), series=series)

    await manager.post(f"/sources/{second.id}/up", {})

    await desk.session.refresh(new)
    await desk.session.refresh(second)
    assert second.priority > new.priority


async def test_an_owner_reaches_everything(client, desk, new):
    owner = await factories.person(desk.session, "olga", Role.OWNER)
    browser = await browser_of(client, desk.session, owner)

    assert (await browser.get(f"/series/{new.series_id}/sources")).status_code == 200
