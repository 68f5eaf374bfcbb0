"""A warm start of everything, and what it costs while nobody reads: `python -m bench.start`.

Starts `bunko serve` on existing data as a person would, waits for the first screen, lets it
become idle, and adds up the proportional memory (PSS) of every process of the tree.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.report import Figure, report

BUNKO = Path(sys.executable).parent / "bunko"
STARTS = 3
IDLE_SECONDS = 10


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with _serving(data) as (seconds, _):
            first = seconds
        warm = []
        for _ in range(STARTS):
            with _serving(data) as (seconds, tree):
                warm.append(seconds)
                memory = _idle_memory(tree)
        imports = _imports()
    figures = [
        Figure("first start, empty data folder", first, "s"),
        Figure("warm start to first screen, best", min(warm), "s", 2.0),
        Figure("  of which imports alone, same run", imports, "s"),
        Figure("idle, all processes, PSS", sum(memory.values()), "MB", 150),
    ]
    return figures + [Figure(f"  {name}", size, "MB") for name, size in sorted(memory.items())]


@contextmanager
def _serving(data: Path) -> Iterator[tuple[float, psutil.Process]]:
    began = time.perf_counter()
    serve = subprocess.Popen(
        [BUNKO, "serve", "--data", data, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "BUNKO_LOG_LEVEL": "WARNING"},
    )
    try:
        assert serve.stdout is not None
        found = re.search(r"http://[^/\s]+", serve.stdout.readline())
        assert found, "serve did not say where it is"
        _first_screen(found[0])
        yield time.perf_counter() - began, psutil.Process(serve.pid)
    finally:
        serve.send_signal(signal.SIGTERM)
        serve.wait(30)


def _first_screen(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/setup", timeout=10).read()
            return
        except urllib.error.HTTPError:
            return  # it answered
        except OSError:
            time.sleep(0.01)
    raise TimeoutError("no first screen within a minute")


def _idle_memory(tree: psutil.Process) -> dict[str, float]:
    """MB of PSS by the name of the program, after the start has settled."""
    time.sleep(IDLE_SECONDS)
    sums: dict[str, float] = {}
    for process in [tree, *tree.children(recursive=True)]:
        try:
            name = process.name().split(":")[0]
            sums[name] = sums.get(name, 0) + process.memory_full_info().pss / 1e6
        except psutil.NoSuchProcess:
            continue
    return sums


def _imports() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import app.asgi, app.worker, uvicorn"], check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    report("Start and idle memory", measure())
