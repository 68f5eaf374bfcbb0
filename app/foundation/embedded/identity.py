"""As whom the servers run. Postgres refuses to run as root.

As root we enter a user namespace that knows one user: inside it the server is 65534, outside it
is still us, so nothing needs another user or other modes (user_namespaces(7)). Where namespaces
are forbidden the servers run as `nobody`, and a folder that belongs to somebody else already
is served as its owner. initdb also refuses a user without a name (`docker run --user 1234`):
the same namespace gives it one.
"""

import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.foundation.embedded.errors import not_ours, plain_words
from app.foundation.embedded.processes import die_with_parent, own_proc_files

NOBODY = 65534


@dataclass(frozen=True)
class Identity:
    uid: int
    gid: int
    namespace: bool = False

    def before_exec(self, death_signal: int) -> Callable[[], None]:
        """What the child does between fork and exec."""
        parent = os.getpid()

        def enter() -> None:
            self.enter()
            die_with_parent(death_signal, parent)

        return enter

    def enter(self) -> None:
        if self.uid != os.geteuid():
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)
            own_proc_files()
        if self.namespace:
            _enter_namespace(self.uid, self.gid)

    def own(self, folder: Path) -> None:
        """Makes `folder` (0700) belong to us."""
        with plain_words(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.stat().st_uid != self.uid:
                os.chown(folder, self.uid, self.gid)


def choose(data_dir: Path, cluster: Path) -> Identity:
    """The user for the server that keeps its files in `cluster`, a folder in `data_dir`."""
    if os.geteuid() != 0:
        return _named(os.geteuid(), os.getegid())
    found = cluster.stat() if cluster.exists() else data_dir.stat()
    if found.st_uid != 0:
        chosen = _named(found.st_uid, found.st_gid)
    elif namespaces_work(0, os.getegid()):
        return Identity(0, os.getegid(), namespace=True)
    else:
        chosen = Identity(NOBODY, NOBODY)
    _open_the_way(data_dir, chosen)
    return chosen


@cache
def namespaces_work(uid: int, gid: int) -> bool:
    """Tried in a child, because entering one cannot be undone."""
    pid = os.fork()
    if pid == 0:
        try:
            Identity(uid, gid, namespace=True).enter()
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def _named(uid: int, gid: int) -> Identity:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return Identity(uid, gid, namespace=namespaces_work(uid, gid))
    return Identity(uid, gid)


def _enter_namespace(uid: int, gid: int) -> None:
    os.unshare(os.CLONE_NEWUSER)
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} {uid} 1"),
        ("gid_map", f"{NOBODY} {gid} 1"),
    ):
        handle = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(handle, line.encode())
        os.close(handle)


def _open_the_way(data_dir: Path, who: Identity) -> None:
    """Lets another user pass through DATA (not list it). Folders above it are not ours to open."""
    found = data_dir.stat()
    if found.st_uid == 0 and not found.st_mode & 0o001:
        data_dir.chmod(found.st_mode | 0o001)
    for folder in data_dir.parents:
        if not _may_pass(folder.stat(), who):
            raise not_ours(folder)


def _may_pass(folder: os.stat_result, who: Identity) -> bool:
    if folder.st_uid == who.uid:
        return bool(folder.st_mode & 0o100)
    if folder.st_gid == who.gid:
        return bool(folder.st_mode & 0o010)
    return bool(folder.st_mode & 0o001)
