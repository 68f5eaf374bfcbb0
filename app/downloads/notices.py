"""Whoever asked for a chapter is told when it cannot be had; without an asker, those who manage."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.orders import Order
from app.foundation.web.i18n import lazy_gettext
from app.notifications.models import Kind
from app.notifications.service import notify, those_who_manage


async def tell_of_failure(session: AsyncSession, order: Order, reason: str) -> None:
    facts, asker = order.subject.facts, order.requested_by
    await notify(
        session,
        [asker] if asker else await those_who_manage(session),
        Kind.DOWNLOAD,
        lazy_gettext(
            "“%(chapter)s” of “%(series)s” could not be downloaded.",
            chapter=facts.number_text or facts.title or facts.series,
            series=facts.series,
        ),
        detail=reason,
        link="/downloads?show=failed",
        about=f"downloads of {order.series_id}",
        series_id=order.series_id,
    )
