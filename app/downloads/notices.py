"""Whoever asked for a chapter is told when it cannot be had; without an asker, those who manage."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.models import Download, DownloadState
from app.downloads.orders import Order
from app.foundation.web.i18n import LazyText, lazy_gettext
from app.library.words import plain
from app.notifications.models import Kind
from app.notifications.service import notify, those_who_manage


async def tell_of_failure(session: AsyncSession, order: Order, reason: str) -> None:
    """In one line for a series, however many of its chapters fail."""
    asker = order.requested_by
    failed = await session.scalar(
        select(func.count(Download.id)).where(
            Download.series_id == order.series_id, Download.state == DownloadState.FAILED
        )
    )
    await notify(
        session,
        [asker] if asker else await those_who_manage(session),
        Kind.DOWNLOAD,
        _words(order, failed or 1),
        detail=reason,
        link=f"/downloads?show=failed&series={order.series_id}",
        about=f"downloads of {order.series_id}",
        series_id=order.series_id,
    )


def _words(order: Order, failed: int) -> LazyText:
    facts = order.subject.facts
    if failed > 1:
        return lazy_gettext(
            "%(count)s chapters of “%(series)s” could not be downloaded.",
            count=str(failed),
            series=facts.series,
        )
    if facts.number is not None:
        return lazy_gettext(
            "Chapter %(number)s of “%(series)s” could not be downloaded.",
            number=plain(facts.number),
            series=facts.series,
        )
    return lazy_gettext(
        "“%(chapter)s” of “%(series)s” could not be downloaded.",
        chapter=facts.number_text or facts.title or facts.series,
        series=facts.series,
    )
