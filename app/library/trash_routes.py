"""The trash: putting chapters and series there, and what can be done with what lies in it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.service import AllLibraries
from app.library.trash import OnDisk, Trash
from app.library.words import chapter_name

MANAGERS = {"policy": Policy.MANAGER}


@get("/chapters/{chapter_id:uuid}/trash", name="chapter.confirm_trash", opt=MANAGERS)
async def confirm_chapter(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    one = await Trash(session).chapter_for(person, chapter_id)
    what = _(
        "%(chapter)s of %(series)s", chapter=chapter_name(one.chapter), series=one.series.title
    )
    return _ask(request, what, [one], f"/chapters/{chapter_id}/trash")


@post("/chapters/{chapter_id:uuid}/trash", name="chapter.trash", opt=MANAGERS)
async def trash_chapter(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    trash = Trash(session)
    one = await trash.chapter_for(person, chapter_id)
    await trash.put([one])
    await session.refresh(one.series)
    home = f"/libraries/{one.library.id}" if one.series.trashed_at else f"/series/{one.series.id}"
    name = chapter_name(one.chapter)
    return done(request, then=home, flash=_("%(chapter)s is in the trash.", chapter=name))


@get("/series/{series_id:uuid}/trash", name="series.confirm_trash", opt=MANAGERS)
async def confirm_series(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    files = await Trash(session).series_for(person, series_id)
    return _ask(request, files[0].series.title, files, f"/series/{series_id}/trash")


@post("/series/{series_id:uuid}/trash", name="series.trash", opt=MANAGERS)
async def trash_series(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    trash = Trash(session)
    files = await trash.series_for(person, series_id)
    await trash.put(files)
    return done(
        request,
        then=f"/libraries/{files[0].library.id}",
        flash=_("“%(title)s” is in the trash.", title=files[0].series.title),
    )


class TrashAdmin(Controller):
    path = "/admin/libraries/{library_id:uuid}/trash"
    opt = MANAGERS  # Litestar reads it from the class

    @get("", name="library.trash")
    async def list_trash(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        files = await Trash(session).listed(person, library)
        return show(
            request, "library/trash.html", library=library, files=files, chapter_name=chapter_name
        )

    @post("/{file_id:uuid}/restore", name="library.restore")
    async def restore_file(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        library_id: UUID,
        file_id: UUID,
    ) -> Response[Any]:
        trash, one = await self._one(person, session, library_id, file_id)
        await trash.restore([one])
        text = _("“%(file)s” is back in its place.", file=one.file.display_name)
        return done(request, then=f"/admin/libraries/{library_id}/trash", flash=text)

    @get("/{file_id:uuid}/delete", name="library.confirm_delete")
    async def confirm_delete(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        library_id: UUID,
        file_id: UUID,
    ) -> Response[Any]:
        _trash, one = await self._one(person, session, library_id, file_id)
        return show(request, "library/trash_delete.html", one=one)

    @post("/{file_id:uuid}/delete", name="library.delete")
    async def delete_file(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        library_id: UUID,
        file_id: UUID,
    ) -> Response[Any]:
        trash, one = await self._one(person, session, library_id, file_id)
        name = one.file.display_name
        await trash.delete(one)
        text = _("“%(file)s” is deleted.", file=name)
        return done(request, then=f"/admin/libraries/{library_id}/trash", flash=text)

    async def _one(
        self, person: User, session: AsyncSession, library_id: UUID, file_id: UUID
    ) -> tuple[Trash, OnDisk]:
        library = await AllLibraries(session).one_for(person, library_id)
        trash = Trash(session)
        return trash, await trash.one_in(person, library, file_id)


def _ask(request: HTMXRequest, what: str, files: Sequence[OnDisk], action: str) -> Response[Any]:
    happens = [
        ngettext(
            "%(num)s file moves to the trash of its library folder.",
            "%(num)s files move to the trash of their library folder.",
            len(files),
        ),
        _("It leaves every screen. After 30 days the trash is emptied."),
    ]
    return show(
        request,
        "library/trash_confirm.html",
        what=what,
        happens=happens,
        action=action,
        back=f"/series/{files[0].series.id}",
        read_only=files[0].library.read_only,
    )


routes: list[ControllerRouterHandler] = [
    *(confirm_chapter, trash_chapter, confirm_series, trash_series),
    TrashAdmin,
]
