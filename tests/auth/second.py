"""A person who shows a code besides the password, and the codes that are right."""

import time
from typing import Any

import httpx
import pyotp
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.authenticator import Authenticators
from app.auth.backup_codes import BackupCodes, make_codes
from app.auth.models import Authenticator
from app.foundation.db import now
from app.foundation.security.sealing import seal
from tests.auth.conftest import PASSWORD
from tests.browser import Browser

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


async def give_app(app: Litestar, session: AsyncSession, person: User) -> None:
    """As if they had set up an app yesterday."""
    key = app.state.secrets.sub("authenticator")
    sealed = seal(key, SEED.encode(), person.id.bytes)
    session.add(Authenticator(user_id=person.id, seed=sealed, enabled_at=now()))
    await session.commit()


async def give_codes(session: AsyncSession, person: User) -> list[str]:
    codes, hashes = await make_codes()
    await BackupCodes(session).replace(person.id, hashes)
    await session.commit()
    return codes


def code_at(at: float, steps: int = 0) -> str:
    return pyotp.TOTP(SEED).generate_otp(int(at) // 30 + steps)


def code_now(steps: int = 0) -> str:
    return code_at(time.time(), steps)


def wrong_code() -> str:
    good = {code_now(steps) for steps in range(-2, 3)}
    return next(
        code
        for code in ("000000", "111111", "222222", "333333", "444444", "555555")
        if code not in good
    )


async def password_step(browser: Browser, name: str = "alice", **more: Any) -> httpx.Response:
    await browser.get("/login")
    return await browser.post("/login", {"name": name, "password": PASSWORD, **more})


def authenticators(app: Litestar, session: AsyncSession, at: float) -> Authenticators:
    return Authenticators(session, app.state.secrets, clock=lambda: at)
