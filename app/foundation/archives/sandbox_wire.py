"""What the parent and the sandboxed child say to each other over their socket.

A frame is its length (u32, little-endian) and that many bytes of MessagePack. The parent sends one
Order, with the descriptors attached to the length (SCM_RIGHTS); the child answers with one Outcome
per task, as soon as it has it, so that the parent knows at which task a child died.
"""

from struct import Struct

import msgspec

MOST_TASKS = 200
"""Linux carries at most 253 descriptors in one message."""
MOST_FRAME_BYTES = 64 * 1024 * 1024
LENGTH = Struct("<I")


class Limits(msgspec.Struct, frozen=True):
    """Per child: MiB of address space over its baseline, and how far it stands back (nice(2)).
    Per task: whole seconds of processor."""

    memory_mb: int
    cpu_seconds: int
    niceness: int = 0


class Order(msgspec.Struct, frozen=True, array_like=True):
    """`has_file[i]` says whether argument i comes with the next descriptor."""

    target: str
    has_file: list[bool]
    arguments: list[msgspec.Raw]


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """The encoded answer, or None with the reason for a person and the detail for the log."""

    answer: bytes | None = None
    reason: str = ""
    detail: str = ""
    is_leaving: bool = False
    """The child ends itself after this outcome (its memory is spent)."""
    is_of_disk: bool = False
    """The disk failed, and the file may be whole."""
