"""`/api/v1/auth`: an app password becomes short-lived tokens, which renew themselves."""

from typing import Any

from litestar import Controller, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.responses import problems
from app.api.schemas import RefreshRequest, TokenRequest, Tokens
from app.auth import programs
from app.auth.access_tokens import LIFETIME
from app.auth.answers import throttles_of
from app.auth.events import by
from app.auth.principal import principal_of
from app.foundation.web.client import client_of
from app.foundation.web.csrf import COOKIELESS
from app.foundation.web.policies import ANY_SCOPE, Policy, SignInFirst

BY_BODY: dict[str, Any] = {"policy": Policy.PUBLIC, COOKIELESS: True}
NO_KEY: list[dict[str, list[str]]] = [{}]


class TokenRoutes(Controller):
    path = "/auth"
    tags = ["Signing in"]

    @post(
        "/token",
        name="api.token",
        status_code=200,
        opt={"policy": Policy.SIGNED_IN, "scope": ANY_SCOPE},
        summary="Exchange an app password for tokens",
        operation_id="getTokens",
        security=[{"app_password": []}, {"basic": []}],
        responses=problems(400, 401, 403, 422, 429),
    )
    async def get_tokens(
        self, request: HTMXRequest, session: AsyncSession, data: TokenRequest
    ) -> Tokens:
        """For programs that should not keep sending their app password: sign in once with it, then
        work with access tokens of a quarter of an hour and refresh them. Send the app password in
        `X-API-Key` or by Basic. The person sees this program in their account and can sign it out
        there; revoking the app password signs it out too."""
        principal = principal_of(request)
        if principal is None:
            raise SignInFirst
        issued = await programs.sign_in(
            session,
            request.app.state.secrets,
            principal,
            data.scopes,
            client_of(request),
            by(request),
        )
        return _tokens(issued)

    @post(
        "/refresh",
        name="api.refresh",
        status_code=200,
        opt=BY_BODY,
        summary="Exchange a refresh token for new tokens",
        operation_id="refreshTokens",
        security=NO_KEY,
        responses=problems(400, 401, 422, 429),
    )
    async def refresh_tokens(
        self, request: HTMXRequest, session: AsyncSession, data: RefreshRequest
    ) -> Tokens:
        """Each refresh token works once. One that comes a second time signs the program out: somebody
        has a copy. Two requests within ten seconds are forgiven, but only one gets new tokens."""
        issued = await programs.refresh(
            session,
            request.app.state.secrets,
            throttles_of(request),
            data.refresh_token,
            client_of(request),
            by(request),
        )
        return _tokens(issued)

    @post(
        "/revoke",
        name="api.revoke",
        status_code=204,
        opt=BY_BODY,
        summary="Sign this program out",
        operation_id="revokeTokens",
        security=NO_KEY,
        responses=problems(400, 422),
    )
    async def revoke_tokens(self, session: AsyncSession, data: RefreshRequest) -> None:
        """Its access and refresh tokens open nothing any more, with the next request. A token that
        nobody knows has ended already, and is answered the same way."""
        await programs.sign_out(session, data.refresh_token)


def _tokens(issued: programs.Issued) -> Tokens:
    return Tokens(
        access_token=issued.access_token,
        expires_in=int(LIFETIME.total_seconds()),
        refresh_token=issued.refresh_token,
        scopes=issued.scopes,
    )
