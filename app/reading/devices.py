"""What each person reads on. A browser is known again by a cookie that names nobody and opens nothing."""

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.connection import ASGIConnection
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.devices import device_name
from app.errors import NotFound
from app.foundation.db import now
from app.foundation.web.client import client_of
from app.foundation.web.cookies import DEVICE, make_cookie, read_cookie
from app.foundation.web.looks import keep_screen
from app.reading.models import Device
from app.reading.profiles import Screen, suggested

MOST_DEVICES = 30
"""Browsers that keep no cookies are a new device each time: those not seen longest make room."""
COOKIE_SECONDS = 400 * 24 * 3600
_SEEN_EVERY = timedelta(hours=1)
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")

type Connection = ASGIConnection[Any, Any, Any, Any]


def device_hash(connection: Connection) -> bytes | None:
    """By which the device of this request is found; None where it shows no cookie of ours."""
    secret = _secret(connection)
    return None if secret is None else sha256(secret.encode()).digest()


def user_agent_of(connection: Connection) -> str:
    return connection.headers.get("user-agent", "")


class Devices:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def of(self, person: User) -> Sequence[Device]:
        """The last seen first; few, see `MOST_DEVICES`."""
        found = select(Device).where(Device.user_id == person.id)
        return (await self.session.scalars(found.order_by(Device.seen_at.desc(), Device.id))).all()

    async def one(self, person: User, device_id: UUID) -> Device:
        found = await self.session.get(Device, device_id)
        if found is None or found.user_id != person.id:
            raise NotFound("There is no such device.")
        return found

    async def known(self, person: User, connection: Connection) -> Device | None:
        """The device of this request, if it was met before."""
        hashed = device_hash(connection)
        if hashed is None:
            return None
        return await self.session.scalar(
            select(Device).where(Device.user_id == person.id, Device.secret_hash == hashed)
        )

    async def meet(
        self,
        person: User,
        connection: Connection,
        known: Device | None,
        screen: Screen | None = None,
    ) -> tuple[Device, str]:
        """The device of this request, made where `known` is None, and the secret for its cookie."""
        secret = _secret(connection) or secrets.token_urlsafe(32)
        device = known or await self._make(person, secret, user_agent_of(connection), screen)
        if screen is not None and (screen.width, screen.height) != (device.width, device.height):
            device.width, device.height = screen.width, screen.height
            if not device.is_chosen:
                device.profile = suggested(user_agent_of(connection), screen)
        if now() - device.seen_at > _SEEN_EVERY:
            device.seen_at = now()
        return device, secret

    async def remove(self, person: User, device_id: UUID) -> Device:
        device = await self.one(person, device_id)
        await self.session.delete(device)
        return device

    async def _make(
        self, person: User, secret: str, user_agent: str, screen: Screen | None
    ) -> Device:
        known = await self.of(person)
        await self._make_room(known)
        size = screen or Screen()
        device = Device(
            user_id=person.id,
            secret_hash=sha256(secret.encode()).digest(),
            name=_unlike(device_name(user_agent), {one.name for one in known}),
            profile=suggested(user_agent, size),
            width=size.width,
            height=size.height,
            settings={},
            seen_at=now(),
        )
        self.session.add(device)
        await self.session.flush()
        return device

    async def _make_room(self, known: Sequence[Device]) -> None:
        by_worth = sorted(known, key=lambda one: (one.is_chosen or bool(one.settings), one.seen_at))
        leaving = [one.id for one in by_worth[: max(0, len(known) + 1 - MOST_DEVICES)]]
        if leaving:
            await self.session.execute(delete(Device).where(Device.id.in_(leaving)))


def with_cookie(
    connection: Connection, response: Response[Any], secret: str, device: Device | None = None
) -> Response[Any]:
    """The answer, by which the browser will be known again (an empty secret is none), and every
    screen will suit the device, where that is known."""
    if device is not None:
        response.cookies += keep_screen(connection, is_paper=device.profile.is_e_ink)
    if secret and _secret(connection) != secret:
        cookie = make_cookie(client_of(connection), DEVICE, secret, seconds=COOKIE_SECONDS)
        response.cookies.append(cookie)
    return response


def _secret(connection: Connection) -> str | None:
    secret = read_cookie(connection, DEVICE)
    return secret if secret and _SECRET.fullmatch(secret) else None


def _unlike(name: str, taken: set[str]) -> str:
    """ "Firefox on Android", and for a second one "Firefox on Android 2"."""
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name} {number}"
    return found
