"""Facts about people, which the rooms with their things listen to."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PersonLeaves:
    """Their rows are about to go; what others use goes to `heir_id`, where there is one."""

    person_id: UUID
    heir_id: UUID | None
