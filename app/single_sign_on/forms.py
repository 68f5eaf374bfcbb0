from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Word = Annotated[str, Meta(max_length=200)]


class ProviderForm(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=40)]
    issuer: Annotated[str, Meta(min_length=1, max_length=400)]
    client_id: Annotated[str, Meta(min_length=1, max_length=400)]
    client_secret: Annotated[str, Meta(max_length=1000, extra={"secret": True})] = ""
    """Left empty it stays what it is."""
    no_secret: bool = False
    scopes: Annotated[str, Meta(max_length=400)] = "openid profile email"
    allows_private: bool = False
    is_on: bool = True
    suffices: bool = True
    makes_people: bool = False
    libraries: list[UUID] = []
    role_claim: Word = ""
    manager_value: Word = ""
    owner_value: Word = ""
