"""What an owner hides from a person by tag and genre."""

import pytest
from sqlalchemy import select

from app.library.models import Access, HiddenTag, Series, SeriesTag, Tag
from app.library.models.series import TagKind
from app.library.queries import visible_to
from tests import factories as make
from tests.browser import browser_of


@pytest.fixture
async def reader(session):
    """May see a library with a series that is horror by genre and by tag, and one that is not."""
    library, reader = await make.library(session), await make.alice(session)
    await make.let_in(session, reader, library)
    await make.series(session, library, "Yotsuba")
    uzumaki = await make.series(session, library, "Uzumaki")
    for kind in TagKind:
        horror = await make.add(session, Tag(kind=kind, name="Horror", key="horror"))
        await make.add(session, SeriesTag(series_id=uzumaki.id, tag_id=horror.id))
    return reader


@pytest.fixture
async def owner(client, session, reader):
    return await browser_of(client, session, await make.admin(session))


async def hide(owner, session, reader, tags: str):
    given = await session.scalars(select(Access.library_id).where(Access.user_id == reader.id))
    form = {"libraries": [str(one) for one in given], "unrated": "library", "tags": tags}
    return await owner.post(f"/admin/users/{reader.id}/sees", form)


async def seen_by(session, person) -> list[str]:
    wanted = select(Series.title).where(visible_to(person)).order_by(Series.title)
    return list(await session.scalars(wanted))


async def test_series_with_a_hidden_tag_leave_the_screens_of_that_person(session, owner, reader):
    answer = await hide(owner, session, reader, " HORROR \n\n")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/users/{reader.id}")
    assert await seen_by(session, reader) == ["Yotsuba"]
    screen = (await owner.get(f"/admin/users/{reader.id}/sees")).text
    assert screen.count("Horror") == 1


async def test_an_empty_list_hides_nothing_any_more(session, owner, reader):
    await hide(owner, session, reader, "Horror")

    await hide(owner, session, reader, "")

    assert await seen_by(session, reader) == ["Uzumaki", "Yotsuba"]
    assert not (await session.scalars(select(HiddenTag))).all()


async def test_a_name_that_no_series_carries_is_said_and_nothing_changes(session, owner, reader):
    await hide(owner, session, reader, "Horror")

    answer = await hide(owner, session, reader, "Horror\nHoror <b>")

    assert answer.status_code == 422
    assert "No series here has this tag or genre: Horor &lt;b&gt;." in answer.text
    assert await seen_by(session, reader) == ["Yotsuba"]


async def test_the_screen_of_a_person_leads_there(owner, reader):
    screen = (await owner.get(f"/admin/users/{reader.id}")).text

    assert f'href="/admin/users/{reader.id}/sees"' in screen
