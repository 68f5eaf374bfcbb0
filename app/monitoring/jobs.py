"""Upkeep: what nobody needs any more goes, a little every day."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.app_passwords import AppPasswords
from app.auth.history import forget_old
from app.auth.models import OneTimeToken
from app.auth.passkeys import forget_challenges
from app.auth.refresh_tokens import Families
from app.auth.second_step import Challenges
from app.auth.sessions import Sessions
from app.auth.throttle import Throttles
from app.foundation.db import now
from app.foundation.db.setting_store import load
from app.foundation.queue import LOW, Run, hours, job, minutes
from app.foundation.queue.models import Job
from app.metadata.keeping import forget_unwanted
from app.monitoring.audit import AT_ONCE, AuditRules, forget_before

KEPT = timedelta(days=30)


@job(timeout=minutes(10), retries=3, priority=LOW, every=hours(24))
async def tidy_up(run: Run) -> None:
    """Ended jobs of more than 30 days, old lines of sign-ins, sessions, keys and links that nobody can use any more,
    counters of old tries to sign in, pictures that are no cover any more."""
    while True:
        run.check()
        async with run.transaction() as session:
            forgotten = await forget_ended_jobs(session)
            forgotten += await forget_old(session, AT_ONCE)
        if forgotten < AT_ONCE:
            break
    async with run.transaction() as session:
        await Sessions(session).forget_ended()
        await Families(session).forget_ended(now())
        await AppPasswords(session).forget_ended(now() - KEPT)
        await Challenges(session).forget_ended()
        await forget_challenges(session)
        await session.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < now() - KEPT))
        await forget_unwanted(session, run.settings)
    await Throttles(run.session_maker).forget_old()


@job(timeout=minutes(30), retries=3, priority=LOW, every=hours(24))
async def forget_audit_lines(run: Run) -> None:
    """What is older than the owners want the audit log to be."""
    async with run.transaction() as session:
        rules = await load(session, AuditRules)
    while True:
        run.check()
        async with run.transaction() as session:
            forgotten = await forget_before(session, now() - timedelta(days=rules.keep_days))
        if forgotten < AT_ONCE:
            break


async def forget_ended_jobs(session: AsyncSession) -> int:
    """At most AT_ONCE, so that no statement is long; how many went."""
    old = (
        select(Job.id)
        .where(Job.finished_at < now() - KEPT)
        .order_by(Job.finished_at)
        .limit(AT_ONCE)
    )
    gone = await session.execute(delete(Job).where(Job.id.in_(old)).returning(Job.id))
    return len(gone.all())
