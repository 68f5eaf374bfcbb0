"""The sandboxed child: limits first, then one Order after the other until the parent hangs up.

Started by sandbox_parent with an empty environment, no standard streams, and one socket.
"""

import contextlib
import importlib
import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import get_type_hints

import msgspec

from app.errors import DomainError
from app.foundation.archives.landlock import give_up_rights
from app.foundation.archives.sandbox_wire import (
    LENGTH,
    MOST_FRAME_BYTES,
    MOST_TASKS,
    Order,
    Outcome,
)

_MEBIBYTE = 1024 * 1024
_SPARE_DESCRIPTORS = 56
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_ORDERS = msgspec.msgpack.Decoder(Order)
_ENCODER = msgspec.msgpack.Encoder()

type Target = Callable[[int, object], object]


def main(argv: list[str]) -> None:
    """argv: -c, import root, socket fd, parent pid, MiB over the baseline, seconds per task, nice."""
    fd, parent, memory_mb, cpu_seconds, niceness = map(int, argv[2:7])
    os.nice(niceness)
    _limit(memory_mb, parent)
    with socket.socket(fileno=fd) as line:
        processor = _Processor(cpu_seconds)
        while _serve(line, processor):
            pass


class _Processor:
    """Moves the process's processor limit ahead of it, task by task (it counts whole seconds)."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.limit = 0

    def allow(self) -> None:
        limit = int(time.process_time()) + 1 + self.seconds
        if limit != self.limit:
            self.limit = limit
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _limit(memory_mb: int, parent: int) -> None:
    _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the parent left before the child began")
    _control(_PR_SET_NO_NEW_PRIVS, 1)
    give_up_rights()
    descriptors = MOST_TASKS + _SPARE_DESCRIPTORS
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    space = pages * resource.getpagesize() + memory_mb * _MEBIBYTE
    resource.setrlimit(resource.RLIMIT_AS, (space, space))


def _control(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _serve(line: socket.socket, processor: _Processor) -> bool:
    head, fds, _, _ = socket.recv_fds(line, LENGTH.size, MOST_TASKS + 1)
    if len(head) < LENGTH.size:
        return False
    order = _ORDERS.decode(_receive(line, LENGTH.unpack(head)[0]))
    waiting = iter(fds)
    for has_file, argument in zip(order.has_file, order.arguments, strict=True):
        processor.allow()
        outcome = _outcome(order.target, next(waiting) if has_file else None, argument)
        data = _ENCODER.encode(outcome)
        line.sendall(LENGTH.pack(len(data)) + data)
        if outcome.is_leaving:
            return False
    return True


def _receive(line: socket.socket, length: int) -> bytearray:
    data = bytearray(length)
    view = memoryview(data)
    while view:
        count = line.recv_into(view)
        if count == 0:
            raise SystemExit("the parent hung up")
        view = view[count:]
    return data


def _outcome(target: str, fd: int | None, argument: msgspec.Raw) -> Outcome:
    try:
        run, decoder = _target(target)
        answer = _ENCODER.encode(run(-1 if fd is None else fd, decoder.decode(argument)))
        if len(answer) > MOST_FRAME_BYTES - 1024:
            return Outcome(reason="The file could not be read.", detail="answer too long")
        return Outcome(answer)
    except DomainError as error:
        return Outcome(reason=error.message)
    except OSError as error:
        # Pillow's own have no number.
        is_of_disk = error.errno is not None
        reason, detail = "The file could not be read.", repr(error)[:500]
        return Outcome(reason=reason, detail=detail, is_of_disk=is_of_disk)
    except MemoryError:
        # What is left of the heap is in pieces: a fresh child serves the next task better.
        return Outcome(reason="Reading the file took too much memory.", is_leaving=True)
    except Exception as error:  # noqa: BLE001 — the last resort: one bad file never stops a batch
        return Outcome(reason="The file could not be read.", detail=repr(error)[:500])
    finally:
        if fd is not None:
            with contextlib.suppress(OSError):
                os.close(fd)


@cache
def _target(name: str) -> tuple[Target, msgspec.msgpack.Decoder[object]]:
    module, _, function = name.partition(":")
    run: Target = getattr(importlib.import_module(module), function)
    hints = [hint for key, hint in get_type_hints(run).items() if key != "return"]
    return run, msgspec.msgpack.Decoder(hints[1])
