"""`/chapters/…/edit`: what is known of a chapter, changed by those who manage it."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.models import ChapterKind
from app.library.words import chapter_name, kind_name
from app.metadata.chapter_editing import ChapterEditor
from app.metadata.chapter_facts import SERIES
from app.metadata.chapter_fields import FIELDS, labels
from app.metadata.chapter_sheet import ChapterSheet, chapter_to_edit
from app.metadata.clash_screen import Edited, clash_screen
from app.metadata.forms import ChapterForm, form_of, sent_texts, wish_of, wishes_of
from app.metadata.related import candidates
from app.metadata.related_routes import asked_for


class MoveForm(msgspec.Struct, kw_only=True):
    """`was` is the series that the screen showed."""

    was: UUID
    to: UUID


class ChapterDetails(Controller):
    path = "/chapters/{chapter_id:uuid}/edit"
    opt = {"policy": Policy.MANAGER}

    @get("", name="chapter.edit")
    async def edit_chapter(
        self, request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
    ) -> Response[Any]:
        sheet = await ChapterEditor(session, person).sheet(chapter_id)
        return _form_screen(request, sheet, form_of(sheet, ChapterForm))

    @post("", name="chapter.change", status_code=200)
    async def change_chapter(
        self, request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
    ) -> Response[Any]:
        editor = ChapterEditor(session, person)
        sheet = await editor.sheet(chapter_id, locked=True)
        form: Form[Any] = await Form.read(request, ChapterForm)
        typed = sent_texts(form, FIELDS)
        wishes = wishes_of(form, typed, FIELDS)
        if wishes is None:
            return _form_screen(request, sheet, form)
        home = sheet.series.id
        made, edit_id = await editor.save(
            sheet, {**wishes, SERIES: wish_of(form, SERIES, home, home)}
        )
        if made.clashes:
            return clash_screen(request, _edited(sheet), sheet, form, typed, made.clashes)
        undo = f"/chapters/{chapter_id}/edit/{edit_id}/undo" if edit_id else ""
        text = _("Saved.") if edit_id else _("Nothing was changed.")
        return done(request, then=f"/chapters/{chapter_id}", flash=Flash(text, undo=undo))

    @get("/series", name="chapter.choose_series")
    async def choose_series(
        self, request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
    ) -> Response[Any]:
        chapter, series = await chapter_to_edit(session, person, chapter_id)
        asked = asked_for(request)
        found = await candidates(session, person, series, asked, same_library=True) if asked else []
        return show(
            request,
            "metadata/chapter_series.html",
            chapter=chapter,
            series=series,
            name=chapter_name(chapter),
            asked=asked,
            found=found,
        )

    @post("/series", name="chapter.move", status_code=200)
    async def move_chapter(
        self, request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
    ) -> Response[Any]:
        editor = ChapterEditor(session, person)
        await chapter_to_edit(session, person, chapter_id)
        form = await Form.read(request, MoveForm)
        if form.value is None:
            raise Invalid("This form sent something that Bunko does not know.")
        home, edit_id = await editor.move(chapter_id, form.value.was, form.value.to)
        text = _("It is in “%(title)s” now.", title=home.title)
        undo = f"/chapters/{chapter_id}/edit/{edit_id}/undo"
        return done(request, then=f"/chapters/{chapter_id}", flash=Flash(text, undo=undo))

    @post("/{edit_id:uuid}/undo", name="chapter.undo_edit")
    async def undo_chapter_edit(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        chapter_id: UUID,
        edit_id: UUID,
    ) -> Response[Any]:
        await ChapterEditor(session, person).undo(chapter_id, edit_id)
        return done(request, then=f"/chapters/{chapter_id}", flash=_("Everything is as it was."))


def _form_screen(request: HTMXRequest, sheet: ChapterSheet, form: Form[Any]) -> Response[Any]:
    return show(
        request,
        "metadata/chapter_edit.html",
        422 if form.errors else 200,
        chapter=sheet.chapter,
        series=sheet.series,
        series_source=sheet.words(SERIES, sheet.present[SERIES]),
        name=chapter_name(sheet.chapter),
        form=form,
        views=sheet.views(),
        labels=labels(),
        kinds=_kinds(),
    )


def _edited(sheet: ChapterSheet) -> Edited:
    return Edited(
        home=f"/chapters/{sheet.chapter.id}",
        name=f"{sheet.series.title} · {chapter_name(sheet.chapter)}",
        language=sheet.series.language,
        labels=labels(),
        choices={"kind": dict(_kinds())},
    )


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, kind_name(kind)) for kind in ChapterKind]


routes = [ChapterDetails]
