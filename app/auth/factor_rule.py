"""Who has to show more than a password: owners choose it, role by role."""

from typing import Any

import msgspec
from litestar.connection import ASGIConnection

from app.accounts.models import Role
from app.auth.asking import Principal
from app.auth.second_step import has_second_factor
from app.foundation.db.setting_store import setting
from app.foundation.web.database import provide_session, session_so_far
from app.foundation.web.i18n import lazy_gettext
from app.foundation.web.settings import Section, chosen, register_section

type Connection = ASGIConnection[Any, Any, Any, Any]


@setting("two_factor")
class TwoFactorRule(msgspec.Struct, frozen=True, kw_only=True):
    owners: bool = False
    managers: bool = False
    readers: bool = False

    def asks(self, role: Role) -> bool:
        return {
            Role.OWNER: self.owners,
            Role.MANAGER: self.managers,
            Role.READER: self.readers,
        }[role]


async def must_enrol(connection: Connection, principal: Principal) -> bool:
    """Whether a second factor is asked of this role, and was not shown. Keys say nothing of one,
    so theirs must exist. A session is made only where one is needed: pages of a chapter need none."""
    if principal.session is not None and principal.session.is_two_factor:
        return False
    state, scope = connection.app.state, connection.scope
    rule = await chosen(session_so_far(scope) or state.session_maker_class, TwoFactorRule)
    if not rule.asks(principal.person.role):
        return False
    if principal.session is not None:
        return True
    return not await has_second_factor(provide_session(state, scope), principal.person.id)


register_section(
    Section(
        key="two-factor",
        title=lazy_gettext("Two-factor sign-in"),
        about=lazy_gettext("Whose password alone does not let them in."),
        icon="key",
        kind=TwoFactorRule,
        template="auth/_two_factor_rule.html",
        order=20,
    )
)
