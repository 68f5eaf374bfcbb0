"""Everything kept about a person, to take along; complete by construction."""

import httpx
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.collections.models import Favourite, ReadingList, ReadingListChapter
from app.export.everything import LEFT_OUT, PARTS, owners_in, tables_of, told_of
from app.foundation.db import new_id
from app.foundation.db.tables import all_tables
from app.reading.models import Bookmark, Progress, SeriesOpinion
from tests import factories
from tests.browser import browser_of
from tests.downloads import rows

# Each table with rows of people, looked at once: no column of it is a secret under another name.
REVIEWED = {
    *("access", "bookmark", "collection", "device", "favourite", "hidden_tag", "sign_in"),
    *("linked_identity", "passkey", "source", "download"),
    *("notification", "notification_by_mail"),
    *("app_password", "authenticator", "backup_code", "family_tablet", "family_tablet_person"),
    *("preference", "preferred_version", "progress", "reading_day", "reading_list"),
    *("recent_search", "series_opinion", "series_settings", "session", "shelf_act"),
    *("skipped_page", "smart_list", "user_account"),
}


async def test_every_table_of_a_person_is_in_it_or_left_out_for_a_reason(
    session: AsyncSession,
) -> None:
    of_people = {table.name for table in all_tables().sorted_tables if owners_in(table)}
    told = {theirs.table.name for theirs in tables_of(await factories.alice(session))}

    assert of_people - told == of_people & set(LEFT_OUT)
    unknown = told - REVIEWED - set(PARTS)
    assert not unknown, f"look for secrets in {unknown}, then add them here or to LEFT_OUT"


def test_no_column_with_a_secret_is_told() -> None:
    told = {column.name for table in all_tables().sorted_tables for column in told_of(table)}

    assert not {"password_hash", "secret_hash", "pin_hash"} & told


async def test_a_person_takes_along_what_they_read_marked_and_thought(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    shelf, alice = await factories.library(session), await factories.alice(session)
    await factories.let_in(session, alice, shelf)
    akira = await factories.series(session, shelf, "Akira")
    hidden = await factories.series(session, await factories.library(session, "B"), "Hidden one")
    first, other = await factories.chapter(session, akira), await factories.chapter(session, hidden)
    a_list = ReadingList(id=new_id(), owner_id=alice.id, name="Summer", sort_key="summer")
    session.add_all(
        [
            Progress(user_id=alice.id, chapter_id=first.id, page=2, page_count=3),
            Progress(user_id=alice.id, chapter_id=other.id, page=1, page_count=3),
            Bookmark(user_id=alice.id, chapter_id=first.id, page=2, note="Look here"),
            SeriesOpinion(user_id=alice.id, series_id=akira.id, rating=9, note="Loud"),
            Favourite(user_id=alice.id, series_id=akira.id),
            a_list,
        ]
    )
    await session.flush()
    session.add(ReadingListChapter(list_id=a_list.id, chapter_id=first.id, position=1))
    await session.commit()
    bob = await factories.bob(session)
    session.add(Bookmark(user_id=bob.id, chapter_id=first.id, page=1, note="Of bob"))
    await session.commit()
    browser = await browser_of(client, session, alice)

    answer = await browser.get("/account/export/file")

    assert "attachment" in answer.headers["content-disposition"]
    assert "no-store" in answer.headers["cache-control"]
    told = msgspec.json.decode(answer.content)
    assert [row["name"] for row in told["user_account"]] == ["alice"]
    assert {row["series"] for row in told["progress"]} == {"Akira", None}
    assert [(row["note"], row["chapter"]) for row in told["bookmark"]] == [("Look here", "1")]
    assert [(row["rating"], row["note"]) for row in told["series_opinion"]] == [(9, "Loud")]
    assert [row["name"] for row in told["reading_list"]] == ["Summer"]
    assert len(told["reading_list_chapter"]) == len(told["session"]) == 1
    for foreign in ("Hidden one", "Of bob", alice.password_hash + '"', "secret"):
        assert foreign not in answer.text


async def test_SEC32_what_was_followed_and_is_out_of_sight_now_is_not_named(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    alice = await factories.alice(session)
    hidden = await factories.series(session, await factories.library(session, "B"), "Hidden one")
    source = await rows.a_source(session, hidden, await rows.a_provider(session))
    source.title, source.followed_by = "Hidden there", alice.id
    await session.commit()
    browser = await browser_of(client, session, alice)

    answer = await browser.get("/account/export/file")

    [followed] = msgspec.json.decode(answer.content)["source"]
    assert (followed["title"], followed["remote_id"], followed["series"]) == (None, None, None)
    assert "Hidden" not in answer.text


async def test_the_screen_leads_to_the_file(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    browser = await browser_of(client, session, await factories.alice(session))

    assert 'href="/account/export/file"' in (await browser.get("/account/export")).text
