"""Making the first owner, once (OWASP ASVS 5.0, 6.4.1).

A code proves that whoever opens the screen also sees the terminal or the data folder. An empty
database beside `DATA/setup-done` is a lost database, not a new installation: it stays closed.
"""

import os
import secrets
from pathlib import Path

from sqlalchemy import Select, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.accounts.service import People
from app.auth.guard import has_owner
from app.auth.models import OneTimeToken
from app.auth.sessions import hash_secret
from app.config import Settings
from app.errors import Conflict, Invalid
from app.foundation.db import now

KIND = "setup"
TOKEN_FILE = "setup-token"  # noqa: S105 - the name of a file
DONE_FILE = "setup-done"
TOKEN_BYTES = 24
LOCK = 0x7365747570  # "setup": of many at once, one makes the owner


class WrongCode(Invalid):
    def __init__(self) -> None:
        super().__init__("This is not the setup code of this Bunko, or it was used already.")


class SetupIsClosed(Conflict):
    def __init__(self) -> None:
        super().__init__(
            "Bunko was set up before, but its database holds nobody. Restore a backup; or, to "
            "begin anew on purpose, remove the file setup-done from Bunko's data folder and restart."
        )


async def setup_link(settings: Settings, session: AsyncSession) -> str | None:
    """The address that makes the first owner, or None when there is one. Commits.

    Raises SetupIsClosed where the database lost its owner. Called once per start.
    """
    if await has_owner(session):
        close_setup(settings)
        return None
    refuse_lost_database(settings)
    code = await _kept_code(settings, session) or await _new_code(settings, session)
    await session.commit()
    return f"{address(settings)}/setup?code={code}"


def refuse_lost_database(settings: Settings) -> None:
    if (settings.data_dir / DONE_FILE).exists():
        raise SetupIsClosed


async def make_first_owner(
    session: AsyncSession, settings: Settings, code: str, name: str, password_hash: str
) -> User:
    """Committed here, so that the marker beside the data never comes before the owner."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if await has_owner(session):
        raise Conflict("Someone else has just set up this Bunko. Sign in instead.")
    token = await session.scalar(_unspent(code).with_for_update())
    if token is None:
        raise WrongCode
    token.spent_at = now()
    owner = await People(session).create(name, password_hash, role=Role.OWNER)
    await session.commit()
    close_setup(settings)
    return owner


async def is_code(session: AsyncSession, code: str) -> bool:
    return await session.scalar(_unspent(code)) is not None


def close_setup(settings: Settings) -> None:
    """There is an owner: from now on an empty database means a lost one."""
    (settings.data_dir / TOKEN_FILE).unlink(missing_ok=True)
    if not (settings.data_dir / DONE_FILE).exists():
        _write(
            settings.data_dir / DONE_FILE, "Bunko has an owner. See the README before removing.\n"
        )


def _unspent(code: str) -> Select[OneTimeToken]:
    return select(OneTimeToken).where(
        OneTimeToken.kind == KIND,
        OneTimeToken.secret_hash == hash_secret(code),
        OneTimeToken.spent_at.is_(None),
    )


async def _kept_code(settings: Settings, session: AsyncSession) -> str | None:
    """The code of an earlier start, so that a link once printed stays good."""
    path = settings.data_dir / TOKEN_FILE
    if not path.exists():
        return None
    path.chmod(0o600)
    code = path.read_text("utf-8", errors="replace").strip()
    return code if await is_code(session, code) else None


async def _new_code(settings: Settings, session: AsyncSession) -> str:
    code = secrets.token_urlsafe(TOKEN_BYTES)
    await session.execute(delete(OneTimeToken).where(OneTimeToken.kind == KIND))
    session.add(OneTimeToken(kind=KIND, secret_hash=hash_secret(code)))
    await session.flush()
    _write(settings.data_dir / TOKEN_FILE, code + "\n")
    return code


def _write(path: Path, words: str) -> None:
    """Whole or not at all, and only for the one who runs Bunko."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def address(settings: Settings) -> str:
    """Where a browser finds Bunko: BUNKO_PUBLIC_URL, else what it listens on."""
    if settings.public_url is not None:
        return settings.public_url
    # An address to listen on everywhere is none to visit.
    host = "localhost" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
