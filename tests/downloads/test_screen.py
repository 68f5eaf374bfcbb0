"""`/downloads`: what comes in, why something does not, and acts on it."""

from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.models import Download, DownloadState
from app.downloads.queries import SHOWN
from app.downloads.service import want
from app.foundation.db import now
from app.library.models import Series
from app.providers.models import Health, Provider
from tests import factories
from tests.browser import Browser, browser_of
from tests.downloads import rows
from tests.reading.counting import statements

SCREEN = "/downloads"


class Screen:
    def __init__(self, session: AsyncSession, browser: Browser, series: Series) -> None:
        self.session = session
        self.browser = browser
        self.series = series
        self.ids: list[UUID] = []

    async def state(self, download_id: UUID) -> Download:
        asked = select(Download).where(Download.id == download_id)
        found = await self.session.scalar(asked.execution_options(populate_existing=True))
        assert found is not None
        self.session.expunge(found)
        await self.session.rollback()
        return found

    async def become(self, download_id: UUID, **values: object) -> None:
        await self.session.execute(
            update(Download).where(Download.id == download_id).values(**values)
        )
        await self.session.commit()


@pytest.fixture
async def screen(client: httpx.AsyncClient, session: AsyncSession) -> Screen:
    library = await factories.library(session)
    manager = await factories.charlie(session)
    await factories.let_in(session, manager, library)
    series = await factories.series(session, library, "Hourglass")
    source = await rows.a_source(session, series, await rows.a_provider(session))
    found = await rows.releases(session, source, 1, 2, 3)
    await want(session, [one.id for one in found])
    await session.commit()
    screen = Screen(session, await browser_of(client, session, manager), series)
    screen.ids = list(await session.scalars(select(Download.id).order_by(Download.place)))
    return screen


async def test_what_comes_in_is_shown_with_how_far_it_is(screen: Screen) -> None:
    first = screen.ids[0]
    await screen.become(
        first, state=DownloadState.RUNNING, pages_done=13, pages_total=30, rate=1_400_000
    )

    answer = await screen.browser.get(SCREEN)

    assert answer.status_code == 200
    assert "1 active, 2 waiting, 0 failed" in answer.text
    assert "13 of 30 pages, 1.4 MB/s" in answer.text
    assert "Hourglass" in answer.text and "Ch. 1" in answer.text
    assert 'data-live="downloads"' in answer.text


async def test_SEC32_the_pace_of_what_one_may_not_see_is_not_told(screen: Screen) -> None:
    hidden = await factories.series(screen.session, await factories.library(screen.session, "B"))
    source = await rows.a_source(
        screen.session, hidden, await rows.a_provider(screen.session, "Elsewhere")
    )
    [release] = await rows.releases(screen.session, source, 1)
    await want(screen.session, [release.id])
    running = {"state": DownloadState.RUNNING, "rate": 7_700_000, "bytes_done": 99}
    await screen.session.execute(
        update(Download)
        .where(Download.release_id == release.id)
        .values(pages_done=1, pages_total=9, **running)
    )
    await screen.session.commit()

    answer = await screen.browser.get(SCREEN)

    assert "0 active, 3 waiting" in answer.text
    assert "MB/s" not in answer.text


@pytest.mark.parametrize(
    ("show", "state"), [("waiting", DownloadState.WAITING), ("failed", DownloadState.FAILED)]
)
async def test_why_one_waits_or_failed_is_said(
    screen: Screen, show: str, state: DownloadState
) -> None:
    ended = now() if state is DownloadState.FAILED else None
    reason = "Page 11 of 34 did not come, 3 times."
    await screen.become(screen.ids[0], state=state, reason=reason, finished_at=ended)

    answer = await screen.browser.get(f"{SCREEN}?show={show}")

    assert reason in answer.text


async def test_what_waits_for_its_provider_says_so(screen: Screen) -> None:
    await screen.session.execute(update(Provider).values(paused_at=now()))
    await screen.session.commit()

    answer = await screen.browser.get(f"{SCREEN}?show=waiting")

    assert answer.text.count("Kumo is paused.") == 3


async def test_why_its_provider_is_down_is_said_as_well(screen: Screen) -> None:
    down = update(Provider).values(health=Health.DOWN, health_reason="kumo.example is gone.")
    await screen.session.execute(down)
    await screen.session.commit()

    answer = await screen.browser.get(f"{SCREEN}?show=waiting")

    said = "Kumo does not answer. It goes on once it does. kumo.example is gone."
    assert answer.text.count(said) == 3


@pytest.mark.parametrize("is_script", [False, True])
async def test_one_is_paused_resumed_cancelled_and_begun_again(
    screen: Screen, *, is_script: bool
) -> None:
    first, headers = screen.ids[0], {"HX-Request": "true"} if is_script else {}
    seen = []
    for act in ("pause", "pause/remove", "cancel", "retry"):
        answer = await screen.browser.post(f"{SCREEN}/{first}/{act}", headers=headers)
        assert answer.status_code == (200 if is_script else 303)
        one = await screen.state(first)
        seen.append((one.state.value, one.paused_at is not None))

    assert seen == [("queued", True), ("queued", False), ("cancelled", False), ("queued", False)]


async def test_all_of_a_series_are_cancelled_after_a_question(screen: Screen) -> None:
    address = f"{SCREEN}/cancel?series={screen.series.id}"
    asked = await screen.browser.get(address)
    assert "3 downloads end" in asked.text

    answer = await screen.browser.post(f"{SCREEN}/cancel", {"series": str(screen.series.id)})

    assert answer.status_code == 303
    assert {(await screen.state(one)).state for one in screen.ids} == {DownloadState.CANCELLED}


async def test_what_failed_is_tried_again_and_what_was_cancelled_stays_so(screen: Screen) -> None:
    failed, cancelled, waiting = screen.ids
    await screen.become(failed, state=DownloadState.FAILED, reason="Gone.", finished_at=now())
    await screen.become(cancelled, state=DownloadState.CANCELLED, finished_at=now())
    await screen.become(waiting, state=DownloadState.WAITING, reason="Later.", attempts=3)

    answer = await screen.browser.post(
        f"{SCREEN}/retry", {"show": "failed"}, headers={"HX-Request": "true"}
    )

    assert "One download is tried again." in answer.text
    assert (await screen.state(failed)).state is DownloadState.QUEUED
    assert (await screen.state(cancelled)).state is DownloadState.CANCELLED
    assert (await screen.state(waiting)).attempts == 3


async def test_what_was_cancelled_by_a_slip_is_taken_back(screen: Screen) -> None:
    first = screen.ids[0]

    answer = await screen.browser.post(
        f"{SCREEN}/{first}/cancel", {"show": "waiting"}, headers={"HX-Request": "true"}
    )

    assert "One download is cancelled." in answer.text
    undo = f"/downloads/{first}/retry?show=waiting"
    assert f'action="{undo}"' in answer.text and "Undo" in answer.text
    back = await screen.browser.post(undo)
    assert back.headers["location"] == f"{SCREEN}?show=waiting"
    assert (await screen.state(first)).state is DownloadState.QUEUED


async def test_counts_are_of_what_the_list_is_narrowed_to(screen: Screen) -> None:
    provider = await rows.a_provider(screen.session, "Harbour")
    source = await rows.a_source(screen.session, screen.series, provider)
    [one] = await rows.releases(screen.session, source, 9)
    await want(screen.session, [one.id])
    await screen.session.commit()

    answer = await screen.browser.get(f"{SCREEN}?provider={provider.id}")

    assert "0 active, 1 waiting, 0 failed" in answer.text
    assert "One download waits, and says for what." in answer.text
    assert "Pause these" in answer.text


async def test_an_act_deep_in_the_list_leads_back_to_that_place(screen: Screen) -> None:
    source = await rows.a_source(
        screen.session, screen.series, await rows.a_provider(screen.session, "Harbour")
    )
    many = await rows.releases(screen.session, source, *range(1, SHOWN + 1))
    await want(screen.session, [one.id for one in many])
    await screen.session.commit()
    first = await screen.browser.get(f"{SCREEN}?show=waiting")
    onwards = first.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    token = onwards.partition("after=")[2]
    deep = await screen.browser.get(onwards)
    shown = deep.text.partition('id="download-')[2].partition('"')[0]

    answer = await screen.browser.post(
        f"{SCREEN}/{shown}/pause", {"show": "waiting", "after": token}
    )

    assert f'name="after" value="{token}"' in deep.text
    assert "To the beginning" in deep.text
    assert answer.headers["location"] == onwards


async def test_the_last_one_is_moved_to_the_top(screen: Screen) -> None:
    await screen.browser.post(f"{SCREEN}/{screen.ids[2]}/top")

    answer = await screen.browser.get(f"{SCREEN}?show=waiting")
    order = [answer.text.index(f"download-{one}") for one in screen.ids]
    assert order[2] < order[0] < order[1]


async def test_SEC4_a_manager_does_not_meet_series_of_other_libraries(
    screen: Screen, client: httpx.AsyncClient
) -> None:
    other = await factories.library(screen.session, "Other")
    series = await factories.series(screen.session, other, "Secret tides")
    provider = await rows.a_provider(screen.session, "Harbour")
    source = await rows.a_source(screen.session, series, provider)
    [release] = await rows.releases(screen.session, source, 1)
    await want(screen.session, [release.id])
    await screen.session.commit()
    hidden = await screen.session.scalar(
        select(Download.id).where(Download.release_id == release.id)
    )

    await screen.browser.post(f"{SCREEN}/cancel")
    answer = await screen.browser.get(f"{SCREEN}?show=waiting")
    refused = await screen.browser.post(f"{SCREEN}/{hidden}/cancel")

    assert "Secret tides" not in answer.text
    assert refused.status_code == 404
    assert (await screen.state(hidden)).state is DownloadState.QUEUED  # type: ignore[arg-type]


async def test_a_long_queue_is_shown_in_parts_with_as_many_queries(
    screen: Screen, app: Litestar
) -> None:
    address = f"{SCREEN}?show=waiting"
    await screen.browser.get(address)
    with statements(app.state.engine) as few:
        await screen.browser.get(address)
    source = await rows.a_source(
        screen.session, screen.series, await rows.a_provider(screen.session, "Harbour")
    )
    many = await rows.releases(screen.session, source, *range(1, 2 * SHOWN))
    await want(screen.session, [one.id for one in many])
    await screen.session.commit()

    with statements(app.state.engine) as said:
        answer = await screen.browser.get(address)

    assert len(said) == len(few)
    assert answer.text.count('id="download-') == SHOWN
    onwards = answer.text.partition('rel="next" href="')[2]
    address = onwards.partition('"')[0].replace("&amp;", "&")
    further = await screen.browser.get(address)
    assert further.text.count('id="download-') == SHOWN
    shown = set(answer.text.split('id="download-')) & set(further.text.split('id="download-'))
    assert len(shown) <= 1


async def test_what_a_template_makes_is_shown_while_it_is_typed(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    owner = await browser_of(client, session, await factories.admin(session))

    good = await owner.get(f"{SCREEN}/names", params={"template": "{series} - {number:003}"})
    bad = await owner.get(f"{SCREEN}/names", params={"template": "{serie}"})

    assert "Hourglass - 010.5.cbz" in good.text
    assert "There is no {serie}." in bad.text


async def test_the_head_of_a_screen_counts_what_comes_in(screen: Screen) -> None:
    await screen.become(screen.ids[0], state=DownloadState.RUNNING)

    answer = await screen.browser.get("/account")

    assert "Downloads, one active" in answer.text
