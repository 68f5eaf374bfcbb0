"""The fields of family tablets. A PIN is taken as a secret: it is never shown again."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Pin = Annotated[str, Meta(min_length=1, max_length=100, extra={"secret": True})]


class TabletForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    people: list[UUID] = []


class PinTyped(msgspec.Struct, kw_only=True):
    """Empty for those who have none."""

    pin: Annotated[str, Meta(max_length=100, extra={"secret": True})] = ""


class NewPin(msgspec.Struct, kw_only=True):
    pin: Pin
    pin_again: Pin
