"""What the screens of this room send."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.collections.members import LONGEST_NAME, LONGEST_SUMMARY
from app.collections.order import Step

Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
Summary = Annotated[str, Meta(max_length=LONGEST_SUMMARY)]


class HeartForm(msgspec.Struct, kw_only=True):
    """`next` is where a browser without scripts goes on."""

    next: Annotated[str, Meta(max_length=500)] = ""


class CollectionForm(msgspec.Struct, kw_only=True):
    name: Name
    summary: Summary = ""


class ListForm(msgspec.Struct, kw_only=True):
    name: Name
    summary: Summary = ""
    is_shared: bool = False


class MoveForm(msgspec.Struct, kw_only=True):
    to: Step


class AddForm(msgspec.Struct, kw_only=True):
    """One that there is (`to`), or a new one by its name."""

    to: UUID | None = None
    name: Annotated[str, Meta(max_length=LONGEST_NAME)] = ""


class ImportForm(msgspec.Struct, kw_only=True):
    """The file comes beside it."""

    name: Annotated[str, Meta(max_length=LONGEST_NAME)] = ""
    is_shared: bool = False
