"""Reading lists as files: brought in, sent out, and what of a file was not on the shelf."""

import re
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections import cbl, members
from app.collections.forms import ImportForm
from app.collections.list_queries import ListedChapter, chapters_in
from app.collections.list_routes import LIST
from app.collections.lists import AllLists
from app.collections.matching import Matches, match, said_of
from app.collections.models import ReadingList, ReadingListChapter
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show

FILE = "file"
ROOM_FOR_THE_FORM = 20_000
SCREEN = "collections/list_import.html"


class ListFiles(Controller):
    path = LIST
    opt = {"policy": Policy.SIGNED_IN}

    @get("/import", name="list.choose_file")
    async def choose_file(self, request: HTMXRequest) -> Response[Any]:
        return show(request, SCREEN, form=Form.blank(ImportForm))

    @post(
        "/import",
        name="list.import",
        status_code=200,
        request_max_body_size=cbl.MOST_BYTES + ROOM_FOR_THE_FORM,
    )
    async def import_list(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, ImportForm, also=(FILE,))
        listed = await _read_file(request, form)
        sent = form.value
        if sent is None or listed is None:
            return show(request, SCREEN, 422, form=form)
        name = sent.name or listed.name or _("Reading list")
        made = await AllLists(session).create(
            person, name, listed.summary, is_shared=sent.is_shared
        )
        matches = await match(session, person, listed.books)
        await members.put(session, ReadingListChapter, made.id, _places(matches))
        made.unmatched = [msgspec.to_builtins(book) for book in matches.missing]
        return done(request, then=f"{LIST}/{made.id}", flash=_told(matches))

    @get("/{list_id:uuid}/export", name="list.export")
    async def export_list(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[bytes]:
        """What this person sees of it, as a CBL file."""
        reading_list = await AllLists(session).one_for(person, list_id)
        chapters = await chapters_in(session, person, reading_list, limit=members.MOST_MEMBERS)
        books = [_book(chapter) for chapter in chapters]
        data = cbl.write_cbl(reading_list.name, reading_list.summary or "", books)
        headers = {"Content-Disposition": _attachment(reading_list.name)}
        return Response(data, media_type="application/xml", headers=headers)

    @post("/{list_id:uuid}/unmatched", name="list.match_again")
    async def match_again(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        """What came onto the shelf since takes the place it has in the file, if that is free."""
        reading_list = await AllLists(session).one_of(person, list_id)
        books = msgspec.convert(reading_list.unmatched, list[cbl.Book])
        matches = await match(session, person, books)
        for place, chapter_id in _by_place(matches).items():
            await members.put_back(session, ReadingListChapter, reading_list.id, chapter_id, place)
        reading_list.unmatched = [msgspec.to_builtins(book) for book in matches.missing]
        return done(request, then=f"{LIST}/{list_id}", flash=_told(matches))

    @post("/{list_id:uuid}/unmatched/remove", name="list.forget_unmatched")
    async def forget_unmatched(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        reading_list: ReadingList = await AllLists(session).one_of(person, list_id)
        reading_list.unmatched = []
        return done(request, then=f"{LIST}/{list_id}", flash=_("Forgotten."))


async def _read_file(request: HTMXRequest, form: Form[ImportForm]) -> cbl.Listed | None:
    """What is in the upload; None with the mistake in the form."""
    sent = (await request.form()).get(FILE)
    if not isinstance(sent, UploadFile) or not sent.filename:
        form.wrong(FILE, _("Choose a file."))
        return None
    data = await sent.read(cbl.MOST_BYTES + 1)
    try:
        return cbl.read_cbl(data)
    except cbl.BadList as error:
        form.wrong(FILE, error)
        return None


def _places(matches: Matches) -> dict[UUID, int]:
    return {chapter_id: place for place, chapter_id in matches.found.items()}


def _by_place(matches: Matches) -> dict[int, UUID]:
    return dict(sorted(matches.found.items()))


def _told(matches: Matches) -> Flash:
    count = len(matches.found)
    text = ngettext("%(num)s chapter is in the list.", "%(num)s chapters are in the list.", count)
    if not matches.missing:
        return Flash(text)
    lost = ngettext(
        "%(num)s book was not found on your shelf.",
        "%(num)s books were not found on your shelf.",
        len(matches.missing),
    )
    return Flash(f"{text} {lost}", kind="warn")


def _book(chapter: ListedChapter) -> cbl.Book:
    year = str(chapter.year or "")
    return cbl.Book(series=chapter.series_title, number=said_of(chapter), volume=year)


def _attachment(name: str) -> str:
    """A file name for every browser: plain, and as RFC 6266 has it."""
    plain = re.sub(r"[^A-Za-z0-9 ._-]+", "_", name).strip(" ._") or "reading-list"
    return f"attachment; filename=\"{plain}.cbl\"; filename*=UTF-8''{quote(name, safe='')}.cbl"


routes = [ListFiles]
