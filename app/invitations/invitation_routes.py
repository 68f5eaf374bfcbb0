"""`/admin/invitations` where owners make links, and `/invitation/…` where somebody follows one."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.accounts.names import WrongEmail
from app.accounts.routes import save_names
from app.accounts.service import EmailTaken, People
from app.auth.answers import begin_session, throttles_of
from app.auth.events import SecurityEvent, What, by
from app.auth.hashing import hasher
from app.auth.history import came_in
from app.auth.service import check_new_password, count_try_from, let_go
from app.auth.tokens import BadToken
from app.errors import Conflict
from app.events import publish
from app.foundation.mail import can_send, send_later
from app.foundation.web import Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.invitations.forms import LIVES, Newcomer, NewInvitation
from app.invitations.letters import LETTER
from app.invitations.service import Invitations, Terms
from app.library.service import AllLibraries

LIST = "/admin/invitations"
NEW, MADE = "invitations/new.html", "invitations/made.html"
FOLLOW, USELESS = "invitations/follow.html", "invitations/useless.html"


class InvitationAdmin(Controller):
    path = LIST
    opt = {"policy": Policy.OWNER}

    @get("", name="invitations.list")
    async def list_invitations(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        libraries = await AllLibraries(session).all_for(person)
        return show(
            request,
            "invitations/list.html",
            invitations=await Invitations(session).open_ones(),
            names={library.id: library.name for library in libraries},
        )

    @get("/new", name="invitations.new", opt={"proof": True})
    async def new_invitation(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        libraries = await AllLibraries(session).all_for(person)
        form = Form.blank(NewInvitation)
        return show(request, NEW, form=form, libraries=libraries, has_mail=_has_mail(request))

    @post("/new", name="invitations.invite", opt={"proof": True}, status_code=200)
    async def invite(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        """Answered with the link itself: it stands on no other screen, and is kept nowhere."""
        form = await Form.read(request, NewInvitation)
        libraries = await AllLibraries(session).all_for(person)
        if form.value is not None:
            await _check(form, form.value, People(session), has_mail=_has_mail(request))
        typed = form.value
        if typed is None:
            has_mail = _has_mail(request)
            return show(request, NEW, 422, form=form, libraries=libraries, has_mail=has_mail)
        secret, invitation = await Invitations(session).invite(
            _terms(typed), by=person, lives=LIVES[typed.lives]
        )
        about = {"role": typed.role.value, "invitation": str(invitation.id)}
        await publish(session, SecurityEvent(What.INVITED, by=by(request), about=about))
        if typed.by_mail:
            await send_later(
                session,
                LETTER,
                None,
                address=typed.email,
                invitation_id=invitation.id,
                inviter=person.name,
            )
            return done(request, LIST, flash=_("The invitation is on its way."))
        names = {library.id: library.name for library in libraries}
        link = _link(request, secret)
        return show(request, MADE, invitation=invitation, link=link, names=names)

    @post("/{invitation_id:uuid}/remove", name="invitations.take_back", status_code=200)
    async def take_back(
        self, request: HTMXRequest, invitation_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        await Invitations(session).take_back(invitation_id)
        about = {"invitation": str(invitation_id)}
        event = SecurityEvent(What.INVITATION_TAKEN_BACK, by=by(request), about=about)
        await publish(session, event)
        return done(request, LIST, flash=_("That invitation does not work any more."))


class FollowInvitation(Controller):
    path = "/invitation/{token:str}"
    opt = {"policy": Policy.PUBLIC}

    @get("", name="invitations.follow")
    async def follow(
        self, request: HTMXRequest, token: str, session: AsyncSession
    ) -> Response[Any]:
        try:
            terms = await Invitations(session).terms(token)
        except BadToken:
            return show(request, USELESS, 404)
        form = Form.blank(Newcomer, email=terms.email)
        return show(request, FOLLOW, form=form, terms=terms, token=token)

    @post("", name="invitations.accept", status_code=200)
    async def accept(
        self, request: HTMXRequest, token: str, session: AsyncSession
    ) -> Response[Any]:
        await let_go(session)
        await count_try_from(throttles_of(request), client_of(request), "invitation")
        invitations = Invitations(session)
        try:
            terms = await invitations.terms(token)
            if request.scope["user"] is not None:
                raise Conflict("Sign out first: the invitation is for somebody new.")
            form = await _read_newcomer(request, session)
            typed = form.value
            if typed is None:
                return show(request, FOLLOW, 422, form=form, terms=terms, token=token)
            await let_go(session)
            password_hash = await hasher().hash(typed.password)
            person = await invitations.accept(token, typed.name, password_hash, typed.email)
        except BadToken:
            return show(request, USELESS, 404)
        event = SecurityEvent(
            What.JOINED, person.id, by(request, person.id), {"role": person.role.value}
        )
        await publish(session, event)
        response = done(request, "/", flash=_("Welcome, %(name)s.", name=person.name))
        await begin_session(request, session, person, response, stays=True)
        return await came_in(request, session, person, response, "invitation")


def _has_mail(request: HTMXRequest) -> bool:
    return can_send(request.app.state.settings)


async def _check(
    form: Form[NewInvitation], typed: NewInvitation, people: People, *, has_mail: bool
) -> None:
    if typed.by_mail and not (has_mail and typed.email):
        form.wrong("email", _("Write the address to send it to."))
    try:
        await people.change_email(User(), typed.email)
    except (EmailTaken, WrongEmail) as error:
        form.wrong("email", error)


def _terms(typed: NewInvitation) -> Terms:
    return Terms(
        role=typed.role,
        # Owners reach every library without being given it.
        libraries=[] if typed.role is Role.OWNER else typed.libraries,
        age_limit=typed.age_limit,
        email=typed.email,
        note=typed.note,
    )


async def _read_newcomer(request: HTMXRequest, session: AsyncSession) -> Form[Newcomer]:
    form = await Form.read(request, Newcomer)
    typed = form.value
    if typed is not None:
        check_new_password(form, typed.password, typed.password_again, typed.name, typed.email)
        await save_names(form, People(session), User(), typed.name, typed.email)
    return form


def _link(request: HTMXRequest, secret: str) -> str:
    """What is handed on: by BUNKO_PUBLIC_URL, else by the address the owner is at."""
    settings = request.app.state.settings
    return f"{settings.public_url or client_of(request).origin}/invitation/{secret}"
