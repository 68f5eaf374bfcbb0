"""`/admin/audit`: who did what to whom, for owners."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.events import TITLES, What
from app.errors import NotFound
from app.foundation.db import now
from app.foundation.web.context import AnyRequest, NavEntry, person_of, register_nav
from app.foundation.web.forms import Words
from app.foundation.web.i18n import _, lazy_gettext
from app.foundation.web.paging import Cursor
from app.foundation.web.policies import Policy
from app.foundation.web.render import show
from app.foundation.web.settings import Section, register_section
from app.monitoring.audit import AuditRules
from app.monitoring.audit_export import WRITERS
from app.monitoring.audit_queries import SHOWN, Wish, exported, lines
from app.monitoring.audit_words import about_words, title_of

SCREEN = "/admin/audit"
CURSOR = "audit"
LONGEST = 200


class Audit(Controller):
    path = SCREEN
    opt = {"policy": Policy.OWNER}

    @get("", name="monitoring.audit")
    async def show_audit(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        wish, wrong = wish_of(request)
        before = _place(request)
        found = [] if wrong else await lines(session, wish, before=before, limit=SHOWN + 1)
        shown = found[:SHOWN]
        return show(
            request,
            "monitoring/audit.html",
            status_code=422 if wrong else 200,
            wish=wish,
            all_of_it=Wish(),
            typed=_typed(request),
            wrong=wrong,
            lines=shown,
            kinds=[("", _("Everything")), *((what.value, TITLES[what]) for what in What)],
            is_first=before is None,
            first_href=_address(wish),
            next_href=_next(request, wish, shown[-1].id) if len(found) > SHOWN else "",
            exports=[(name, _address(wish, f"{SCREEN}/export", form=name)) for name in WRITERS],
            title_of=title_of,
            about_words=about_words,
        )

    @get("/export", name="monitoring.audit_export")
    async def export_audit(self, request: HTMXRequest, form: str = "csv") -> Response[Any]:
        wish, wrong = wish_of(request)
        if form not in WRITERS or wrong:
            raise NotFound("There is no such file.")
        write, media_type = WRITERS[form]
        sessions = request.app.state.session_maker_class
        name = f"bunko-audit-{now():%Y-%m-%d}.{form}"
        # Of a HEAD nothing is read.
        is_head = "is_head" in request.scope["state"]
        content: Any = b"" if is_head else write(exported(sessions, wish))
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Stream(content, media_type=media_type, headers=headers)


def wish_of(request: AnyRequest) -> tuple[Wish, Words]:
    """What the address asks for, and what is wrong with it by field."""
    typed, wrong = _typed(request), Words()
    days: dict[str, date | None] = {}
    for name in ("since", "until"):
        try:
            days[name] = _day(typed[name]) if typed[name] else None
        except ValueError:
            wrong[name] = _("Write a date as year-month-day, such as 2026-03-01.")
    known = {what.value for what in What}
    if typed["kind"] and typed["kind"] not in known:
        wrong["kind"] = _("Choose one of the list.")
    if any(not typed[name].isprintable() for name in ("person", "network")):
        wrong["person"] = _("This has a character that cannot be stored.")
    return (Wish() if wrong else msgspec.convert({**typed, **days}, Wish)), wrong


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not 1970 <= day.year < 3000:
        raise ValueError(text)
    return day


def _typed(request: AnyRequest) -> dict[str, str]:
    return {
        name: request.query_params.get(name, "").strip()[:LONGEST]
        for name in Wish.__struct_fields__
    }


def _place(request: AnyRequest) -> UUID | None:
    place = Cursor.of(request, CURSOR).unpack(request.query_params.get("after"), 1)
    return UUID(str(place[0])) if place else None


def _next(request: AnyRequest, wish: Wish, last: UUID) -> str:
    return _address(wish, after=Cursor.of(request, CURSOR).pack(str(last)))


def _address(wish: Wish, path: str = SCREEN, **more: str) -> str:
    asked = {name: str(value) for name, value in msgspec.structs.asdict(wish).items() if value}
    query = urlencode({**asked, **more})
    return f"{path}?{query}" if query else path


def _places(request: AnyRequest) -> Iterable[NavEntry]:
    return [NavEntry(SCREEN, "info", _("Audit log"))] if person_of(request).is_owner else []


register_nav(_places, order=135, admin=True)
register_section(
    Section(
        key="audit",
        title=lazy_gettext("Audit log"),
        about=lazy_gettext("How long Bunko remembers who signed in and who changed what."),
        icon="list",
        kind=AuditRules,
        template="monitoring/_audit_rules.html",
        order=160,
    )
)
routes: list[ControllerRouterHandler] = [Audit]
