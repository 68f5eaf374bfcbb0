"""What the API says and hears, as its description shows it."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.accounts.models import Role
from app.auth.random_keys import LONGEST
from app.foundation.web.policies import Scope
from app.library.models import Direction

Next = Annotated[
    str | None,
    Meta(
        description="The address of what comes after, or null at the end.",
        examples=["/api/v1/libraries?limit=50&after=WyJsaWJy…"],
    ),
]
Text = Annotated[str, Meta(max_length=LONGEST)]


class TokenRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    scopes: Annotated[
        list[Scope] | None,
        Meta(
            description="Ask for less than the app password may do. Left out: all of it.",
            examples=[["read"]],
        ),
    ] = None


class RefreshRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    refresh_token: Annotated[
        Text,
        Meta(
            description="The newest one you were given. It works once.",
            examples=["bunkor_3w9k7ymq2fhzc8tnr5xjdvb6paWXYZ12"],
        ),
    ]


class Tokens(msgspec.Struct, kw_only=True):
    access_token: Annotated[
        str, Meta(description="Send it as `Authorization: Bearer …`. It is opaque to you.")
    ]
    token_type: Annotated[str, Meta(examples=["Bearer"])] = "Bearer"  # noqa: S105 - RFC 6750
    expires_in: Annotated[int, Meta(description="Seconds until it ends.", examples=[900])]
    refresh_token: Annotated[
        str, Meta(description="Exchange it for new tokens. It works once and replaces the old.")
    ]
    scopes: Annotated[list[Scope], Meta(examples=[["read", "download"]])]


class Me(msgspec.Struct, kw_only=True):
    id: UUID
    name: Annotated[str, Meta(examples=["alice"])]
    role: Role
    age_limit: Annotated[
        int | None,
        Meta(description="The highest age rating this person sees, in years; null is no limit."),
    ]
    carrier: Annotated[
        str,
        Meta(
            description="What this request was made with: session, app password or access token.",
            examples=["app password"],
        ),
    ]
    scopes: Annotated[
        list[Scope],
        Meta(description="What the key may be used for. Empty for the session of a browser."),
    ]


class Person(msgspec.Struct, kw_only=True):
    id: UUID
    name: Annotated[str, Meta(examples=["alice"])]
    role: Role
    is_disabled: bool
    age_limit: Annotated[int | None, Meta(description="In years; null is no limit.")]


class PersonList(msgspec.Struct, kw_only=True):
    items: list[Person]
    next: Next


class LibraryLine(msgspec.Struct, kw_only=True):
    id: UUID
    name: Annotated[str, Meta(examples=["Manga"])]
    direction: Annotated[Direction, Meta(description="How its pages are turned by default.")]
    language: Annotated[str | None, Meta(description="BCP 47, where known.", examples=["ja"])]
    series_count: Annotated[
        int | None,
        Meta(description="Null for people from whom something in it may be hidden."),
    ]


class LibraryList(msgspec.Struct, kw_only=True):
    items: list[LibraryLine]
    next: Next


class FieldProblem(msgspec.Struct, kw_only=True):
    field: str
    message: str


class ApiProblem(msgspec.Struct, kw_only=True):
    """What went wrong (RFC 9457)."""

    type: Annotated[str, Meta(examples=["about:blank"])]
    title: Annotated[str, Meta(examples=["This key was not made for that."])]
    status: Annotated[int, Meta(examples=[403])]
    detail: str
    request_id: Annotated[
        str,
        Meta(
            description="Leads whoever runs the server to the line in the log.",
            examples=["H7K2M-9QXWD"],
        ),
    ]
    errors: Annotated[
        list[FieldProblem] | msgspec.UnsetType, Meta(description="What is wrong, field by field.")
    ] = msgspec.UNSET
