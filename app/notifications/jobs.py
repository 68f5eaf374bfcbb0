"""Old messages go."""

from app.foundation.db import now
from app.foundation.queue import LOW, Run, hours, job, minutes
from app.notifications.service import AT_ONCE, forget_old


@job(timeout=minutes(10), retries=3, priority=LOW, every=hours(24))
async def forget_notifications(run: Run) -> None:
    """Those read a month ago, and every one after half a year."""
    while True:
        run.check()
        async with run.transaction() as session:
            forgotten = await forget_old(session, now())
        if forgotten < AT_ONCE:
            break
