"""`/account/identities`: with whom else one may sign in."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.events import SecurityEvent, What, by
from app.events import publish
from app.foundation.web import Policy, done, show
from app.foundation.web.i18n import _
from app.single_sign_on.door import send_away
from app.single_sign_on.protocol import Attempt
from app.single_sign_on.service import Identities, Providers

SCREEN = "/account/identities"


class OwnIdentities(Controller):
    path = SCREEN
    opt = {"policy": Policy.SIGNED_IN}

    @get("", name="identities.list")
    async def list_identities(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        linked = await Identities(session).of(person)
        taken = {one.provider_id for one in linked}
        offered = [one for one in await Providers(session).open_ones() if one.id not in taken]
        return show(request, "single_sign_on/identities.html", linked=linked, offered=offered)

    @get("/link/{provider_id:uuid}", name="identities.link", opt={"proof": True})
    async def link(
        self, request: HTMXRequest, provider_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        """Away to the provider; the account is changed when its answer has come back."""
        provider = await Providers(session).open_one(provider_id)
        attempt = Attempt.begin(provider, then=SCREEN, links=str(person.id))
        return await send_away(request, provider, attempt)

    @post(
        "/{identity_id:uuid}/remove",
        name="identities.unlink",
        status_code=200,
        opt={"proof": True},
    )
    async def unlink(
        self, request: HTMXRequest, identity_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        await Identities(session).unlink(person, identity_id)
        await publish(session, SecurityEvent(What.IDENTITY_UNLINKED, person.id, by(request)))
        return done(request, SCREEN, flash=_("It does not sign you in any more."))
