"""Where mail goes: `BUNKO_SMTP_URL`, taken apart. Without one there is no post office.

smtp://…            unencrypted, for a server on the same machine or in the same private network
smtp+starttls://…   encryption is asked for before anything is said, and nothing is sent without it
smtps://…           encrypted from the first byte
"""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from app.config import Settings

type Cover = Literal["none", "starttls", "tls"]

COVERS: dict[str, tuple[Cover, int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}


@dataclass(frozen=True, slots=True)
class PostOffice:
    """`name` is how we greet: the host of `BUNKO_PUBLIC_URL`."""

    host: str
    port: int
    cover: Cover
    user: str | None
    password: str | None = field(repr=False)
    name: str

    @property
    def is_overheard(self) -> bool:
        """Whether the password crosses a network unencrypted."""
        return bool(
            self.password
            and self.cover == "none"
            and not self.host.startswith(("localhost", "127.", "::1"))
        )


def can_send(settings: Settings) -> bool:
    return settings.smtp_url is not None


def post_office(settings: Settings) -> PostOffice | None:
    if settings.smtp_url is None:
        return None
    parts = urlsplit(settings.smtp_url)
    cover, port = COVERS[parts.scheme]
    return PostOffice(
        host=parts.hostname or "",
        port=parts.port or port,
        cover=cover,
        user=_said(parts.username),
        password=_said(parts.password),
        name=_host(urlsplit(settings.public_url or "")),
    )


def _said(text: str | None) -> str | None:
    return unquote(text) if text else None


def _host(parts: SplitResult) -> str:
    return parts.hostname or "localhost"


_is_open = False


def open_post(settings: Settings) -> None:
    """For this process, before anything is sent later."""
    global _is_open
    _is_open = can_send(settings)


def is_open() -> bool:
    return _is_open
