"""Why a file cannot be read, in one plain sentence that a person can act on."""

from app.errors import Invalid


class BadFile(Invalid):
    """The file itself is at fault; `message` is the line on the library's problems screen."""


class NotSupportedYet(BadFile):
    """A format we know by its first bytes and do not read in this version."""
