"""Who has to show more than a password: owners choose it, role by role."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.auth.asking import Principal
from app.auth.second_step import has_second_factor
from app.foundation.db.setting_store import setting
from app.foundation.web.i18n import lazy_gettext
from app.foundation.web.settings import Section, chosen, register_section


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


async def must_enrol(session: AsyncSession, principal: Principal) -> bool:
    """Whether a second factor is asked of this role, and was not shown. Keys say nothing of one,
    so theirs must exist."""
    if principal.session is not None and principal.session.is_two_factor:
        return False
    rule = await chosen(session, TwoFactorRule)
    if not rule.asks(principal.person.role):
        return False
    if principal.session is not None:
        return True
    return not await has_second_factor(session, principal.person.id)


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
