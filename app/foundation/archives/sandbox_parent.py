"""The parent's side of one sandboxed child: start, hand over tasks, wait no longer than allowed."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.foundation.archives.sandbox_wire import (
    LENGTH,
    MOST_FRAME_BYTES,
    Limits,
    Order,
    Outcome,
)

_ROOT = str(Path(__file__).resolve().parents[3])
# Only for its backports would msgspec import typing_extensions: a third of the child's start.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); sys.modules['typing_extensions'] = None;"
    "from app.foundation.archives.sandbox_child import main; main(sys.argv)"
)
# One malloc arena, and no secret of ours: the child sees nothing of our environment. What one picture
# took is kept for the next: given back and asked for again it cost 66 page faults, a sixth of its look.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(8 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(16 * 1024 * 1024),
}
_CHUNK = 256 * 1024
_MANY, _NAP = 20, 0.002
_REASONS: dict[int | None, str] = {
    -signal.SIGXCPU: "Reading the file took too much processor time.",
    -signal.SIGKILL: "Reading the file took too much memory.",
}
_OUTCOMES = msgspec.msgpack.Decoder(Outcome)


class Task(msgspec.Struct, frozen=True):
    fd: int | None
    argument: msgspec.Raw


class ChildDied(Exception):
    """The child is gone or was ended, before it answered the task it was at."""

    def __init__(self, reason: str, detail: str, *, is_timeout: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.is_timeout = is_timeout


class ChildProcess:
    """One child. Must be started from a thread that outlives it: its death signal follows that."""

    def __init__(self, limits: Limits) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-IBc",
                    _START,
                    _ROOT,
                    str(theirs.fileno()),
                    str(os.getpid()),
                    str(limits.memory_mb),
                    str(limits.cpu_seconds),
                    str(limits.niceness),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_ENVIRONMENT,
            )
        self.pid = self._process.pid

    def run(self, target: str, tasks: list[Task], wall_seconds: float) -> Iterator[Outcome]:
        """The outcomes in order, each within `wall_seconds` of the last, else ChildDied."""
        self._socket.settimeout(wall_seconds)
        try:
            self._send(target, tasks)
            yield from self._receive(len(tasks), wall_seconds)
        except TimeoutError as error:
            raise ChildDied(
                "Reading the file took too long.",
                f"over {wall_seconds} s",
                is_timeout=True,
            ) from error
        except (OSError, msgspec.MsgspecError) as error:
            raise self._death(repr(error)) from error

    def end(self) -> None:
        """Kills the child if it still lives, and leaves no zombie. Not while `run` runs."""
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def kill(self) -> None:
        """Makes a `run` under way in another thread fail."""
        self._process.kill()

    def _send(self, target: str, tasks: list[Task]) -> None:
        order = Order(
            target, [task.fd is not None for task in tasks], [task.argument for task in tasks]
        )
        data = msgspec.msgpack.encode(order)
        fds = [task.fd for task in tasks if task.fd is not None]
        # A stream may take less than it is given, but never splits these four bytes from the fds.
        socket.send_fds(self._socket, [LENGTH.pack(len(data))], fds)
        self._socket.sendall(data)

    def _receive(self, wanted: int, wall_seconds: float) -> Iterator[Outcome]:
        buffer = bytearray()
        seen = 0
        deadline = time.monotonic() + wall_seconds
        while seen < wanted:
            chunk = self._chunk(deadline)
            buffer += chunk
            for frame in _frames(buffer):
                outcome = _OUTCOMES.decode(frame)
                if outcome.is_leaving:
                    raise ChildDied(outcome.reason, "MemoryError")
                seen += 1
                deadline = time.monotonic() + wall_seconds
                yield outcome
            if wanted - seen > _MANY:
                # Woken for each answer of a long batch, we would take the processor from the child.
                time.sleep(_NAP)

    def _chunk(self, deadline: float) -> bytes:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        chunk = self._socket.recv(_CHUNK)
        if not chunk:
            raise self._death("closed its socket")
        return chunk

    def _death(self, detail: str) -> ChildDied:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        code = self._process.poll()
        reason = _REASONS.get(code, "The file made its reader crash.")
        return ChildDied(reason, f"exit code {code}: {detail}")


def _frames(buffer: bytearray) -> Iterator[bytes]:
    """The whole frames at the front of the buffer, which they leave."""
    at = 0
    while len(buffer) - at >= LENGTH.size:
        (length,) = LENGTH.unpack_from(buffer, at)
        if length > MOST_FRAME_BYTES:
            raise msgspec.DecodeError("frame too long")
        if len(buffer) - at - LENGTH.size < length:
            break
        at += LENGTH.size + length
        yield bytes(buffer[at - length : at])
    del buffer[:at]
