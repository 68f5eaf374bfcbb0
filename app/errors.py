"""What can go wrong, said so that a reader can act on it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self


class Sentence(str):
    """English, as the code says it; and what it was made of, so that it can be said in the language of
    whoever reads it, also after it was kept (`SentenceText`). Values may be sentences themselves."""

    message: str
    values: dict[str, Any]

    def __new__(cls, message: str, **values: object) -> Self:
        made = super().__new__(cls, message % values if values else message)
        made.message, made.values = message, values
        return made


class BunkoError(Exception):
    """The root of every error of ours; its text is one sentence for the person who meets it. `values`
    fill its places."""

    def __init__(self, message: str = "", **values: object) -> None:
        self.said = (
            message if isinstance(message, Sentence) and not values else Sentence(message, **values)
        )
        super().__init__(str(self.said))


class ConfigError(BunkoError):
    """The program cannot start as it is set up: names the variable and what was expected."""


class DomainError(BunkoError):
    """A rule was broken. One handler turns it into a screen or problem+json."""

    status: ClassVar[int] = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """It does not exist, or this reader may not know that it does."""

    status = 404


class NotAllowed(DomainError):
    status = 403


class Conflict(DomainError):
    status = 409


class Invalid(DomainError):
    status = 422


class TooManyTries(DomainError):
    """`retry_after` is in whole seconds, sent as the header of that name; `headers` beside it."""

    status = 429
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(DomainError):
    status = 503
