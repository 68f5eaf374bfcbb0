"""What `app.asgi` mounts. Importing it also puts the judge in its chair."""

from collections.abc import Iterable
from typing import Any

from litestar.types import ControllerRouterHandler, Middleware

from app.auth import guard, letters  # noqa: F401  (letters: so that they can be sent)
from app.auth.account_routes import SignInSafety
from app.auth.address_routes import ConfirmAddress, MailAddress
from app.auth.app_password_routes import AppPasswordScreens
from app.auth.door import show_login, sign_in_by_proxy, sign_in_here, sign_out
from app.auth.factor_routes import TwoFactor
from app.auth.history_routes import SignInHistory
from app.auth.leaving_routes import DeletePerson, DeleteYourself
from app.auth.limits import LimitMiddleware
from app.auth.passkey_routes import OwnPasskeys, PasskeyDoor, PasskeyProofs
from app.auth.people_routes import LIST, Users
from app.auth.principal import PrincipalMiddleware, session_of
from app.auth.prove_routes import Proof
from app.auth.recovery_routes import Recovery, make_recovery_link
from app.auth.reset_routes import TwoFactorOfOthers
from app.auth.second_routes import SecondFactor
from app.auth.setup_routes import set_up, show_setup
from app.auth.tablet_admin_routes import TabletAdmin
from app.auth.tablet_routes import FamilyTablet, OwnPin, remove_pin_of
from app.foundation.web import NavEntry, register_nav
from app.foundation.web.context import AnyRequest, add_context
from app.foundation.web.i18n import _

routes: list[ControllerRouterHandler] = [
    show_setup,
    set_up,
    show_login,
    sign_in_here,
    sign_in_by_proxy,
    sign_out,
    SecondFactor,
    PasskeyDoor,
    Proof,
    PasskeyProofs,
    SignInSafety,
    AppPasswordScreens,
    MailAddress,
    ConfirmAddress,
    Recovery,
    TwoFactor,
    SignInHistory,
    OwnPasskeys,
    Users,
    TwoFactorOfOthers,
    make_recovery_link,
    DeletePerson,
    DeleteYourself,
    TabletAdmin,
    FamilyTablet,
    OwnPin,
    remove_pin_of,
]
middleware: list[Middleware] = [PrincipalMiddleware, LimitMiddleware]


def _places(request: AnyRequest) -> Iterable[NavEntry]:
    return [NavEntry(LIST, "users", _("People"))] if request.scope["user"].is_owner else []


async def _on_tablet(request: AnyRequest) -> dict[str, Any]:
    known = session_of(request)
    return {"on_tablet": known is not None and known.tablet_id is not None}


guard.install()
add_context(_on_tablet)
register_nav(_places, order=80, admin=True)
