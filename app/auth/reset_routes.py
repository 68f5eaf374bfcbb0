"""`/admin/users/{id}/two-factor`: an owner lets somebody in again who lost what they had to show."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.service import People
from app.auth.events import SecurityEvent, What, by
from app.auth.people_routes import NotYourself
from app.auth.principal import forget_recent
from app.auth.second_step import has_second_factor, reset_second_factor
from app.events import publish
from app.foundation.web import Flash, Policy, done, show
from app.foundation.web.i18n import _


class TwoFactorOfOthers(Controller):
    path = "/admin/users/{user_id:uuid}/two-factor"
    opt = {"policy": Policy.OWNER, "proof": True}

    @get("/", name="users.two_factor.ask")
    async def ask(
        self, request: HTMXRequest, user_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        one = await People(session).one(user_id)
        if not await has_second_factor(session, one.id):
            words = _("%(name)s signs in with the password alone.", name=one.name)
            return done(request, f"/admin/users/{one.id}", flash=Flash(words, "info"))
        return show(request, "auth/user_two_factor.html", one=one)

    @post("/", name="users.two_factor.reset", status_code=200)
    async def reset(
        self, request: HTMXRequest, user_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        one = await People(session).one(user_id)
        if one.id == person.id:
            raise NotYourself
        await reset_second_factor(session, one.id)
        await publish(session, SecurityEvent(What.TWO_FACTOR_RESET, one.id, by(request)))
        forget_recent()
        words = _("%(name)s now signs in with the password alone.", name=one.name)
        return done(request, f"/admin/users/{one.id}", flash=words)
