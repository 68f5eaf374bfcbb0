"""What the sandbox tests run in the child."""

import os
import resource
import signal
import socket
import time

import msgspec

from app.foundation.archives.errors import BadFile
from app.foundation.archives.page_table import encode, fingerprint
from app.foundation.archives.reader import read_entry, read_listing, read_page

KEPT: list[bytes] = []


class Found(msgspec.Struct):
    table: bytes
    fingerprint: bytes
    comic_info: bytes | None


class Order(msgspec.Struct):
    times: int
    word: str


def list_pages(fd: int, most_comic_info: int) -> Found:
    listing = read_listing(fd)
    info = listing.comic_info
    return Found(
        encode(listing.pages),
        fingerprint(listing.pages),
        None if info is None else read_entry(fd, info, most=most_comic_info),
    )


def read_pages(fd: int, _: None) -> int:
    return sum(len(read_page(fd, page)) for page in read_listing(fd).pages)


def echo(fd: int, order: Order) -> str:
    return order.word * order.times


def read_all(fd: int, start: int) -> bytes:
    return os.pread(fd, 1 << 20, start)


def pid(fd: int, _: None) -> int:
    return os.getpid()


def environment(fd: int, _: None) -> dict[str, str]:
    return dict(os.environ)


def limits(fd: int, _: None) -> dict[str, int]:
    names = ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE")
    return {name: resource.getrlimit(getattr(resource, name))[0] for name in names}


def status(fd: int, key: str) -> str:
    with open("/proc/self/status") as lines:
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith(key + ":"))


def open_descriptors(fd: int, _: None) -> int:
    return len(os.listdir("/proc/self/fd"))


def die(fd: int, how: int) -> int:
    """Dies of signal `how`, or answers 0."""
    if how:
        os.kill(os.getpid(), how)
        signal.pause()
    return 0


def burn(fd: int, _: None) -> int:
    while True:
        pass


def hang(fd: int, is_hanging: bool) -> int:
    if is_hanging:
        mine, theirs = socket.socketpair()
        with mine, theirs:
            mine.recv(1)
    return 1


def hoard(fd: int, mebibytes: int) -> int:
    """Keeps what it takes, as a leak would."""
    KEPT.append(b"x" * (mebibytes << 20))
    return mebibytes


def write(fd: int, path: str) -> int:
    with open(path, "wb") as out:
        return out.write(b"something")


def run_program(fd: int, _: None) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            os.execv("/bin/true", ["true"])
        except PermissionError:
            os._exit(77)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def connect(fd: int, port: int) -> str:
    with socket.socket() as line:
        try:
            line.connect(("127.0.0.1", port))
        except OSError as error:
            return type(error).__name__
    return "connected"


def remove(fd: int, path: str) -> str:
    try:
        os.unlink(path)
    except OSError as error:
        return type(error).__name__
    return "removed"


def signal_parent(fd: int, _: None) -> str:
    try:
        os.kill(os.getppid(), signal.SIGCONT)
    except OSError as error:
        return type(error).__name__
    return "signalled"


def complain(fd: int, sentence: str) -> int:
    raise BadFile(sentence)


def stumble(fd: int, _: None) -> int:
    raise ZeroDivisionError(time.monotonic())


def answer_nonsense(fd: int, _: None) -> object:
    return "\udcff"
