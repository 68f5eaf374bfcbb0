"""What following a series asks for."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.foundation.security.text import clean_line
from app.metadata.facts import unique
from app.providers.models import Keep

LONGEST_ID = 2000
MOST_LANGUAGES, MOST_GROUPS, LONGEST_GROUP = 3, 30, 200
NEW = "new"

type Tag = Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z0-9-]*$")]
type Lines = Annotated[str, Meta(max_length=MOST_GROUPS * LONGEST_GROUP)]


class ChoiceForm(msgspec.Struct, kw_only=True):
    """What may be changed later, too. Both lists are in the order of preference."""

    languages: Annotated[list[Tag], Meta(max_length=MOST_LANGUAGES)] = []
    groups: Lines = ""
    keep: Keep = Keep.NEW

    @property
    def chosen_languages(self) -> list[str]:
        return list(dict.fromkeys(tag for tag in self.languages if tag))

    @property
    def chosen_groups(self) -> list[str]:
        lines = (clean_line(line, LONGEST_GROUP) for line in self.groups.splitlines())
        return unique(lines)[:MOST_GROUPS]


class FollowForm(ChoiceForm, kw_only=True):
    """`into` is `new` (a series of this library), or the id of a series that is there."""

    into: Annotated[str, Meta(max_length=40)] = NEW
    library: UUID | None = None


class ReleasesForm(msgspec.Struct, kw_only=True):
    """Those that are to be downloaded: the chosen ones, or `all` that were shown. `back` is where
    the person was; `exact`: they were shown releases to choose from, not chapters."""

    release: Annotated[list[UUID], Meta(max_length=200)] = []
    shown: Annotated[list[UUID], Meta(max_length=200)] = []
    all: bool = False
    exact: bool = False
    back: Annotated[str, Meta(max_length=500)] = ""
