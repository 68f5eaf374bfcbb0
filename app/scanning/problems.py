"""The kinds of lines on the problems screen, and the sentences that are not the archive's own."""

from uuid import UUID

import msgspec

NOT_SUPPORTED = "not_supported"
DAMAGED = "damaged"
UNSUITABLE = "unsuitable"
"""Whole, but protected by a password, without pages, or packed in a way we do not read."""
REFUSED = "refused"
"""The sandbox ended: too much memory, processor or time, or a crash."""
UNREADABLE = "unreadable"
FOLDER = "folder"
METADATA = "metadata"
NUMBER = "number"
SIDECAR = "sidecar"
TWIN = "twin"
WATCHING = "watching"
"""About a whole root, and none of a scan's business."""

JUDGED = (NOT_SUPPORTED, DAMAGED, UNSUITABLE, REFUSED)
"""Kinds whose file is no chapter until it changes. One that could not be read may be readable now
though it has not changed: a right was given, or a disk is back."""

NUMBER_REASON = "A number in its name or ComicInfo.xml is out of range and was left out."
TWIN_REASON = "Another file differs only in case or accents: on some systems they are one."
WATCHING_REASON = (
    "The system watches no more folders (fs.inotify.max_user_watches); this one is looked through"
    " every quarter of an hour instead."
)
NO_PERMISSION = "Bunko is not allowed to read it."
IO_ERROR = "It could not be read from the disk."
TOO_DEEP = "The folder lies more than 32 folders deep."


class Trouble(msgspec.Struct, frozen=True):
    """One line. The stamp (size, mtime_ns, inode) is that of the file judged, if it is a file."""

    root_id: UUID
    path: bytes
    kind: str
    reason: str
    stamp: tuple[int, int, int] | None = None


def reason_of(error: OSError) -> str:
    return NO_PERMISSION if isinstance(error, PermissionError) else IO_ERROR


def unsupported_reason(extension: str) -> str:
    return f"{extension.upper()} files are not supported yet."
