"""Why a file cannot be read, in one plain sentence that a person can act on."""

from app.errors import Invalid, Unavailable


class BadFile(Invalid):
    """The file itself is at fault; `message` is the line on the library's problems screen."""


class NotSupportedYet(BadFile):
    """A format we know by its first bytes and do not read in this version."""


class Unsuitable(BadFile):
    """Nothing is broken, but packed like this it holds no pages that we could show."""


class DiskFailed(Unavailable):
    """Nothing is known of the file: its disk is away, or fails."""

    def __init__(self) -> None:
        super().__init__(
            "The folder of this library cannot be read at the moment. Nothing was lost."
        )
