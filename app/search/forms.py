from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.search.language import LONGEST
from app.search.service import LONGEST_NAME


class SearchForm(msgspec.Struct, kw_only=True):
    """A search longer than the box takes is cut like the address of one."""

    q: str = ""


class SmartListForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    q: Annotated[str, Meta(min_length=1, max_length=LONGEST)]


class RenameForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


class MoveForm(msgspec.Struct, kw_only=True):
    to: Literal["up", "down"]
