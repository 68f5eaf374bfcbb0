"""Those who run this Bunko are told when a provider is in trouble, and when it is well again."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.events import on
from app.foundation.web.i18n import LazyText, lazy_gettext
from app.notifications.models import Kind
from app.notifications.service import notify, those_who_manage
from app.providers.events import HealthChanged
from app.providers.models import Health

SICK = {Health.DOWN, Health.BLOCKED}


@on(HealthChanged)
async def tell_of_health(session: AsyncSession, fact: HealthChanged) -> None:
    provider = fact.provider
    words = _words(fact)
    if words is not None:
        await notify(
            session,
            await those_who_manage(session),
            Kind.PROVIDER,
            words,
            detail=provider.health_reason,
            link=f"/admin/providers/{provider.id}",
            about=str(provider.id),
        )


def _words(fact: HealthChanged) -> LazyText | None:
    name, health = fact.provider.name, fact.provider.health
    if health is Health.DOWN:
        return lazy_gettext("“%(name)s” is down.", name=name)
    if health is Health.BLOCKED:
        return lazy_gettext("“%(name)s” turns Bunko away.", name=name)
    if fact.before in SICK:
        return lazy_gettext("“%(name)s” answers again.", name=name)
    return None
