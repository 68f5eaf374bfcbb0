"""Screens of a library of 100,000 chapters in 10,000 series: `python -m bench.lists`.

With BENCH_SERIES=100000 it is a million chapters.

The real app in its own process (uvicorn, uvloop) on a real Postgres filled by COPY, asked by a
reader with an age limit and a hidden tag, who has begun 600 series.
"""

import asyncio
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from app.config import Settings
from bench.lists_rows import CHAPTERS_EACH, SERIES, Filled, fill
from bench.report import Figure, report

SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
CLIENTS = 8
MOST_QUERIES, MOST_OTHERS = {"library": 6}, 8
MOST_P95 = 300
"""Milliseconds of any screen, also of a million chapters."""


def measure() -> list[Figure]:
    from app.foundation.embedded.session import servers

    with (
        tempfile.TemporaryDirectory() as folder,
        servers(Settings(data_dir=Path(folder)), scratch=True) as on,
    ):
        filled = asyncio.run(fill(on.database_url))
        settings = Settings(
            data_dir=Path(folder), database_url=on.database_url, log_level="WARNING"
        )
        figures = []
        with _served(settings) as (port, pid):
            for name, path in filled.paths.items():
                figures += asyncio.run(_times(port, pid, name, path, filled.cookie))
        figures += asyncio.run(_queries(settings, filled))
    return figures


@contextmanager
def _served(settings: Settings) -> Iterator[tuple[int, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(listening, settings), daemon=True
        )
        process.start()
        assert process.pid is not None
        try:
            yield listening.getsockname()[1], process.pid
        finally:
            process.terminate()
            process.join(10)


def _serve(listening: socket.socket, settings: Settings) -> None:
    import uvicorn

    from app.asgi import create_app

    app: Any = create_app(settings)
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", log_level="error", access_log=False
    )
    uvicorn.Server(config).run(sockets=[listening])


async def _times(port: int, pid: int, name: str, path: str, cookie: str) -> list[Figure]:
    is_list = name == "library"
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
        "Accept-Encoding: br, gzip\r\n\r\n"
    ).encode()
    await _asked(port, request, seconds=0.5)
    before = _cpu(pid)
    alone, size = await _asked(port, request, seconds=SECONDS)
    cpu = (_cpu(pid) - before) / len(alone) * 1000
    figures = [
        Figure(f"{name}, p50", statistics.median(alone), "ms", 8 if is_list else None),
        Figure(f"{name}, p95", _p95(alone), "ms", 20 if is_list else MOST_P95),
        Figure(f"{name}, CPU of the web process", cpu, "ms"),
    ]
    if is_list:
        together = await asyncio.gather(
            *(_asked(port, request, seconds=SECONDS) for _ in range(CLIENTS))
        )
        times = [one for found, _size in together for one in found]
        figures += [
            Figure(f"{name}, eight clients, p50", statistics.median(times), "ms", 40),
            Figure(f"{name}, eight clients", len(times) / SECONDS, "1/s"),
        ]
    return [*figures, Figure(f"{name}, HTML compressed", size / 1024, "KB")]


async def _asked(port: int, request: bytes, *, seconds: float) -> tuple[list[float], int]:
    """Milliseconds of each answer, and the bytes of a body."""
    times, size = [], 0
    async with _connection(port) as (reader, writer):
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head[:300]
            size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(size)
            times.append((time.perf_counter() - began) * 1000)
    return times, size


@asynccontextmanager
async def _connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


def _cpu(pid: int) -> float:
    """Seconds of CPU the process has used: the figure that other work on the machine leaves alone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[18]


# ---- Queries ----


async def _queries(settings: Settings, filled: Filled) -> list[Figure]:
    """How many each screen sends, and which of them walk through a whole big table."""
    import httpx
    from sqlalchemy import event

    from app.asgi import create_app

    app: Any = create_app(settings)
    said: list[tuple[str, Any]] = []
    figures = []
    event.listen(
        app.state.engine.sync_engine,
        "before_cursor_execute",
        lambda _connection, _cursor, text, values, *_rest: said.append((text, values)),
    )
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for name, path in filled.paths.items():
            said.clear()
            await client.get(path, headers={"Cookie": filled.cookie})
            asked = [one for one in said if one[0].startswith(("SELECT", "WITH"))]
            most = MOST_QUERIES.get(name.partition(", ")[0], MOST_OTHERS)
            figures += [
                Figure(f"{name}, queries", len(asked), "", most),
                Figure(f"{name}, whole tables walked", await _walks(app, asked), "", 0),
            ]
    await app.state.engine.dispose()
    return figures


async def _walks(app: Any, asked: list[tuple[str, Any]]) -> int:
    walks = 0
    async with app.state.engine.connect() as connection:
        for text, values in asked:
            lines = await connection.exec_driver_sql(f"EXPLAIN {text}", values)
            plan = [line for (line,) in lines]
            found = [line for line in plan if _is_walk(line)]
            walks += len(found)
            if found:
                print(text, *plan, sep="\n")
    return walks


def _is_walk(line: str) -> bool:
    _scan, _, table = line.partition("Seq Scan on ")
    return bool(table) and table.split()[0] in ("series", "chapter", "chapter_file", "progress")


if __name__ == "__main__":
    report(f"Lists, {SERIES * CHAPTERS_EACH:,} chapters in {SERIES:,} series", measure())
