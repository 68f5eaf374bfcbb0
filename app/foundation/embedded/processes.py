"""What the kernel knows about processes (Linux, as the wheels are)."""

import ctypes
import fcntl
import os
import select
import signal
from collections.abc import Collection, Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36

# Loaded here, not in the child: between fork and exec as little as possible may happen.
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(signum: int, parent: int) -> None:
    """Asks the kernel for `signum` when the thread that forked us ends.

    Call it in the child, after every change of user, because such a change forgets the wish.
    `parent` is the forking process: if it died before we could ask, we leave at once.
    """
    if _libc.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Grandchildren whose parent dies become our children, so that we can end and reap them."""
    if _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def own_proc_files() -> None:
    """After a change of user the kernel gives /proc/self to root; this takes it back (proc(5))."""
    if _libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")


def works_in(pid: int, folder: Path) -> bool | None:
    """Whether that process has `folder` as its working folder; None when we may not look."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except PermissionError:
        return None
    except OSError:
        return False


def program_of(pid: int) -> str:
    """The program's name as the kernel keeps it (15 bytes); empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def started_at(pid: int) -> int:
    """Clock ticks after boot: with the pid it names one process. 0 when that has ended, also
    while nobody has reaped it yet."""
    fields = _stat(pid)
    return int(fields[19]) if fields and fields[0] not in (b"Z", b"X") else 0


def all_pids() -> Iterator[int]:
    with os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdecimal():
                yield int(entry.name)


def kill_workers_in(folder: Path, programs: Collection[str]) -> None:
    """Kills what a dead server left behind: its program, its working folder."""
    for pid in all_pids():
        if program_of(pid) in programs and works_in(pid, folder):
            send(pid, signal.SIGKILL)


def send(pid: int, signum: int) -> None:
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return  # it was faster


def has_ended(pidfd: int, wait: float = 0) -> bool:
    """Whether the process behind `pidfd` ends within `wait` seconds."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(wait * 1000))


def children_of(parent: int) -> list[int]:
    return [pid for pid in all_pids() if (fields := _stat(pid)) and int(fields[1]) == parent]


def _stat(pid: int) -> list[bytes]:
    """proc_pid_stat(5) from field 3, the state, on; the name before it may hold brackets."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return []
    return text.rpartition(b")")[2].split()


def clean_environment() -> dict[str, str]:
    """Neither our secrets nor somebody's PG… settings reach the servers; messages in English."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "LC_MESSAGES": "C", "TZ": "UTC"}


def try_lock(handle: int) -> bool:
    """flock(2): the kernel lets go of it when the last descriptor of that opening is closed."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
