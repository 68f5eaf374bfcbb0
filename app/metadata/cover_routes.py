"""`/series/…/edit/cover`: a page, an upload, a file beside the chapters, or the automatic one."""

import asyncio
import os
import re
from hashlib import blake2b
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar_htmx import HTMXRequest
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import DomainError, NotFound
from app.foundation.archives.sniffing import sniff
from app.foundation.images.artwork import MOST_BYTES
from app.foundation.images.recipe import Recipe
from app.foundation.web.conditional import Bytes
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.models import Series
from app.library.words import chapter_name
from app.metadata import covers
from app.metadata.changes import Cover
from app.metadata.editing import SeriesEditor
from app.metadata.origins import source_words
from app.metadata.sheet import COVER, series_to_edit
from app.reading.addresses import (
    chapter_cover_url,
    cover_url,
    cover_version,
    page_url,
)
from app.reading.image_answers import SOON_STALE
from app.reading.images import images_of
from app.reading.placeholder import placeholder

_WIDTH = 320
_THUMBNAIL = Recipe(width=_WIDTH)
FILE = "picture"
ROOM_FOR_THE_FORM = 20_000
_PLACE = re.compile(r"[0-9]{1,7}\Z", re.ASCII)


class PageForm(msgspec.Struct, kw_only=True):
    page: Annotated[int, Meta(ge=1, le=1_000_000)]


class UploadForm(msgspec.Struct, kw_only=True):
    """The picture itself is read by the handler."""


class FileForm(msgspec.Struct, kw_only=True):
    """`file` is the key of one of the files that the screen offered."""

    file: Annotated[str, Meta(max_length=32)]


class SeriesCover(Controller):
    path = "/series/{series_id:uuid}/edit/cover"
    opt = {"policy": Policy.MANAGER}

    @get("", name="series.cover")
    async def choose_cover(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        series = await series_to_edit(session, person, series_id)
        return await _screen(request, session, person, series, Form.blank(UploadForm))

    @get("/{chapter_id:uuid}", name="series.cover_pages")
    async def choose_page(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        series_id: UUID,
        chapter_id: UUID,
    ) -> Response[Any]:
        series = await series_to_edit(session, person, series_id)
        chapter = await covers.chapter_to_pick(session, person, series_id, chapter_id)
        first = min(_place(request), chapter.page_count)
        last = min(first + covers.PAGES - 1, chapter.page_count)
        here = f"/series/{series_id}/edit/cover/{chapter_id}"
        return show(
            request,
            "metadata/cover_pages.html",
            series=series,
            chapter=chapter,
            chapter_name=chapter_name(chapter),
            pages=[
                (page, page_url(chapter.id, page, chapter.revision, _THUMBNAIL))
                for page in range(first, last + 1)
            ],
            first=first,
            last=last,
            previous_href=f"{here}?from={max(1, first - covers.PAGES)}" if first > 1 else "",
            next_href=f"{here}?from={last + 1}" if last < chapter.page_count else "",
        )

    @post("/{chapter_id:uuid}", name="series.take_page")
    async def take_page(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        series_id: UUID,
        chapter_id: UUID,
    ) -> Response[Any]:
        await series_to_edit(session, person, series_id)
        chapter = await covers.chapter_to_pick(session, person, series_id, chapter_id)
        form = await Form.read(request, PageForm)
        if form.value is None or form.value.page > chapter.page_count:
            raise NotFound("There is no such page.")
        cover = Cover(chapter.id, form.value.page)
        return await _chosen(request, session, person, series_id, cover)

    @post(
        "/upload",
        name="series.upload_cover",
        status_code=200,
        request_max_body_size=MOST_BYTES + ROOM_FOR_THE_FORM,
    )
    async def upload_cover(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        series = await series_to_edit(session, person, series_id)
        form = await Form.read(request, UploadForm, also=(FILE,))
        art = None if form.errors else await _uploaded(request, form)
        if art is None:
            return await _screen(request, session, person, series, form)
        return await _take_art(request, session, person, series, art)

    @get("/file", name="series.cover_file")
    async def cover_file(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        """`?key=…`: how one of the files beside the chapters looks, made anew in the sandbox."""
        series = await series_to_edit(session, person, series_id)
        file = await covers.file_beside(session, series, request.query_params.get("key", ""))
        try:
            data = await asyncio.to_thread(covers.read_cover, file)
            picture = await images_of(request.app).remade(file.key, data, _WIDTH)
        except DomainError:
            picture, digest = placeholder(_WIDTH), "none"
        else:
            digest = blake2b(picture, digest_size=10).hexdigest()
        return Bytes(
            request,
            picture,
            media_type=sniff(picture) or "",
            etag=f"beside-{digest}",
            cache_control=SOON_STALE,
        )

    @post("/file", name="series.take_file", status_code=200)
    async def take_file(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        series = await series_to_edit(session, person, series_id)
        form = await Form.read(request, FileForm)
        file = await covers.file_beside(session, series, form.value.file if form.value else "")
        try:
            art = await _kept(request, await asyncio.to_thread(covers.open_cover, file))
        except DomainError as error:
            form.wrong("file", error)
            return await _screen(request, session, person, series, form)
        return await _take_art(request, session, person, series, art)

    @post("/remove", name="series.automatic_cover")
    async def take_automatic(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        await series_to_edit(session, person, series_id)
        cover = await covers.automatic_cover(session, series_id)
        return await _chosen(request, session, person, series_id, cover, locked=False)


async def _take_art(
    request: HTMXRequest, session: AsyncSession, person: User, series: Series, art: str
) -> Response[Any]:
    cover = Cover(series.cover_chapter_id, series.cover_page, art)
    return await _chosen(request, session, person, series.id, cover)


async def _chosen(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    series_id: UUID,
    cover: Cover,
    *,
    locked: bool = True,
) -> Response[Any]:
    edit_id = await SeriesEditor(session, person).choose_cover(series_id, cover, locked=locked)
    undo = f"/series/{series_id}/edit/{edit_id}/undo"
    return done(
        request, then=f"/series/{series_id}", flash=Flash(_("The cover is changed."), undo=undo)
    )


async def _uploaded(request: HTMXRequest, form: Form[UploadForm]) -> str | None:
    """The name of the kept picture; None with the mistake in the form."""
    sent = (await request.form()).get(FILE)
    if not isinstance(sent, UploadFile) or not sent.filename:
        form.wrong(FILE, _("Choose a picture."))
        return None
    try:
        # The upload lies on the disk from here on: the sandbox gets its descriptor.
        await asyncio.to_thread(sent.file.rollover)
        return await _kept(request, os.dup(sent.file.fileno()))
    except DomainError as error:
        form.wrong(FILE, error)
        return None


async def _kept(request: HTMXRequest, fd: int) -> str:
    try:
        return await images_of(request.app).artwork.keep(fd)
    finally:
        os.close(fd)


async def _screen(
    request: HTMXRequest, session: AsyncSession, person: User, series: Series, form: Form[Any]
) -> Response[Any]:
    chapters = await covers.chapters_from(session, person, series.id, _place(request))
    shown, rest = chapters[: covers.CHAPTERS], chapters[covers.CHAPTERS :]
    here = f"/series/{series.id}/edit/cover"
    version = series.cover_art or f"{series.cover_chapter_id}-{series.cover_page}"
    return show(
        request,
        "metadata/cover.html",
        422 if form.errors else 200,
        series=series,
        form=form,
        cover=cover_url(series.id, version),
        is_chosen=COVER in series.locked_fields,
        source=source_words(COVER, series.sources.get(COVER), version, {}, []),
        files=await covers.files_beside(session, series),
        chapters=[(one, chapter_name(one), _picture(one)) for one in shown],
        most_mb=MOST_BYTES >> 20,
        previous_href=here if _place(request) > 1 else "",
        next_href=f"{here}?from={rest[0].position}" if rest else "",
    )


def _picture(chapter: covers.PickChapter) -> str:
    version = cover_version(chapter.file_id, chapter.revision, 1)
    return chapter_cover_url(chapter.id, version)


def _place(request: HTMXRequest) -> int:
    """Where the list begins; the beginning for what is no number."""
    asked = request.query_params.get("from", "")
    return max(1, int(asked)) if _PLACE.match(asked) else 1


routes = [SeriesCover]
