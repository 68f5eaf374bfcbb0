"""Workers as real processes, forked like those of `serve` so that a test does not wait for imports.

    nursery = Nursery(); worker = nursery.worker(settings, timing); worker.kill(SIGKILL)

`main` is the process that forks. Its jobs are those of Bunko and `write_lines`.
"""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
from sqlalchemy import text

from app.config import Settings
from app.foundation.queue import Run, job
from app.foundation.queue.worker import Timing

SOON = Timing(
    lease=1.5,
    tick=0.3,
    look=0.5,
    reconcile=0.3,
    grace=1.0,
    backoff=0.2,
    longest_backoff=1.0,
    clock=60,
    outage=0.3,
)


@job(timeout=60, retries=3)
async def write_lines(run: Run, name: str, lines: int, pause: float = 0.0) -> None:
    """Line by line into `setting`. What is there is only looked at once, when it begins: without
    the fence a worker that slept would write lines again."""
    async with run.session_maker() as session:
        found = await session.scalars(
            text("SELECT (value->>'line')::int FROM setting WHERE key LIKE :name || ' %'"),
            {"name": name},
        )
        there = set(found)
    for line in range(lines):
        if line in there:
            continue
        run.check()
        async with run.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO setting VALUES (:name || ' ' || gen_random_uuid(),"
                    " jsonb_build_object('line', CAST(:line AS int)))"
                ),
                {"name": name, "line": line},
            )
        await run.report(line + 1, lines)
        await asyncio.sleep(pause)


class Order(msgspec.Struct):
    settings: Settings
    timing: Timing
    log: str


class Worker:
    """A worker process. `log` is what it wrote."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid = pid
        self.log = log

    @property
    def name_end(self) -> str:
        """How the name under which it claims jobs ends."""
        return f":{self.pid}"

    @property
    def is_alive(self) -> bool:
        return Path(f"/proc/{self.pid}").exists()

    def kill(self, number: int) -> None:
        if self.is_alive:
            os.kill(self.pid, number)

    async def ended(self, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while self.is_alive:  # noqa: ASYNC110  (a process tells no event)
                await asyncio.sleep(0.02)


class Nursery:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[Worker] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from tests.nursery import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def worker(self, settings: Settings, timing: Timing = SOON) -> Worker:
        log = self.folder / f"worker{len(self.workers)}.log"
        order = Order(settings, timing, str(log))
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(msgspec.json.encode(order, enc_hook=str).decode() + "\n")
        self.process.stdin.flush()
        worker = Worker(int(self.process.stdout.readline()), log)
        self.workers.append(worker)
        return worker

    async def empty(self) -> None:
        """No worker is left."""
        for worker in self.workers:
            worker.kill(signal.SIGKILL)
        for worker in self.workers:
            await worker.ended()
        self.workers.clear()

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)


def main() -> None:
    import app.worker

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    for line in sys.stdin:
        order = msgspec.json.decode(line, type=Order, dec_hook=lambda kind, value: kind(value))
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        app.worker.run_worker(order.settings, order.timing)
        os._exit(0)
