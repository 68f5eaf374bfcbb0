"""Who follows a series is told of its new chapters."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.releases_events import ChaptersReleased
from app.events import on
from app.foundation.web.i18n import lazy_gettext
from app.library.models import Series
from app.notifications.models import Kind
from app.notifications.service import notify


@on(ChaptersReleased)
async def tell_of_chapters(session: AsyncSession, fact: ChaptersReleased) -> None:
    series = await session.get(Series, fact.series_id)
    if fact.followed_by is None or series is None:
        return
    if fact.chapters == 1:
        words = lazy_gettext("A new chapter of “%(title)s”", title=series.title)
    else:
        number = str(fact.chapters)
        words = lazy_gettext("%(num)s new chapters of “%(title)s”", num=number, title=series.title)
    await notify(
        session,
        [fact.followed_by],
        Kind.RELEASE,
        words,
        link=f"/series/{series.id}",
        about=str(series.id),
        series_id=series.id,
    )
