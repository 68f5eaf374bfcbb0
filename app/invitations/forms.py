from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.accounts.forms import AgeLimit, Email, Name
from app.accounts.models import Role
from app.auth.forms import Password

LIVES = {
    "day": timedelta(days=1),
    "three_days": timedelta(days=3),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}


class NewInvitation(msgspec.Struct, kw_only=True):
    role: Role = Role.READER
    libraries: list[UUID] = []
    age_limit: AgeLimit | None = None
    email: Email | None = None
    note: Annotated[str, Meta(max_length=200)] = ""
    by_mail: bool = False
    lives: Literal["day", "three_days", "week", "month"] = "week"


class Newcomer(msgspec.Struct, kw_only=True):
    """Who comes in by an invitation."""

    name: Name
    email: Email | None = None
    password: Password
    password_again: Password


class Stranger(msgspec.Struct, kw_only=True):
    """Who makes themselves an account. No mail address is asked for: whether somebody here has it
    already would be told to anybody."""

    name: Name
    password: Password
    password_again: Password
