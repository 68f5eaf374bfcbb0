"""First and second scan of many small CBZ, beside a naive pool of two in the same run.

    python -m bench.scan [files] [pages]

The raw figure: two processes with zipfile and ElementTree, no limits, COPY into one table.
"""

import asyncio
import gc
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db import create_engine, new_id, raw_pool, session_maker
from app.foundation.db.migrate import upgrade
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.library.models import Library, Root
from app.scanning.scanner import Scanner
from bench.report import Figure, report

FILES, PAGES, PER_SERIES, BATCH, PROCESSES = 10_000, 20, 40, 200, 2
PAGE = b"\xff\xd8\xff\xe0" + bytes(60)
INFO = """<?xml version="1.0" encoding="utf-8"?>
<ComicInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Title>The Harbour of {number}</Title><Series>Lantern Street {series:04}</Series>
  <Number>{number}</Number><Volume>{volume}</Volume>
  <Summary>A lamplighter finds a letter that was posted a hundred years ago.</Summary>
  <Year>2021</Year><Month>4</Month><Day>2</Day><Writer>A. Writer {author}</Writer>
  <Penciller>B. Artist {author}</Penciller><Publisher>Pier Press</Publisher>
  <Genre>Drama, Mystery, Slice of Life</Genre><Tags>harbour, letters</Tags>
  <Web>https://example.org/{series}</Web><PageCount>20</PageCount>
  <LanguageISO>en</LanguageISO><Manga>YesAndRightToLeft</Manga><AgeRating>Teen</AgeRating>
</ComicInfo>"""


def draw_shelf(folder: Path, files: int, pages: int) -> None:
    for at in range(files):
        series, number = at // PER_SERIES, at % PER_SERIES + 1
        place = folder / f"Lantern Street {series:04}"
        if number == 1:
            place.mkdir(parents=True)
        with zipfile.ZipFile(place / f"Lantern Street {series:04} c{number:03}.cbz", "w") as book:
            for page in range(pages):
                book.writestr(f"{page:03}.jpg", PAGE + f"{at}:{page}".encode())
            text = INFO.format(
                series=series, number=number, volume=number // 8 + 1, author=series % 50
            )
            book.writestr("ComicInfo.xml", text, zipfile.ZIP_DEFLATED)


def naive_batch(paths: list[str]) -> list[tuple[str, int, int, str, bytes]]:
    rows = []
    for path in paths:
        with zipfile.ZipFile(path) as book:
            entries = [
                (one.filename, one.header_offset, one.compress_size, one.file_size, one.CRC)
                for one in book.infolist()
            ]
            title = ElementTree.fromstring(book.read("ComicInfo.xml")).findtext("Title") or ""
        stat = Path(path).stat()
        rows.append((path, stat.st_size, stat.st_mtime_ns, title, msgspec.msgpack.encode(entries)))
    return rows


async def naive_scan(database_url: str, folder: Path) -> float:
    pool = await raw_pool(database_url, max_size=1)
    try:
        await pool.execute(
            "CREATE TABLE naive (path text, size bigint, mtime bigint, title text, pages bytea)"
        )
        started = time.perf_counter()
        paths = [entry.path for place in os.scandir(folder) for entry in os.scandir(place.path)]
        batches = [paths[at : at + BATCH] for at in range(0, len(paths), BATCH)]
        with multiprocessing.get_context("fork").Pool(PROCESSES) as workers:
            for rows in workers.imap(naive_batch, batches):
                await pool.copy_records_to_table("naive", records=rows)
        seconds = time.perf_counter() - started
        await pool.execute("DROP TABLE naive")
    finally:
        await pool.close()
    return seconds


def proportional_memory_mb(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def processor_seconds(pids: list[int]) -> float:
    """Of these processes and of the children they have buried, user and system."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def postgres_pids(data: Path) -> list[int]:
    """The server and its backends."""
    head = next(data.rglob("postmaster.pid"))
    server = int(head.read_text().split()[0])
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return [server, *map(int, children)]


async def our_scans(database_url: str, folder: Path, files: int) -> list[Figure]:
    engine = create_engine(database_url)
    pool = SandboxPool(PROCESSES)
    library = Library(id=new_id(), name="Bench", sort_key="bench")
    async with session_maker(engine)() as session:
        session.add_all(
            [library, Root(library_id=library.id, path=bytes(folder), display_name=str(folder))]
        )
        await session.commit()
    memory: list[float] = []
    data = folder.parent / "data"
    scanner = Scanner(engine, pool, PROCESSES)

    def watch(done: int, _total: int) -> None:
        if done % 2000 == 0:
            memory.append(proportional_memory_mb([os.getpid(), *pool.pids()]))

    gc.collect()
    main, server = time.process_time(), processor_seconds(postgres_pids(data))
    started = time.perf_counter()
    first_report = await scanner.scan(library.id, progress=watch)
    first = time.perf_counter() - started
    main = time.process_time() - main
    server = processor_seconds(postgres_pids(data)) - server
    sandbox = processor_seconds(pool.pids())
    started = time.perf_counter()
    second_report = await scanner.scan(library.id)
    second = time.perf_counter() - started
    pool.close()
    await engine.dispose()
    assert first_report.added == files, first_report
    assert second_report.unchanged == files, second_report
    return [
        Figure("first scan", first, "s"),
        Figure("first scan, files", files / first, "files/s", 4000, at_least=True),
        Figure("processor time: sandbox", sandbox, "s"),
        Figure("processor time: main process", main, "s"),
        Figure("processor time: Postgres", server, "s"),
        Figure("processor time: all", sandbox + main + server, "s", 3.3 * files / FILES),
        Figure("second scan, nothing changed", second, "s", 0.5 * files / FILES),
        Figure("memory of worker and sandbox, PSS", max(memory, default=0), "MB", 300),
    ]


def main() -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    pages = int(sys.argv[2]) if len(sys.argv) > 2 else PAGES
    place = Path(tempfile.mkdtemp(prefix="bunko-bench-"))
    try:
        draw_shelf(place / "shelf", files, pages)
        with EmbeddedPostgres(place / "data", place / "run") as postgres:
            url = postgres.url
            upgrade(url)
            naive = asyncio.run(naive_scan(url, place / "shelf"))
            figures = asyncio.run(our_scans(url, place / "shelf", files))
        raw = Figure("raw: naive pool of two and COPY", files / naive, "files/s")
        report(f"scan of {files:,} CBZ with {pages} pages", [raw, *figures])
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
