"""What the screens about libraries send."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.accounts.forms import AgeLimit
from app.accounts.models import Unrated
from app.library.models import Direction
from app.library.service import LONGEST_NAME

LONGEST_PAUSE_HOURS = 24 * 30
Folder = Annotated[str, Meta(max_length=4096)]


class LibraryForm(msgspec.Struct, kw_only=True):
    """`folders` holds one path per line; `browse` is the folder the picker shall open,
    `choose` the one to add to the list. `scan_every_hours` 0 is never."""

    name: Annotated[str, Meta(max_length=LONGEST_NAME)] = ""
    folders: Annotated[str, Meta(max_length=40_000)] = ""
    direction: Direction = Direction.RIGHT_TO_LEFT
    language: Annotated[str, Meta(max_length=35)] = ""
    unrated_is_adult: bool = False
    watch: bool = True
    scan_every_hours: Annotated[int, Meta(ge=0, le=LONGEST_PAUSE_HOURS)] = 24
    browse: Folder = ""
    choose: Folder = ""


class AccessForm(msgspec.Struct, kw_only=True):
    people: list[UUID] = []


class DuplicateForm(msgspec.Struct, kw_only=True):
    """Ids of two chapters: the file of `keep` stays, that of `drop` goes to the trash."""

    keep: UUID
    drop: UUID


class SeesForm(msgspec.Struct, kw_only=True):
    """`tags` are hidden ones, and genres, one on each line."""

    libraries: list[UUID] = []
    age_limit: AgeLimit | None = None
    unrated: Unrated = Unrated.LIBRARY
    tags: Annotated[str, Meta(max_length=10_000)] = ""
