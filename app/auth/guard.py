"""Who may come in: the judge behind every policy but PUBLIC (OWASP ASVS 5.0, 8.3.1)."""

from typing import Any

from litestar.connection import ASGIConnection
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.asking import Principal
from app.auth.factor_rule import must_enrol
from app.auth.principal import principal_of
from app.auth.sessions import is_proved
from app.errors import NotAllowed, NotFound
from app.foundation.web.database import provide_session
from app.foundation.web.policies import (
    EnrolFirst,
    Policy,
    ProveFirst,
    SetUpFirst,
    SignInFirst,
    scopes_that_open,
    set_judge,
)

ACCOUNT = "/account"
OPEN_ON_TABLETS = tuple(
    f"{ACCOUNT}/{name}" for name in ("prove", "looks", "theme", "reading", "devices")
)
"""What changes how one reads, and nothing about who one is."""

type Connection = ASGIConnection[Any, Any, Any, Any]


async def judge(policy: Policy, connection: Connection) -> bool:
    if policy is Policy.SETUP:
        return await _only_before_setup(connection)
    principal = principal_of(connection)
    if principal is None:
        raise await _refusal(connection)
    if not principal.opens(scopes_that_open(connection.scope["route_handler"])):
        raise NotAllowed("This key was not made for that.")
    is_open = connection.route_handler.opt.get("unenrolled")
    if not is_open and await must_enrol(connection, principal):
        raise EnrolFirst
    if not _has_role(policy, principal.person):
        return False
    if connection.route_handler.opt.get("proof") or _is_kept_from_tablets(principal, connection):
        _require_proof(principal)
    return True


async def has_owner(session: AsyncSession) -> bool:
    """Whether an owner was made, be they disabled or not."""
    found = await session.scalar(select(exists().where(User.role == Role.OWNER)))
    return bool(found)


def install() -> None:
    set_judge(judge)


async def _only_before_setup(connection: Connection) -> bool:
    if await has_owner(_session(connection)):
        raise NotFound("Bunko is set up already. Sign in instead.")
    return True


async def _refusal(connection: Connection) -> NotAllowed:
    return SignInFirst() if await has_owner(_session(connection)) else SetUpFirst()


def _has_role(policy: Policy, person: User) -> bool:
    if policy is Policy.SIGNED_IN:
        return True
    if policy is Policy.MANAGER and person.manages:
        return True
    if policy is Policy.OWNER and person.is_owner:
        return True
    raise NotAllowed("This is for those who run this Bunko.")


def _is_kept_from_tablets(principal: Principal, connection: Connection) -> bool:
    """Whoever was chosen on a family tablet gave no password: their account opens to one only."""
    known = principal.session
    path = connection.scope.get("path_template", "")
    return (
        known is not None
        and known.tablet_id is not None
        and path.startswith(ACCOUNT)
        and not path.startswith(OPEN_ON_TABLETS)
    )


def _require_proof(principal: Principal) -> None:
    if principal.session is None:
        raise NotAllowed("Only somebody who is signed in with a browser may do this.")
    if not is_proved(principal.session.proved_at):
        raise ProveFirst


def _session(connection: Connection) -> AsyncSession:
    return provide_session(connection.app.state, connection.scope)
