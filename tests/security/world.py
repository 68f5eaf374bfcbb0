"""Two libraries on disk, one of them secret, and everybody who may or may not look into it."""

import asyncio
import os
import re
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from litestar import Litestar
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role, Unrated, User
from app.auth.app_passwords import AppPasswords
from app.auth.models import OneTimeToken, Passkey, Tablet
from app.auth.refresh_tokens import Families
from app.auth.sessions import Sessions
from app.collections.models import (
    Collection,
    CollectionSeries,
    ReadingList,
    ReadingListChapter,
)
from app.config import Settings
from app.downloads.models import Download
from app.foundation.db import new_id, now
from app.foundation.db.tables import all_tables
from app.foundation.queue.models import Job, TimetableEntry
from app.foundation.web.client import Client
from app.foundation.web.policies import Scope
from app.invitations import service as invitations
from app.library.models import (
    Chapter,
    ChapterFile,
    Creator,
    HiddenTag,
    Library,
    Problem,
    Series,
    SeriesCreator,
    SeriesTag,
    Tag,
    TagKind,
)
from app.library.trash_folder import put_away
from app.metadata.models import ChapterEdit, RelationKind, SeriesEdit, SeriesRelation
from app.notifications.models import Kind, Notification
from app.providers.models import Provider, Release, Source
from app.reading.models import Device
from app.reading.profiles import Profile
from tests import factories
from tests.browser import Browser, another_browser
from tests.downloads import rows
from tests.reading.shelf import cbz, chapter_on_disk, png, shelf

COUNT = 7_331_337
"""A number of series that stands nowhere else."""
_COUNT = re.compile(r"(?<![\w-])7[,.\u00a0\u202f ]?331[,.\u00a0\u202f ]?337(?![\w-])")
PAGE_MARK = b"the very bytes of a secret page"
SIGNED_OUT = ("anonymous", "disabled")
SIGNED_IN = ("stranger", "young", "hidden", "outside", "reader", "manager", "owner")
EVERYBODY = (*SIGNED_OUT, *SIGNED_IN)

# What only those may meet who may see the secret series; and what its library alone gives away.
OF_SERIES = {
    name: f"canary-{name}-qzx"
    for name in [
        "title",
        "other",
        "summary",
        "tag",
        "person",
        "publisher",
        "folder",
        "file",
        "chapter",
        "group",
        "problem",
        "reason",
        "collection",
        "list",
        "release",
    ]
}
OF_LIBRARY = {name: f"canary-{name}-qzx" for name in ("library", "root", "offline", "note")}
OF_PEOPLE = {
    "victim": "canary-victim-qzx",
    "mail": "canary-mail-qzx@example.org",
    "invitation": "canary-invitation-qzx",
    "tablet": "canary-tablet-qzx",
}


class World:
    """The ids of what is secret, and one browser for each of `EVERYBODY`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people: dict[str, User] = {}
        self.browsers: dict[str, Browser] = {}
        self.secret: Library
        self.open: Library
        self.secret_series: Series
        self.open_series: Series
        self.secret_chapters: list[Chapter] = []
        self.tag_id: Any = None
        self.job_id = new_id()
        self.problem_id = new_id()
        self.root_id: Any = None
        self.trashed_file_id: Any = None
        self.open_chapter: Chapter
        self.victim_session_id: Any = None
        self.victim_key_id: Any = None
        self.victim_family_id: Any = None
        self.device_id = new_id()
        self.passkey_id = new_id()
        self.collection_id = new_id()
        self.list_id = new_id()
        self.act_id = new_id()
        self.provider_id = new_id()
        self.notification_id = new_id()
        self.download_id = new_id()
        self.edit_id = new_id()
        self.invitation_id = new_id()
        self.tablet_id = new_id()
        self.source_id = new_id()
        self.release_id = new_id()

    @property
    def ids(self) -> dict[str, Any]:
        """For paths: everything secret."""
        return {
            "library_id": self.secret.id,
            "series_id": self.secret_series.id,
            "chapter_id": self.secret_chapters[0].id,
            "page": 1,
            "user_id": self.people["victim"].id,
            "session_id": self.victim_session_id,
            "passkey_id": self.passkey_id,
            "app_password_id": self.victim_key_id,
            "family_id": self.victim_family_id,
            "device_id": self.device_id,
            "job_id": self.job_id,
            "problem_id": self.problem_id,
            "root_id": self.root_id,
            "file_id": self.trashed_file_id,
            "collection_id": self.collection_id,
            "list_id": self.list_id,
            "act_id": self.act_id,
            "provider_id": self.provider_id,
            "identity_id": self.provider_id,
            "notification_id": self.notification_id,
            "download_id": self.download_id,
            "name": "genre",
            "day": "2026-02-03",
            "edit_id": self.edit_id,
            "other_id": self.open_series.id,
            "invitation_id": self.invitation_id,
            "tablet_id": self.tablet_id,
            "source_id": self.source_id,
            "release_id": self.release_id,
            "token": "no-such-secret",
        }

    @property
    def open_ids(self) -> dict[str, Any]:
        return {
            **self.ids,
            "library_id": self.open.id,
            "series_id": self.open_series.id,
            "chapter_id": self.open_chapter.id,
        }

    @property
    def missing_ids(self) -> dict[str, Any]:
        names = (
            *("library_id", "series_id", "chapter_id", "user_id", "session_id", "job_id"),
            *("problem_id", "root_id", "file_id", "collection_id", "list_id", "act_id"),
            *("device_id", "passkey_id", "app_password_id", "family_id"),
            *("edit_id", "other_id", "invitation_id", "tablet_id"),
            *("provider_id", "identity_id", "notification_id"),
            *("source_id", "release_id", "download_id"),
        )
        return {
            **{name: new_id() for name in names},
            "page": 1,
            "name": "genre",
            "day": "2026-02-03",
            "token": "no-such-secret",
        }


async def make_world(
    stack: AsyncExitStack, app: Litestar, session: AsyncSession, settings: Settings
) -> World:
    world = World(settings.library_roots[0] / new_id().hex)
    await _fill_shelves(session, world)
    await _invite(stack, app, session, world)
    return world


async def _download(session: AsyncSession, world: World) -> None:
    """A chapter of the secret series is on its way."""
    provider = await rows.a_provider(session)
    source = await rows.a_source(session, world.secret_series, provider)
    [release] = await rows.releases(session, source, 1, title=OF_SERIES["chapter"])
    session.add(
        Download(
            id=world.download_id,
            release_id=release.id,
            series_id=world.secret_series.id,
            provider_id=provider.id,
            reason=OF_SERIES["reason"],
        )
    )


async def _fill_shelves(session: AsyncSession, world: World) -> None:
    words = OF_SERIES
    secret_folder = world.folder / OF_LIBRARY["root"]
    world.secret = await shelf(session, secret_folder, OF_LIBRARY["library"], series_total=COUNT)
    world.open = await shelf(session, world.folder / "open", "Open shelf")
    world.secret_series = await factories.series(
        session,
        world.secret,
        words["title"],
        folder=words["folder"].encode(),
        age_rating=18,
        other_titles=[{"title": words["other"], "language": "en", "kind": "official"}],
        summary=words["summary"],
        publisher=words["publisher"],
    )
    world.open_series = await factories.series(session, world.open, "Open series")
    for number in (1, 2):
        pages = [png(grey=10 * page) + PAGE_MARK for page in (1, 2)]
        chapter = await chapter_on_disk(
            session,
            world.secret_series,
            secret_folder,
            number,
            archive=cbz(pages),
            title=words["chapter"],
            groups=[words["group"]],
        )
        world.secret_chapters.append(chapter)
    world.open_chapter = await chapter_on_disk(session, world.open_series, world.folder / "open")
    await _describe(session, world)


async def _describe(session: AsyncSession, world: World) -> None:
    words, series_id = OF_SERIES, world.secret_series.id
    tag = Tag(id=new_id(), kind=TagKind.TAG, name=words["tag"], key=words["tag"])
    creator = Creator(id=new_id(), name=words["person"], key=words["person"])
    root = await factories._first_root(session, world.secret_series)
    root.offline_since, root.offline_reason = now(), OF_LIBRARY["offline"]
    world.root_id = root.id
    world.trashed_file_id = await _put_into_trash(session, world)
    session.add_all([tag, creator, root])
    await session.flush()
    session.add_all(
        [
            SeriesTag(series_id=series_id, tag_id=tag.id),
            SeriesEdit(id=world.edit_id, series_id=series_id, before={}, after={}),
            ChapterEdit(
                id=world.edit_id, chapter_id=world.secret_chapters[0].id, before={}, after={}
            ),
            SeriesRelation(
                series_id=world.open_series.id, other_id=series_id, kind=RelationKind.SEQUEL
            ),
            SeriesCreator(series_id=series_id, creator_id=creator.id, role="writer"),
            Problem(
                id=world.problem_id,
                library_id=world.secret.id,
                root_id=root.id,
                path=words["file"].encode(),
                display_name=words["problem"],
                kind="damaged",
                reason=words["reason"],
            ),
            Job(kind="scan_library", key=str(world.secret.id), note=OF_LIBRARY["note"]),
            Job(id=world.job_id, kind="tidy_up", key="", priority=-10),
            Provider(
                id=world.provider_id,
                name="Night Market",
                driver="mangadex",
                options={"api": "http://127.0.0.1:9"},  # which nobody allowed: it is not asked
            ),
            TimetableEntry(kind="tidy_up", key="", every_seconds=86_400, next_run_at=now()),
        ]
    )
    await _follow(session, world)
    await session.commit()
    world.secret_series.cover_chapter_id = world.secret_chapters[0].id
    await session.merge(world.secret_series)
    await session.commit()
    world.tag_id = tag.id


async def _follow(session: AsyncSession, world: World) -> None:
    """The secret series at a provider, with a chapter that came out and is not here."""
    provider = Provider(id=new_id(), name="Tidepool", driver="mangadex")
    source = Source(
        id=world.source_id,
        series_id=world.secret_series.id,
        provider_id=provider.id,
        remote_id="secret",
        title=OF_SERIES["title"],
        followed_at=now() - timedelta(days=1),
        next_check_at=now() + timedelta(days=1),
    )
    release = Release(
        id=world.release_id,
        source_id=source.id,
        remote_id="secret 9",
        number=9,
        title=OF_SERIES["release"],
    )
    for row in (provider, source, release):
        session.add(row)
        await session.flush()
    world.secret_series.is_followed = True


async def _put_into_trash(session: AsyncSession, world: World) -> Any:
    """A third chapter of the secret series; the id of its file."""
    folder = world.folder / OF_LIBRARY["root"]
    chapter = await chapter_on_disk(session, world.secret_series, folder, 3)
    file = (
        await session.scalars(select(ChapterFile).where(ChapterFile.chapter_id == chapter.id))
    ).one()
    await session.execute(update(Chapter).where(Chapter.id == chapter.id).values(trashed_at=now()))
    file.trashed_at = now()
    await asyncio.to_thread(put_away, os.fsencode(folder), file.path, file.id)
    await session.commit()
    return file.id


async def _invite(
    stack: AsyncExitStack, app: Litestar, session: AsyncSession, world: World
) -> None:
    people = world.people
    roles = {"owner": Role.OWNER, "manager": Role.MANAGER, "outside": Role.MANAGER}
    for name in (*SIGNED_IN, "disabled"):
        more = {"age_limit": 12, "unrated": Unrated.SHOW} if name == "young" else {}
        people[name] = await factories.person(session, name, roles.get(name, Role.READER), **more)
        if name not in ("stranger", "outside"):
            await factories.let_in(session, people[name], world.secret)
        await factories.let_in(session, people[name], world.open)
    people["victim"] = await factories.person(session, OF_PEOPLE["victim"], email=OF_PEOPLE["mail"])
    await _put_together(session, world)
    session.add(HiddenTag(user_id=people["hidden"].id, tag_id=world.tag_id))
    here = Client("127.0.0.1", "http", "localhost")
    _secret, row = await Sessions(session).begin(people["victim"], here, "tests", stays=True)
    world.victim_session_id = row.id
    victim = people["victim"]
    _key, its_row = await AppPasswords(session).make(victim, "Canary app", [Scope.READ])
    _token, family = await Families(session).begin(its_row.id, frozenset(), here, "tests")
    world.victim_key_id, world.victim_family_id = its_row.id, family.id
    session.add(
        Tablet(
            id=world.tablet_id,
            secret_hash=b"3" * 32,
            scheme="http",
            name=OF_PEOPLE["tablet"],
            trusted_by=people["owner"].id,
        )
    )
    session.add(
        OneTimeToken(
            id=world.invitation_id,
            kind=invitations.KIND,
            secret_hash=b"2" * 32,
            user_id=people["owner"].id,
            expires_at=now() + timedelta(days=1),
            data={"note": OF_PEOPLE["invitation"]},
        )
    )
    session.add(
        Passkey(
            id=world.passkey_id,
            user_id=people["victim"].id,
            credential_id=b"2" * 32,
            public_key=b"",
            sign_count=0,
            transports=[],
            name=OF_PEOPLE["victim"],
        )
    )
    session.add(
        Notification(
            id=world.notification_id,
            user_id=people["victim"].id,
            kind=Kind.DOWNLOAD,
            sentence=OF_PEOPLE["victim"],
        )
    )
    await _download(session, world)
    # Everybody was told of the secret series, when they could still see it perhaps.
    session.add_all(
        Notification(
            user_id=people[name].id,
            kind=Kind.RELEASE,
            sentence=OF_SERIES["title"],
            series_id=world.secret_series.id,
        )
        for name in SIGNED_IN
    )
    session.add(
        Device(
            id=world.device_id,
            user_id=world.people["victim"].id,
            secret_hash=b"1" * 32,
            name="Canary device",
            profile=Profile.TABLET,
            settings={"scale": "width"},
        )
    )
    await session.commit()
    for name in EVERYBODY:
        browser = another_browser(app, session, people.get(name))
        world.browsers[name] = await stack.enter_async_context(browser)
    await session.execute(
        update(User).where(User.id == people["disabled"].id).values(disabled_at=now())
    )
    await session.commit()


async def _put_together(session: AsyncSession, world: World) -> None:
    """A collection of everybody and a list that the reader shares, both of secret things only."""
    series, chapter = world.secret_series, world.secret_chapters[0]
    name, of_list = OF_SERIES["collection"], OF_SERIES["list"]
    session.add_all(
        [
            Collection(id=world.collection_id, name=name, sort_key=name, summary=name),
            ReadingList(
                id=world.list_id,
                owner_id=world.people["reader"].id,
                name=of_list,
                sort_key=of_list,
                summary=of_list,
                is_shared=True,
            ),
        ]
    )
    await session.flush()
    session.add_all(
        [
            CollectionSeries(collection_id=world.collection_id, series_id=series.id, position=1),
            ReadingListChapter(list_id=world.list_id, chapter_id=chapter.id, position=1),
        ]
    )
    await session.commit()


async def renew(session: AsyncSession, world: World, name: str) -> None:
    """Signs in again whoever was signed out."""
    from tests.browser import keep_cookie

    here = Client("127.0.0.1", "http", "localhost")
    secret, _row = await Sessions(session).begin(world.people[name], here, "tests", stays=True)
    await session.commit()
    keep_cookie(world.browsers[name].client, "bunko_session", secret)


async def age_sessions(session: AsyncSession) -> None:
    """As if everybody had been away for an hour, so that the next use is noted."""
    await session.execute(text("UPDATE session SET used_at = used_at - interval '1 hour'"))
    await session.commit()


def leaks(answer: Any, *, library_is_known: bool = False) -> list[str]:
    """The secrets that stand in the answer, its headers included."""
    whole = answer.text + "\n" + "\n".join(f"{k}: {v}" for k, v in answer.headers.items())
    words = [*OF_SERIES.values(), *OF_PEOPLE.values()]
    if not library_is_known:
        words += OF_LIBRARY.values()
    found = [word for word in words if word in whole]
    if _COUNT.search(whole):
        found.append("count")
    if PAGE_MARK in answer.content:
        found.append("page")
    return found


async def row_digests(
    engine: AsyncEngine, *, without: frozenset[str] = frozenset()
) -> dict[str, str | None]:
    """A digest of every table; `without` names tables, or `table.column`s, that do not count."""
    found: dict[str, str | None] = {}
    async with engine.connect() as connection:
        for table in all_tables().sorted_tables:
            if table.name in without:
                continue
            row = "to_jsonb(t)" + "".join(
                f" - '{name.partition('.')[2]}'"
                for name in sorted(without)
                if name.startswith(table.name + ".")
            )
            query = (
                f"SELECT md5(string_agg(({row})::text, '|' ORDER BY ({row})::text))"
                f' FROM "{table.name}" t'
            )
            found[table.name] = await connection.scalar(text(query))
    return found
