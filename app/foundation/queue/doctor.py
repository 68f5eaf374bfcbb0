"""What must hold of jobs."""

from app.foundation.db.checks import Check, Patient, rows
from app.foundation.queue.claims import Claims

_LEASE_SECONDS = 60.0

# A minute beyond the lease: by then any living worker has freed it.
_STUCK = """
    SELECT kind || coalesce(' ' || key, '') || ', held by ' || coalesce(worker, 'nobody')
    FROM job WHERE state = 'running' AND lease_until < now() - interval '60 seconds'
    ORDER BY lease_until
"""
_FORGOTTEN = """
    SELECT kind || coalesce(' ' || key, '') || ' is ' || state
    FROM job WHERE (state IN ('done', 'failed', 'cancelled') AND finished_at IS NULL)
       OR (state = 'running' AND (lease_until IS NULL OR worker IS NULL))
"""
_END = """
    UPDATE job SET state = CASE WHEN state = 'running' THEN 'waiting' ELSE state END,
        finished_at = CASE WHEN state = 'running' THEN NULL ELSE now() END,
        lease_until = NULL, worker = NULL, fence = fence + 1
    WHERE (state IN ('done', 'failed', 'cancelled') AND finished_at IS NULL)
       OR (state = 'running' AND (lease_until IS NULL OR worker IS NULL))
"""


async def _free(patient: Patient) -> str:
    freed = await Claims(patient.engine, "doctor", _LEASE_SECONDS).reclaim()
    return f"Freed {len(freed)}, to be begun again."


async def _set_right(patient: Patient) -> str:
    async with patient.engine.begin() as connection:
        changed = await connection.exec_driver_sql(_END)
    return f"Set {changed.rowcount} right."


checks = (
    Check("stuck_jobs", "jobs are held by a worker that is gone", rows(_STUCK), _free),
    Check("job_states", "jobs are in a state that cannot be", rows(_FORGOTTEN), _set_right),
)
