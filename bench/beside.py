"""A page image while a library is scanned, beside the same page at rest: `python -m bench.beside`.

One client turns pages of 330 KB without pause, first alone, then while another process (as the
worker is in `serve`) scans a library of small CBZ on the same database with its limits on.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from app.config import Settings
from bench.page import PAGES, _alone, _filled, _serve_bunko, _served
from bench.report import Figure, report
from bench.scan import draw_shelf

FILES = 10_000
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
        with servers(Settings(data_dir=place), scratch=True) as on:
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
                beside, added = _while_scanning(port, requests, on.database_url, place / "shelf")
    assert added == FILES, f"the scan added {added}"
    calm, busy = (statistics.quantiles(times, n=20)[18] * 1000 for times in (rest, beside))
    return [
        Figure("page at rest, p95", calm, "ms"),
        Figure("page while scanning, p95", busy, "ms"),
        Figure("while scanning / at rest", busy / calm, "×", 2.0),
        Figure("page at rest, p50", statistics.median(rest) * 1000, "ms"),
        Figure("page while scanning, p50", statistics.median(beside) * 1000, "ms"),
        Figure("pages turned while scanning", len(beside), ""),
    ]


def _while_scanning(
    port: int, requests: list[bytes], database_url: str, shelf: Path
) -> tuple[list[float], int]:
    """Seconds of each page until the scan ended, and what the scan added."""
    times: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-c", SCAN, database_url, str(shelf)], stdout=subprocess.PIPE, text=True
    ) as scan:
        assert scan.stdout is not None
        scan.stdout.readline()
        while scan.poll() is None:
            times += _alone(port, requests, 0.25)
        return times, int(scan.stdout.readline())


if __name__ == "__main__":
    report("Reading while scanning", measure())
