"""One page image over HTTP, beside the same bytes from a bare ASGI app: `python -m bench.page`.

The server runs in its own process (uvicorn, uvloop, access log off) with the real app, a real
Postgres and a CBZ of 330 KB pages.
"""

import asyncio
import multiprocessing
import os
import random
import selectors
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.config import Settings
from bench.report import Figure, report
from bench.roomy import lift_limits

PAGES = 30
PAGE_BYTES = 330 * 1024
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))


def measure() -> list[Figure]:
    from app.foundation.embedded.session import servers

    with (
        tempfile.TemporaryDirectory() as folder,
        servers(_settings(Path(folder)), scratch=True) as on,
    ):
        cookie, chapter = asyncio.run(_filled(on.database_url, Path(folder)))
        paths = [f"/chapters/{chapter}/pages/{n}?v=1" for n in range(1, PAGES + 1)]
        settings = Settings(
            data_dir=Path(folder), database_url=on.database_url, log_level="WARNING"
        )
        with _served(_serve_bunko, settings) as (port, pid):
            ours = _figures(port, pid, paths, cookie)
        with _served(_serve_raw, str(Path(folder) / "c1.cbz")) as (port, pid):
            raw = _figures(port, pid, paths, cookie)
    return [
        Figure("page, one client, p50", ours[0], "ms", 1.0),
        Figure("page, one client, p95", ours[1], "ms"),
        Figure("page, CPU of the server", ours[2], "ms", 0.5),
        Figure("page, eight clients", ours[3], "1/s", 1500, at_least=True),
        Figure("raw: bare ASGI and pread, p50", raw[0], "ms"),
        Figure("raw: CPU", raw[2], "ms"),
        Figure("raw: eight clients", raw[3], "1/s"),
    ]


def _settings(folder: Path) -> Settings:
    return Settings(data_dir=folder)


async def _filled(
    database_url: str, folder: Path, pages: Sequence[bytes] | None = None
) -> tuple[str, str]:
    """A person signed in, and a chapter of these pages: (cookie header, chapter id)."""
    from app.accounts.models import Preference, Role, User
    from app.auth.sessions import Sessions
    from app.foundation.db import create_engine, new_id, session_maker
    from app.foundation.web.client import Client
    from app.library.models import Access, Library, Root, Series

    engine = create_engine(database_url)
    async with session_maker(engine)() as session:
        reader = User(
            id=new_id(), name="alice", name_key="alice", password_hash="!", role=Role.READER
        )
        reader.age_limit = 16
        reader.preference = Preference(user_id=reader.id)
        library = Library(id=new_id(), name="Bench", sort_key="bench")
        series = Series(
            id=new_id(), library_id=library.id, folder=b"", key="a", title="A", sort_key="a"
        )
        root = Root(
            id=new_id(), library_id=library.id, path=os.fsencode(folder), display_name="bench"
        )
        session.add_all([reader, library])
        await session.flush()
        session.add_all([root, series, Access(user_id=reader.id, library_id=library.id)])
        await session.flush()
        chapter_id = await _chapter(session, series.id, root.id, folder, pages or _noise())
        here = Client("127.0.0.1", "http", "127.0.0.1")
        secret, _row = await Sessions(session).begin(reader, here, "bench", stays=True)
        await lift_limits(session)
        await session.commit()
    await engine.dispose()
    return f"bunko_session={secret}", str(chapter_id)


def _noise() -> list[bytes]:
    noise = random.Random(1)
    return [b"\xff\xd8\xff\xe0" + noise.randbytes(PAGE_BYTES) for _ in range(PAGES)]


async def _chapter(
    session: Any, series_id: Any, root_id: Any, folder: Path, pages: Sequence[bytes]
) -> Any:
    import zipfile

    from app.foundation.archives import page_table
    from app.foundation.archives.reader import read_listing
    from app.foundation.db import new_id
    from app.library.models import Chapter, ChapterFile, PageTable

    path = folder / "c1.cbz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, page in enumerate(pages, start=1):
            archive.writestr(f"{number:03}.jpg", page)
    with path.open("rb") as file:
        entries = read_listing(file.fileno()).pages
    chapter_id, file_id = new_id(), new_id()
    session.add(Chapter(id=chapter_id, series_id=series_id, position=1))
    await session.flush()
    session.add(
        ChapterFile(
            id=file_id,
            chapter_id=chapter_id,
            root_id=root_id,
            path=b"c1.cbz",
            display_name="c1.cbz",
            size=path.stat().st_size,
            mtime_ns=1,
            inode=1,
            format="zip",
            page_count=len(entries),
        )
    )
    await session.flush()
    session.add(PageTable(file_id=file_id, revision=1, data=page_table.encode(entries)))
    return chapter_id


@contextmanager
def _served(serve: Any, argument: Any) -> Iterator[tuple[int, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(listening, argument), daemon=True
        )
        process.start()
        assert process.pid is not None
        try:
            yield listening.getsockname()[1], process.pid
        finally:
            process.terminate()
            process.join(10)


def _serve_bunko(listening: socket.socket, settings: Settings) -> None:
    from app.asgi import create_app
    from app.foundation.security.logs import configure_logs

    configure_logs(settings.log_format, settings.log_level)
    _run(create_app(settings), listening)


def _serve_raw(listening: socket.socket, path: str) -> None:
    fd = os.open(path, os.O_RDONLY)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"%d" % PAGE_BYTES), (b"content-type", b"image/jpeg")]
        body = os.pread(fd, PAGE_BYTES, 0)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    _run(app, listening)


def _run(app: Any, listening: socket.socket) -> None:
    import gc

    import uvicorn

    gc.collect()
    gc.freeze()
    lifespan: Any = "auto" if hasattr(app, "asgi_handler") else "off"
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan=lifespan,
        log_level="error",
        access_log=False,
        date_header=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _figures(
    port: int, pid: int, paths: list[str], cookie: str
) -> tuple[float, float, float, float]:
    requests = _requests(port, paths, cookie)
    _alone(port, requests, 1.0)
    before = _cpu(pid)
    times = _alone(port, requests, SECONDS)
    cpu = (_cpu(pid) - before) / len(times)
    rate = _together(port, requests, 8, SECONDS)
    quantiles = statistics.quantiles(times, n=20)
    return statistics.median(times) * 1000, quantiles[18] * 1000, cpu * 1000, rate


def _requests(port: int, paths: list[str], cookie: str) -> list[bytes]:
    return [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
        for path in paths
    ]


def _alone(port: int, requests: list[bytes], seconds: float) -> list[float]:
    times: list[float] = []
    buffer = bytearray(1 << 22)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            client.sendall(requests[len(times) % len(requests)])
            _read_answer(client, buffer)
            times.append(time.perf_counter() - began)
    return times


def _read_answer(client: socket.socket, buffer: bytearray) -> None:
    view, got, wanted = memoryview(buffer), 0, 1 << 60
    while got < wanted:
        count = client.recv_into(view[got:])
        assert count, "the server closed the connection"
        got += count
        if wanted == 1 << 60:
            wanted = _length(bytes(view[: min(got, 4096)])) or wanted


def _length(head: bytes) -> int | None:
    """Bytes of the whole answer, once its headers are there."""
    end = head.find(b"\r\n\r\n")
    if end < 0:
        return None
    assert head.startswith(b"HTTP/1.1 200"), head[:300]
    at = head.lower().index(b"content-length:") + 15
    return end + 4 + int(head[at : head.index(b"\r\n", at)])


def _together(port: int, requests: list[bytes], clients: int, seconds: float) -> float:
    """Answers per second to several clients, driven by one thread without waiting on any."""
    selector = selectors.DefaultSelector()
    buffer = bytearray(1 << 22)
    opened = [socket.create_connection(("127.0.0.1", port)) for _ in range(clients)]
    left: dict[socket.socket, int | None] = {}
    for number, client in enumerate(opened):
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ)
        client.send(requests[number % len(requests)])
        left[client] = None
    answered, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for key, _events in selector.select(1):
            client: Any = key.fileobj
            count = client.recv_into(buffer)
            rest = left[client]
            if rest is None:
                rest = _length(bytes(buffer[: min(count, 4096)]))
                assert rest is not None
            left[client] = rest - count
            if left[client] == 0:
                answered += 1
                left[client] = None
                client.send(requests[answered % len(requests)])
    rate = answered / (time.perf_counter() - began)
    for client in opened:
        client.close()
    return rate


def _cpu(pid: int) -> float:
    """Seconds of CPU the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    report("Page images, 330 KB stored in a CBZ", measure())
