"""A page image while a library is scanned, and while chapters are downloaded, beside the same page at
rest: `python -m bench.beside`.

One client turns pages of 330 KB without pause, first alone, then while another process (as the
worker is in `serve`) scans a library of small CBZ on the same database with its limits on, then
while such a process downloads from loopback as fast as it can.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from app.config import Settings
from bench.loopback import answering, draw
from bench.page import PAGES, _alone, _filled, _serve_bunko, _served
from bench.report import Figure, report
from bench.scan import draw_shelf

FILES = 10_000
CHAPTERS = 100
DOWNLOAD = """
import os, sys, uvloop
from bench.loopback import download

os.nice(10)  # as a worker is
database_url, valkey_url, shelf, port, chapters = sys.argv[1:]
uvloop.run(download(database_url, valkey_url, shelf, int(port), int(chapters)))
print(chapters, flush=True)
"""
SCAN = """
import asyncio, os, sys
from pathlib import Path
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db import create_engine, new_id, session_maker
from app.library.models import Library, Root
from app.scanning.scanner import Scanner

async def main(url, folder):
    os.nice(10)  # as a worker is
    engine, pool = create_engine(url), SandboxPool(2)
    library = Library(id=new_id(), name="Beside", sort_key="beside")
    async with session_maker(engine)() as session:
        session.add_all([library, Root(library_id=library.id, path=os.fsencode(folder),
                                       display_name=folder)])
        await session.commit()
    print("begun", flush=True)
    report = await Scanner(engine, pool, 2).scan(library.id)
    print(report.added, flush=True)
    pool.close()
    await engine.dispose()

asyncio.run(main(*sys.argv[1:]))
"""


def measure() -> list[Figure]:
    from app.foundation.embedded.session import servers

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        draw_shelf(place / "shelf", FILES, 20)
        for name in ("pages", "arriving"):
            (place / name).mkdir()
        draw(place / "pages")
        with (
            servers(Settings(data_dir=place), scratch=True, valkey=True) as on,
            answering(place / "pages") as (far, _),
        ):
            cookie, chapter = asyncio.run(_filled(on.database_url, place))
            settings = Settings(data_dir=place, database_url=on.database_url, log_level="WARNING")
            with _served(_serve_bunko, settings) as (port, _):
                requests = [
                    f"GET /chapters/{chapter}/pages/{n}?v=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                    f"Cookie: {cookie}\r\n\r\n".encode()
                    for n in range(1, PAGES + 1)
                ]
                _alone(port, requests, 1.0)
                rest = _alone(port, requests, 4.0)
                url = on.database_url
                scan = _beside(port, requests, [SCAN, url, str(place / "shelf")], FILES)
                asked = [url, str(on.valkey_url), str(place / "arriving"), str(far), str(CHAPTERS)]
                downloads = _beside(port, requests, [DOWNLOAD, *asked], CHAPTERS)
    calm = _p95(rest)
    return [
        Figure("page at rest, p95", calm, "ms"),
        Figure("page while scanning, p95", _p95(scan), "ms"),
        Figure("while scanning / at rest", _p95(scan) / calm, "×", 2.0),
        Figure("page while downloading, p95", _p95(downloads), "ms"),
        Figure("while downloading / at rest", _p95(downloads) / calm, "×", 2.0),
        Figure("page at rest, p50", statistics.median(rest) * 1000, "ms"),
        Figure("page while scanning, p50", statistics.median(scan) * 1000, "ms"),
        Figure("page while downloading, p50", statistics.median(downloads) * 1000, "ms"),
        Figure("pages turned while scanning", len(scan), ""),
        Figure("pages turned while downloading", len(downloads), ""),
    ]


def _beside(port: int, requests: list[bytes], work: list[str], most: int) -> list[float]:
    """Seconds of each page until the work ended, which says that it begins and then how much it did."""
    times: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-c", *work], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while process.poll() is None:
            times += _alone(port, requests, 0.25)
        did = int(process.stdout.readline())
    assert did == most, f"{did} of {most}"
    return times


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[18] * 1000


if __name__ == "__main__":
    report("Reading while scanning and while downloading", measure())
