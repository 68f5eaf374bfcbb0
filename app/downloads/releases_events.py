"""What other rooms may want to know about releases."""

from dataclasses import dataclass
from uuid import UUID

TOPIC = "updates"
"""Live screens that list new chapters listen to it."""


@dataclass(frozen=True, slots=True)
class ChaptersReleased:
    """A followed series has chapters that it did not have when it was last looked at: `chapters` of
    them, however many groups released each. `wanted` are being downloaded without being asked for."""

    series_id: UUID
    source_id: UUID
    followed_by: UUID | None
    chapters: int
    wanted: int
