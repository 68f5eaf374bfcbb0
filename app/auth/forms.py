"""The fields of these screens. Passwords are bounded here only against floods: see `passwords`."""

from typing import Annotated

import msgspec
from msgspec import Meta

from app.accounts.forms import AgeLimit, Email, Name
from app.accounts.models import Role

Password = Annotated[str, Meta(min_length=1)]


class GoOn(msgspec.Struct, kw_only=True):
    """Somebody else has said who this is."""

    next: str = "/"


class SignIn(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Password
    stay: bool = False
    next: str = "/"


class Prove(msgspec.Struct, kw_only=True):
    password: Password
    next: str = "/"
    again: bool = False


class Forgotten(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=254)]


class ChangeEmail(msgspec.Struct, kw_only=True):
    email: Email | None = None


class SecondStep(msgspec.Struct, kw_only=True):
    code: Annotated[str, Meta(min_length=1, max_length=60)]


class SixDigits(msgspec.Struct, kw_only=True):
    code: Annotated[str, Meta(min_length=1, max_length=20)]


class PasskeyProof(msgspec.Struct, kw_only=True):
    credential: str
    next: str = "/"
    again: bool = False


class SignInByPasskey(msgspec.Struct, kw_only=True):
    credential: str
    next: str = "/"
    stay: bool = False


class PasskeyName(msgspec.Struct, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=60)]


class NewPasskey(msgspec.Struct, kw_only=True):
    credential: str
    name: Annotated[str, Meta(max_length=60)] = ""


class CodesAsFile(msgspec.Struct, kw_only=True):
    codes: list[Annotated[str, Meta(max_length=40)]]


class SetUp(msgspec.Struct, kw_only=True):
    code: Annotated[str, Meta(min_length=1, max_length=200)]
    name: Name
    password: Password
    password_again: Password


class ChangePassword(msgspec.Struct, kw_only=True):
    password_now: Password
    password: Password
    password_again: Password


class NewPassword(msgspec.Struct, kw_only=True):
    password: Password
    password_again: Password


class NewPerson(msgspec.Struct, kw_only=True):
    name: Name
    email: Email | None = None
    role: Role = Role.READER
    age_limit: AgeLimit | None = None
    password: Password
    password_again: Password
