"""What a provider did instead of answering. Each text is a sentence for a reader."""

from app.errors import BunkoError


class ProviderError(BunkoError):
    """`is_passing`: whether the same question may be answered later."""

    is_passing = True


class Blocked(ProviderError):
    """It knows us and wants no more of us: asking again makes it worse."""

    is_passing = False


class NotThere(ProviderError):
    """It has no such series, chapter or page (any more)."""

    is_passing = False


class NotOffered(ProviderError):
    """It has it, but does not hand it out: the chapter lies with another publisher, or was taken down."""

    is_passing = False


class Expired(ProviderError):
    """The address of a page is too old; ask for the list of pages again."""


class Unexpected(ProviderError):
    """It answered something that its interface does not say."""
