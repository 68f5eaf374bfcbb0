from typing import Annotated

import msgspec
from msgspec import Meta


class TimetableForm(msgspec.Struct, kw_only=True):
    """Which line of the timetable is meant."""

    kind: Annotated[str, Meta(max_length=80)] = ""
    key: Annotated[str, Meta(max_length=80)] = ""
