"""What `app.asgi` mounts: the ways in that somebody was given, or took."""

from litestar.types import ControllerRouterHandler

from app.foundation.web.i18n import lazy_gettext
from app.foundation.web.settings import Section, register_section
from app.invitations.invitation_routes import FollowInvitation, InvitationAdmin
from app.invitations.registration_routes import RULES, Register, RegistrationAdmin

register_section(
    Section(
        key="registration",
        title=lazy_gettext("Registration"),
        about=lazy_gettext("Whether people may make themselves an account, and what they get."),
        icon="users",
        href=RULES,
        order=30,
    )
)

routes: list[ControllerRouterHandler] = [
    InvitationAdmin,
    FollowInvitation,
    Register,
    RegistrationAdmin,
]
