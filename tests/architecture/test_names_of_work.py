"""What runs in the background is shown to people, by a name of theirs."""

from app.foundation.queue import JobKind
from app.monitoring.words import title_of
from app.worker import ALL_JOBS


def test_every_kind_of_work_has_a_name_for_people():
    kinds = {
        value.name
        for jobs in ALL_JOBS
        for value in vars(jobs).values()
        if isinstance(value, JobKind)
    }

    assert {kind for kind in kinds if title_of(kind) == kind} == set()
