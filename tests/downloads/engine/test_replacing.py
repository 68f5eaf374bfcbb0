"""A better version takes the place of a worse one, and nobody loses their place."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.downloads.replacing import put_away_worse
from app.downloads.service import want
from app.foundation.db import now
from app.library.models import Chapter, ChapterFile
from app.providers.models import Release
from app.reading.models import Progress
from tests import factories
from tests.downloads.engine.desk import Desk


async def versions(desk: Desk) -> tuple[Release, Release]:
    """Of one chapter: by a group that nobody asked for, and by the one that is preferred."""
    desk.source.groups = ["Harbour Light"]
    [worse], [better] = await desk.release(1), await desk.release(2, pages=4)
    better.number, better.number_text, better.groups = Decimal(1), "1", ["Harbour Light"]
    await desk.session.commit()
    return worse, better


async def comes(desk: Desk, release: Release, *, by_itself: bool = True) -> None:
    await want(desk.session, [release.id], is_automatic=by_itself)
    await desk.session.commit()
    assert await desk.work() is None
    await desk.do(put_away_worse)


async def live(desk: Desk) -> list[Chapter]:
    asked = select(Chapter).where(Chapter.trashed_at.is_(None)).order_by(Chapter.id)
    return list(await desk.session.scalars(asked.execution_options(populate_existing=True)))


async def test_a_better_version_takes_the_place_of_what_came_by_itself(desk: Desk) -> None:
    worse, better = await versions(desk)
    reader = await factories.alice(desk.session)
    await comes(desk, worse)
    [before] = await live(desk)
    desk.session.add(
        Progress(user_id=reader.id, chapter_id=before.id, page=2, page_count=3, updated_at=now())
    )
    await desk.session.commit()

    await comes(desk, better)

    [after] = await live(desk)
    file = await desk.session.scalar(select(ChapterFile).where(ChapterFile.trashed_at.is_(None)))
    place = await desk.session.get(Progress, (reader.id, after.id))
    assert after.id == before.id and after.groups == ["Harbour Light"]
    assert file is not None and file.chapter_id == after.id and file.page_count == 4
    assert place is not None and place.page >= 2
    assert "Hourglass/Hourglass c001 [Harbour Light].cbz" in desk.on_disk()
    [old] = [path for path in desk.on_disk() if "Night Owls" in path]
    assert old.startswith(".bunko-trash/")
    assert {one.chapter_id for one in await desk.downloads()} == {after.id}


async def test_a_worker_that_dies_once_the_better_one_is_here_leaves_the_rest_to_another(
    desk: Desk,
) -> None:
    worse, better = await versions(desk)
    await comes(desk, worse)
    await want(desk.session, [better.id], is_automatic=True)
    await desk.session.commit()

    assert await desk.work() is None
    assert len(await live(desk)) == 2
    await desk.do(put_away_worse)

    assert [one.groups for one in await live(desk)] == [["Harbour Light"]]


async def test_the_language_that_is_preferred_takes_the_place_of_another(desk: Desk) -> None:
    worse, better = await versions(desk)
    desk.source.languages, desk.source.groups = ["de", "en"], ["Night Owls"]
    better.language = "de"
    await desk.session.commit()
    await comes(desk, worse)

    await comes(desk, better)

    assert [one.language for one in await live(desk)] == ["de"]


async def test_where_no_language_is_preferred_two_of_them_stand_side_by_side(desk: Desk) -> None:
    worse, better = await versions(desk)
    better.language = "de"
    await desk.session.commit()
    await comes(desk, worse)

    await comes(desk, better)

    assert {one.language for one in await live(desk)} == {"en", "de"}


async def test_what_was_asked_for_by_hand_stands_beside_the_better_one(desk: Desk) -> None:
    worse, better = await versions(desk)
    await comes(desk, worse, by_itself=False)

    await comes(desk, better)

    assert [one.groups for one in await live(desk)] == [["Night Owls"], ["Harbour Light"]]


async def test_a_worse_version_takes_nobodys_place(desk: Desk) -> None:
    worse, better = await versions(desk)
    await comes(desk, better)

    await comes(desk, worse)

    assert len(await live(desk)) == 2


async def test_where_the_older_cannot_be_put_away_both_stay(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.errors import Unavailable
    from app.library import trash

    def refuses(*_place: object) -> None:
        raise Unavailable("The disk is read-only.")

    worse, better = await versions(desk)
    await comes(desk, worse)
    monkeypatch.setattr(trash, "put_away", refuses)

    await comes(desk, better)

    assert [one.groups for one in await live(desk)] == [["Night Owls"], ["Harbour Light"]]
