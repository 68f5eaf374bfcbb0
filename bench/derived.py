"""Pages made for a screen, over HTTP, beside their originals: `python -m bench.derived`.

A reader looks at each page of 1600×2400 for two seconds before turning to the next; meanwhile the two
after it are made ahead. Then every page is there, and one client turns them without pause.
"""

import asyncio
import os
import socket
import statistics
import tempfile
import time
from pathlib import Path

from app.config import Settings
from app.foundation.images.recipe import Recipe
from app.reading.wishes import query_of
from bench.archives import _line_art
from bench.page import (
    PAGES,
    _alone,
    _figures,
    _filled,
    _read_answer,
    _requests,
    _serve_bunko,
    _served,
)
from bench.report import Figure, report

LOOK_SECONDS = float(os.environ.get("BENCH_LOOK_SECONDS", "2"))
QUERY = query_of(Recipe(1080), 1)


def measure() -> list[Figure]:
    from app.foundation.embedded.session import servers

    with (
        tempfile.TemporaryDirectory() as folder,
        servers(Settings(data_dir=Path(folder)), scratch=True) as on,
    ):
        pages = [_line_art()] * PAGES
        cookie, chapter = asyncio.run(_filled(on.database_url, Path(folder), pages))
        originals = [f"/chapters/{chapter}/pages/{n}?v=1" for n in range(1, PAGES + 1)]
        made = [path.replace("v=1", QUERY) for path in originals]
        settings = Settings(
            data_dir=Path(folder), database_url=on.database_url, log_level="WARNING"
        )
        with _served(_serve_bunko, settings) as (port, pid):
            _alone(port, _requests(port, originals[-1:], cookie), 0.5)
            first, *turned = _turned(port, made, cookie)
            kept = _figures(port, pid, made, cookie)
            raw = _figures(port, pid, originals, cookie)
    return [
        Figure("first page, being made", first * 1000, "ms"),
        Figure("turn to a page made ahead, p50", statistics.median(turned) * 1000, "ms", 5.0),
        Figure("turn to a page made ahead, p95", _p95(turned) * 1000, "ms"),
        Figure("derived page, kept, p50", kept[0], "ms", 1.5),
        Figure("derived page, kept, p95", kept[1], "ms"),
        Figure("derived page, kept, CPU of the server", kept[2], "ms"),
        Figure("original, p50", raw[0], "ms"),
        Figure("original, CPU of the server", raw[2], "ms"),
    ]


def _turned(port: int, paths: list[str], cookie: str) -> list[float]:
    """Seconds of each page, asked for once and looked at before the next."""
    times: list[float] = []
    buffer = bytearray(1 << 22)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in _requests(port, paths, cookie):
            began = time.perf_counter()
            client.sendall(request)
            _read_answer(client, buffer)
            times.append(time.perf_counter() - began)
            time.sleep(LOOK_SECONDS)
    return times


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[18]


if __name__ == "__main__":
    report("Pages made for a screen, 1080 px", measure())
