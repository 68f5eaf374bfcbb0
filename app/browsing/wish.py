"""What a person may ask of a shelf. All of it stands in the address (`shelf_address`)."""

from enum import StrEnum
from typing import Self

import msgspec

from app.library.models import SeriesStatus

LETTERS = ("#", *"abcdefghijklmnopqrstuvwxyz", "…")


class Sort(StrEnum):
    TITLE = "title"
    ADDED = "added"
    UPDATED = "updated"
    READ = "read"
    UNREAD = "unread"
    YEAR = "year"
    RANDOM = "random"


class ReadState(StrEnum):
    UNREAD = "unread"
    READING = "reading"
    COMPLETED = "completed"


class Age(StrEnum):
    """From this age on, up to the next one."""

    EVERYBODY = "0"
    TEN = "10"
    THIRTEEN = "13"
    SIXTEEN = "16"
    ADULT = "18"
    UNRATED = "none"


class Format(StrEnum):
    """As `ChapterFile.format` says it."""

    ZIP = "zip"
    TAR = "tar"
    FOLDER = "folder"


class Only(StrEnum):
    FAVOURITES = "favourites"
    MISSING = "missing"
    PROBLEMS = "problems"


class View(StrEnum):
    GRID = "grid"
    LIST = "list"


class Density(StrEnum):
    ROOMY = "roomy"
    NORMAL = "normal"
    DENSE = "dense"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Tags, genres and people must all be there; of what a series has one of, any will do."""

    sort: Sort = Sort.TITLE
    seed: int = 0
    """Where a random order begins."""
    state: ReadState | None = None
    letter: str | None = None
    genre: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    """These three by their keys."""
    status: tuple[SeriesStatus, ...] = ()
    language: tuple[str, ...] = ()
    age: tuple[Age, ...] = ()
    format: tuple[Format, ...] = ()
    only: tuple[Only, ...] = ()
    since: int | None = None
    until: int | None = None

    @property
    def filtered(self) -> bool:
        unfiltered = Wish(sort=self.sort, seed=self.seed)
        return self != unfiltered

    @property
    def unseeded(self) -> Self:
        return msgspec.structs.replace(self, seed=0) if self.seed else self

    def is_older_than(self, limit: int | None) -> bool:
        """Whether nothing of what is asked for is meant for somebody so young."""
        ages = [age for age in self.age if age is not Age.UNRATED]
        return (
            limit is not None
            and self.age != ()
            and len(ages) == len(self.age)
            and all(int(age) > limit for age in ages)
        )

    @property
    def names(self) -> list[tuple[str, str]]:
        """The keys that stand for something with a name: (field, key)."""
        fields = {"genre": self.genre, "tag": self.tag, "person": self.person}
        return [(field, key) for field, keys in fields.items() for key in keys]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    view: View = View.GRID
    density: Density = Density.NORMAL
