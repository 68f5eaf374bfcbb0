"""Somebody is signed in, without the auth room: probes are wrapped in this middleware."""

from collections.abc import Sequence
from typing import Any

from litestar import Router
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from app.accounts.models import Preference, Role, Theme, User
from app.foundation.db import new_id


def reader(**more: Any) -> User:
    user = User(id=new_id(), name="alice", name_key="alice", password_hash="!", role=Role.READER)
    user.preference = Preference(user_id=user.id, theme=Theme.SEPIA, reading={})
    for name, value in more.items():
        setattr(user, name, value)
    return user


def signed_in(person: User, routes: Sequence[ControllerRouterHandler]) -> Router:
    def attach(app: ASGIApp) -> ASGIApp:
        async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
            scope["user"] = person
            await app(scope, receive, send)

        return middleware

    return Router("/", route_handlers=routes, middleware=[attach])
