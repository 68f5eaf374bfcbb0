"""Watches folders where the kernel gives few watches: a process with a user namespace of its own.

    python -m tests.scanning.blind DATABASE_URL watches|instances

SIGUSR1 lifts the limit, as sysctl(8) would.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from app.foundation.db import create_engine
from app.scanning.watching import Pace, Watching

PACE = Pace(quiet=0.2, longest=5, step=0.1, look=0.2, instead=1)
FEW = {"watches": "5", "instances": "0"}


def limit(what: str, number: str) -> None:
    Path(f"/proc/sys/user/max_inotify_{what}").write_text(number)


def enter_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER)
    for name, line in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        Path(f"/proc/self/{name}").write_text(line)


async def watch(database_url: str, what: str) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, limit, what, "1000")
    await Watching(create_engine(database_url), PACE).keep()


if __name__ == "__main__":
    enter_namespace()
    limit(sys.argv[2], FEW[sys.argv[2]])
    asyncio.run(watch(*sys.argv[1:]))
