"""`/series/…/edit`: what is known of a series, changed by those who manage it."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.models import Direction, Series, SeriesStatus
from app.library.queries import visible_to
from app.library.words import direction_name, status_name
from app.metadata.clash_screen import Edited, clash_screen
from app.metadata.editing import SeriesEditor
from app.metadata.fields import FIELDS, ROLES, TITLE_KINDS, kind_word, role_word
from app.metadata.forms import (
    SeriesForm,
    form_of,
    labels,
    sent_texts,
    wishes_of,
    with_additions,
)
from app.metadata.sheet import SeriesSheet
from app.metadata.suggestions import people_near, tags_near


class SeriesDetails(Controller):
    path = "/series/{series_id:uuid}/edit"
    opt = {"policy": Policy.MANAGER}

    @get("", name="series.edit")
    async def edit_series(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        sheet = await SeriesEditor(session, person).sheet(series_id)
        return await _form_screen(request, session, person, sheet, form_of(sheet, SeriesForm))

    @post("", name="series.change", status_code=200)
    async def change_series(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        editor = SeriesEditor(session, person)
        sheet = await editor.sheet(series_id, locked=True)
        form: Form[Any] = await Form.read(request, SeriesForm)
        typed = with_additions(form, sent_texts(form, FIELDS))
        wishes = wishes_of(form, typed, FIELDS)
        if wishes is None:
            return await _form_screen(request, session, person, sheet, form)
        made, edit_id = await editor.save(sheet, wishes)
        if made.clashes:
            return clash_screen(request, _edited(sheet.series), sheet, form, typed, made.clashes)
        undo = f"/series/{series_id}/edit/{edit_id}/undo" if edit_id else ""
        text = _("Saved.") if edit_id else _("Nothing was changed.")
        then = await _home(session, person, sheet.series)
        return done(request, then=then, flash=Flash(text, undo=undo))

    @post("/{edit_id:uuid}/undo", name="series.undo_edit")
    async def undo_edit(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        series_id: UUID,
        edit_id: UUID,
    ) -> Response[Any]:
        series = await SeriesEditor(session, person).undo(series_id, edit_id)
        then = await _home(session, person, series)
        return done(request, then=then, flash=_("Everything is as it was."))


async def _home(session: AsyncSession, person: User, series: Series) -> str:
    """The series; or its library, where the edit has put the series out of this person's sight."""
    seen = select(Series.id).where(Series.id == series.id, visible_to(person))
    is_seen = await session.scalar(seen)
    return f"/series/{series.id}" if is_seen else f"/libraries/{series.library_id}"


async def _form_screen(
    request: HTMXRequest, session: AsyncSession, person: User, sheet: SeriesSheet, form: Form[Any]
) -> Response[Any]:
    return show(
        request,
        "metadata/series_edit.html",
        422 if form.errors else 200,
        series=sheet.series,
        form=form,
        views=sheet.views(),
        labels=labels(),
        statuses=[("", _("Not known")), *_statuses()],
        directions=[("", _("As the library")), *_directions()],
        roles=[(role, role_word(role)) for role in ROLES],
        kinds=[(kind, kind_word(kind)) for kind in TITLE_KINDS],
        near=await tags_near(session, person),
        people=await people_near(session, person, sheet.series),
    )


def _edited(series: Series) -> Edited:
    return Edited(
        home=f"/series/{series.id}",
        name=series.title,
        language=series.language,
        labels=labels(),
        choices={"status": dict(_statuses()), "direction": dict(_directions())},
    )


def _statuses() -> list[tuple[str, str]]:
    return [(status.value, status_name(status)) for status in SeriesStatus]


def _directions() -> list[tuple[str, str]]:
    return [(direction.value, direction_name(direction)) for direction in Direction]


routes = [SeriesDetails]
