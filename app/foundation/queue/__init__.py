from app.foundation.queue.registry import LOW, SOON, JobKind, hours, job, minutes
from app.foundation.queue.run import Cancelled, LeaseLost, Run
from app.foundation.queue.service import cancel, enqueue, retry

__all__ = [
    "LOW",
    "SOON",
    "Cancelled",
    "JobKind",
    "LeaseLost",
    "Run",
    "cancel",
    "enqueue",
    "hours",
    "job",
    "minutes",
    "retry",
]
