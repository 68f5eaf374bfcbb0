"""`/notifications`: what somebody was told; and how much of it is new, on every screen."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.mail import can_send
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.paging import ROWS, moment_after, onwards
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.notifications import service, words
from app.notifications.forms import MailForm
from app.notifications.queries import by_mail, inbox_of

ADDRESS = "/notifications"
CURSOR = "notifications"
LINE = "notifications/_line.html"


class Notifications(Controller):
    path = ADDRESS
    opt = {"policy": Policy.SIGNED_IN}

    @get("", name="notifications.inbox")
    async def show_inbox(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        after = moment_after(request, CURSOR)
        found = await inbox_of(session, person, after=after, limit=ROWS + 1)
        lines = found[:ROWS]
        last = (lines[-1].at.isoformat(), str(lines[-1].id)) if lines else ()
        return show(
            request,
            "notifications/inbox.html",
            fragment="notifications/_lines.html",
            lines=lines,
            is_first=after is None,
            next_href=onwards(request, CURSOR, len(found) > ROWS, *last),
            words=words,
        )

    @post("/{notification_id:uuid}/read", name="notifications.read", status_code=200)
    async def read_line(
        self, request: HTMXRequest, person: User, session: AsyncSession, notification_id: UUID
    ) -> Response[Any]:
        line = await service.mark_read(session, person, notification_id)
        return done(request, ADDRESS, LINE, line=line, words=words)

    @post("/{notification_id:uuid}/open", name="notifications.open", status_code=200)
    async def open_line(
        self, request: HTMXRequest, person: User, session: AsyncSession, notification_id: UUID
    ) -> Response[Any]:
        """To what it is about; it is read then."""
        line = await service.mark_read(session, person, notification_id)
        return done(request, line.link or ADDRESS)

    @post("/read", name="notifications.read_all", status_code=200)
    async def read_all(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        await service.mark_all_read(session, person)
        return done(request, ADDRESS, flash=_("All of them are read."))

    @get("/mail", name="notifications.mail")
    async def show_mail(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        chosen = await by_mail(session, person)
        form = Form.of(MailForm(kinds=[kind for kind in words.KINDS if kind in chosen]))
        return _mail_screen(request, person, form)

    @post("/mail", name="notifications.choose_mail", status_code=200)
    async def choose_mail(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, MailForm)
        if form.value is None:
            return _mail_screen(request, person, form)
        await service.choose_mail(session, person, form.value.kinds)
        return done(request, f"{ADDRESS}/mail", flash=_("Saved."))


def _mail_screen(request: HTMXRequest, person: User, form: Form[MailForm]) -> Response[Any]:
    return show(
        request,
        "notifications/mail.html",
        422 if form.errors else 200,
        form=form,
        kinds=[
            (kind, words.KINDS[kind].label, words.KINDS[kind].help)
            for kind in words.kinds_for(person)
        ],
        can_send=can_send(request.app.state.settings),
    )


routes: list[ControllerRouterHandler] = [Notifications]
