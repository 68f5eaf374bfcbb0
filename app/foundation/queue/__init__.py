from app.foundation.queue.registry import LOW, SOON, JobKind, hours, job, minutes
from app.foundation.queue.run import Cancelled, InVain, LeaseLost, NotNow, Run
from app.foundation.queue.service import cancel, enqueue, enqueue_all, hasten, retry
from app.foundation.queue.timetable import Plan, plans_of

__all__ = [
    "LOW",
    "SOON",
    "Cancelled",
    "InVain",
    "JobKind",
    "LeaseLost",
    "NotNow",
    "Plan",
    "Run",
    "cancel",
    "enqueue",
    "enqueue_all",
    "hasten",
    "hours",
    "job",
    "minutes",
    "plans_of",
    "retry",
]
