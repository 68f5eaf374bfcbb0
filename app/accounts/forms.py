from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.accounts.models import Role, Theme

Name = Annotated[str, Meta(min_length=1, max_length=60)]
Email = Annotated[str, Meta(max_length=254)]
AgeLimit = Annotated[int, Meta(ge=0, le=120)]


class Profile(msgspec.Struct, kw_only=True):
    name: Name


class ThemeChoice(msgspec.Struct, kw_only=True):
    theme: Theme
    next: str = "/"


class LooksChoice(msgspec.Struct, kw_only=True):
    theme: Theme
    text_size: Literal[87, 100, 115, 130, 150]
    language: str | None = None
    reduced_motion: bool = False


class StrangerLooks(msgspec.Struct, kw_only=True):
    theme: Theme
    language: str | None = None
    next: str = "/"


class PersonDetails(msgspec.Struct, kw_only=True):
    name: Name
    email: Email | None = None
    role: Role


class Leaving(msgspec.Struct, kw_only=True):
    """`name` is typed to be sure. `data` "hand_on" gives what others use to `heir`."""

    name: Annotated[str, Meta(min_length=1, max_length=254)]
    data: Literal["all", "hand_on"] = "all"
    heir: UUID | None = None
