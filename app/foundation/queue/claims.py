"""The statements by which workers take, keep, end and give back jobs. Each is one round trip.

Every change of a running job names the fence under which it was claimed, so a worker that
slept past its lease changes nothing.
"""

import asyncio
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncEngine


class Claim(msgspec.Struct, frozen=True):
    id: UUID
    kind: str
    key: str | None
    args: dict[str, Any]
    fence: int
    attempts: int
    max_attempts: int


CLAIM = (
    text("""
    UPDATE job SET state = 'running', worker = :worker, lease_until = now() + :lease,
        fence = fence + 1, attempts = attempts + 1, started_at = now(), error = NULL,
        done = 0, total = NULL, note = NULL
    WHERE id = ANY(ARRAY(
        SELECT id FROM job WHERE state = 'waiting' AND run_at <= now()
        ORDER BY priority DESC, run_at, id LIMIT :slots FOR UPDATE SKIP LOCKED))
    RETURNING id, kind, key, args, fence, attempts, max_attempts, priority, run_at
""")
    .bindparams(bindparam("lease", type_=INTERVAL))
    .columns(args=JSONB)
)

KEEP = text("""
    UPDATE job SET lease_until = now() + :lease
    WHERE worker = :worker AND state = 'running' AND id = ANY(:ids)
    RETURNING id, fence, cancel_requested_at IS NOT NULL AS cancelled
""").bindparams(
    bindparam("lease", type_=INTERVAL), bindparam("ids", type_=ARRAY(PgUUID(as_uuid=True)))
)

END = text("""
    WITH wish AS (
        SELECT * FROM unnest(:ids, :fences, :states, :errors) AS wish(id, fence, state, error)),
    ended AS (
        UPDATE job SET state = wish.state, finished_at = now(), lease_until = NULL,
            error = wish.error
        FROM wish WHERE job.id = wish.id AND job.fence = wish.fence AND job.state = 'running'
        RETURNING job.kind, job.key, job.state)
    UPDATE timetable SET last_run_at = now(), last_state = ended.state
    FROM ended WHERE timetable.kind = ended.kind AND timetable.key = ended.key
""").bindparams(
    bindparam("ids", type_=ARRAY(PgUUID(as_uuid=True))),
    bindparam("fences", type_=ARRAY(BigInteger)),
    bindparam("states", type_=ARRAY(Text)),
    bindparam("errors", type_=ARRAY(Text)),
)

AGAIN = text("""
    UPDATE job SET state = 'waiting', run_at = now() + :wait, lease_until = NULL,
        worker = NULL, error = :error, attempts = attempts - :unspent
    WHERE id = :id AND fence = :fence AND state = 'running'
""").bindparams(bindparam("wait", type_=INTERVAL))

RECLAIM = text("""
    WITH freed AS (UPDATE job SET lease_until = NULL, worker = NULL, fence = fence + 1,
        state = CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
                     WHEN attempts >= max_attempts THEN 'failed' ELSE 'waiting' END,
        finished_at = CASE WHEN cancel_requested_at IS NOT NULL OR attempts >= max_attempts
                           THEN now() END,
        error = CASE WHEN attempts >= max_attempts
                     THEN 'The worker stopped in the middle, each time it was tried.'
                     ELSE 'The worker stopped in the middle; it was begun again.' END
    WHERE state = 'running' AND lease_until < now()
    RETURNING kind, key, state),
    noted AS (
        UPDATE timetable SET last_run_at = now(), last_state = freed.state
        FROM freed WHERE timetable.kind = freed.kind AND timetable.key = freed.key
        AND freed.state <> 'waiting')
    SELECT kind, key, state FROM freed
""")


class Freed(NamedTuple):
    """A job whose worker vanished, and what became of it."""

    kind: str
    key: str | None
    state: str


class Ending(NamedTuple):
    id: UUID
    fence: int
    state: str
    error: str | None


class Claims:
    """The claims of one worker."""

    def __init__(self, engine: AsyncEngine, worker: str, lease: float) -> None:
        # Each of these is one statement: a transaction around it would be two more round trips.
        self.engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.worker = worker
        self.lease = timedelta(seconds=lease)
        self._endings: list[Ending] = []
        self._writing = asyncio.Lock()

    async def take(self, slots: int) -> list[Claim]:
        """Up to `slots` waiting jobs, the most urgent first, now ours for the lease."""
        async with self.engine.begin() as connection:
            rows = await connection.execute(
                CLAIM, {"worker": self.worker, "lease": self.lease, "slots": slots}
            )
            claimed = sorted(rows, key=lambda row: (-row.priority, row.run_at, row.id))
        return [
            Claim(row.id, row.kind, row.key, row.args, row.fence, row.attempts, row.max_attempts)
            for row in claimed
        ]

    async def keep(self, ids: list[UUID]) -> dict[UUID, tuple[int, bool]]:
        """Renew the lease of these; of those still ours, the fence and whether to stop."""
        async with self.engine.begin() as connection:
            rows = await connection.execute(
                KEEP, {"worker": self.worker, "lease": self.lease, "ids": ids}
            )
            return {row.id: (row.fence, row.cancelled) for row in rows}

    async def end(self, claim: Claim, state: str, error: str | None = None) -> None:
        """Written when it returns. Jobs that end while another end is being written go together,
        so that a thousand short ones do not cost a thousand waits for the disk."""
        mine = Ending(claim.id, claim.fence, state, error)
        self._endings.append(mine)
        await asyncio.sleep(0)  # those that end in this very moment come along
        async with self._writing:
            if mine not in self._endings:
                return
            together, self._endings = self._endings, []
            ids, fences, states, errors = (list(column) for column in zip(*together, strict=True))
            try:
                async with self.engine.connect() as connection:
                    await connection.execute(
                        END, {"ids": ids, "fences": fences, "states": states, "errors": errors}
                    )
            except BaseException:
                # Who waits behind us writes the others; we are told, and may try again.
                self._endings = [*(one for one in together if one != mine), *self._endings]
                raise

    async def again(self, claim: Claim, error: str | None, wait: float, *, spent: bool) -> None:
        """Give it back, to be tried after `wait` seconds; `spent` counts this attempt."""
        await self._change(
            AGAIN, claim, error=error, wait=timedelta(seconds=wait), unspent=0 if spent else 1
        )

    async def reclaim(self) -> list[Freed]:
        """Free every job whose worker vanished."""
        async with self.engine.begin() as connection:
            return [Freed(*row) for row in await connection.execute(RECLAIM)]

    async def _change(self, statement: Any, claim: Claim, **values: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(statement, {"id": claim.id, "fence": claim.fence, **values})
