"""Archives, pages and covers against the raw tool in the same run: `python -m bench.archives`.

`measure()` gives rows of (what, figure, unit, raw figure or None, note). Pictures are counted in
milliseconds of processor time.
"""

import io
import os
import random
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from PIL import Image, ImageDraw

from app.foundation.archives.page_table import encode, entry_at, fingerprint
from app.foundation.archives.reader import read_entry, read_listing, read_page
from app.foundation.archives.sandbox import SandboxFailure, SandboxPool
from app.foundation.images.borders import borders
from app.foundation.images.deriving import covers, derived
from app.foundation.images.recipe import Recipe

type Row = tuple[str, float, str, float | None, str]

_PAGE_BYTES = 330 * 1024
_BATCH = 200


class Listed(msgspec.Struct):
    table: bytes
    fingerprint: bytes
    comic_info: bytes


def list_archive(fd: int, _: None) -> Listed:
    """Sandbox target: what pass 1 of a scan reads."""
    listing = read_listing(fd)
    assert listing.comic_info is not None
    info = read_entry(fd, listing.comic_info)
    return Listed(encode(listing.pages), fingerprint(listing.pages), info)


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        return [*_directories(root), *_sandbox(root), *_pages(root), *_images()]


def _directories(root: Path) -> list[Row]:
    paths = [_archive(root / f"{n}.cbz", 30, 500) for n in range(300)]

    def ours() -> None:
        for path in paths:
            with _opened(path) as fd:
                list_archive(fd, None)

    def raw() -> None:
        for path in paths:
            with zipfile.ZipFile(path) as archive:
                archive.infolist()
                archive.read("ComicInfo.xml")

    count = len(paths)
    note = "30 pages, directory + ComicInfo, one core; raw: zipfile"
    return [("list archives", count / _best(ours), "files/s", count / _best(raw), note)]


def _sandbox(root: Path) -> list[Row]:
    paths = [_archive(root / f"s{n}.cbz", 5, 300) for n in range(4000)]
    batches = [paths[at : at + _BATCH] for at in range(0, len(paths), _BATCH)]
    pool = SandboxPool(processes=2)
    try:
        seconds = _best(lambda: _in_two_threads(pool, batches), times=3)
    finally:
        pool.close()
    note = "5 pages, limits on, 2 processes, batches of 200; target 4,000"
    return [("sandboxed scan", len(paths) / seconds, "files/s", None, note)]


def _in_two_threads(pool: SandboxPool, batches: list[list[Path]]) -> None:
    left = iter(batches)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                batch = next(left, None)
            if batch is None:
                return
            _one_batch(pool, batch)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _one_batch(pool: SandboxPool, batch: list[Path]) -> None:
    fds = [os.open(path, os.O_RDONLY) for path in batch]
    try:
        items = [(fd, None) for fd in fds]
        answers = pool.run_batch_sync("bench.archives:list_archive", items, answer=Listed)
    finally:
        for fd in fds:
            os.close(fd)
    assert not any(isinstance(answer, SandboxFailure) for answer in answers)


def _pages(root: Path) -> list[Row]:
    rows: list[Row] = []
    for word, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        path = _archive(root / f"{word}.cbz", 30, _PAGE_BYTES, method)
        with _opened(path) as fd, zipfile.ZipFile(path) as archive:
            table = encode(read_listing(fd).pages)
            names = [name for name in archive.namelist() if name.endswith("jpg")]
            ours = _best(_each_page(fd, table)) / 30
            raw = _best(lambda: sum(len(archive.read(name)) for name in names)) / 30  # noqa: B023
        note = "330 KB, warm; raw: an open ZipFile"
        rows.append((f"read page, {word}", ours * 1e6, "µs", raw * 1e6, note))
    return rows


def _each_page(fd: int, table: bytes) -> Callable[[], object]:
    return lambda: sum(len(read_page(fd, entry_at(table, n))) for n in range(30))


def _images() -> list[Row]:
    page = _line_art()
    rows: list[Row] = []
    for width in (720, 1080):
        ours = _processor(partial(derived, page, [Recipe(width)]))
        raw = _processor(partial(_bare, page, width))
        note = "1600×2400 JPEG to JPEG; raw: bare Pillow; target ≤ 1.3×"
        rows.append((f"derive {width} px", ours * 1e3, "ms CPU", raw * 1e3, note))
    eink = Recipe(1072, "box", height=1448, is_dithered=True)
    ours, raw = _processor(lambda: derived(page, [eink])), _processor(lambda: _bare_dithered(page))
    note = "1072×1448, 16 levels, PNG; raw: bare Pillow; target ≤ 120 ms"
    rows.append(("derive for e-ink", ours * 1e3, "ms CPU", raw * 1e3, note))
    note = "how far one page can be cropped; raw: decoding it at half its size"
    looked = _processor(lambda: borders(page))
    rows.append(
        ("find borders", looked * 1e3, "ms CPU", _processor(lambda: _half(page)) * 1e3, note)
    )
    both = _processor(lambda: [_bare(page, width) for width in (640, 320)])
    note = "320 and 640 px from one decoding; raw: bare Pillow, twice"
    return [*rows, ("covers", _processor(lambda: covers(page)) * 1e3, "ms CPU", both * 1e3, note)]


def _bare(page: bytes, width: int) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(page)) as image:
        image.draft("RGB", (width * 2, width * 3))
        image.thumbnail((width, width * 2), reducing_gap=2.0)
        image.save(out, "JPEG", quality=82)
    return out.getvalue()


def _bare_dithered(page: bytes) -> bytes:
    out = io.BytesIO()
    greys = Image.new("P", (1, 1))
    greys.putpalette([17 * level for level in range(16) for _channel in range(3)])
    with Image.open(io.BytesIO(page)) as image:
        image.draft("L", (2144, 2896))
        image.thumbnail((1072, 1448), reducing_gap=2.0)
        image.convert("RGB").quantize(palette=greys).save(out, "PNG", bits=4)
    return out.getvalue()


def _half(page: bytes) -> None:
    with Image.open(io.BytesIO(page)) as image:
        image.draft("L", (800, 1200))
        image.load()


def _line_art() -> bytes:
    chance = random.Random(1)
    image = Image.new("RGB", (1600, 2400), "white")
    pen = ImageDraw.Draw(image)
    for _ in range(300):
        ends = [chance.randrange(side) for side in (1600, 2400, 1600, 2400)]
        pen.line(ends, fill=(chance.randrange(120),) * 3, width=chance.randrange(1, 6))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _archive(path: Path, pages: int, size: int, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as out:
        for n in range(pages):
            out.writestr(f"Series v01 c001 - p{n:03}.jpg", b"\xff\xd8\xff" + os.urandom(size - 3))
        out.writestr("ComicInfo.xml", "<ComicInfo><Title>One</Title></ComicInfo>")
    return path


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


def _best(
    work: Callable[[], object], times: int = 7, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Seconds of the fastest run: what the machine can do when nobody else is at it."""
    best = float("inf")
    for _ in range(times):
        started = clock()
        work()
        best = min(best, clock() - started)
    return best


def _processor(work: Callable[[], object]) -> float:
    """Seconds of processor time of the fastest run, which a busy machine changes little."""
    return _best(work, clock=time.process_time)


def main() -> None:
    for what, figure, unit, raw, note in measure():
        beside = "" if raw is None else f"{raw:,.1f}"
        print(f"{what:22} {figure:>10,.1f} {unit:8} raw {beside:>10}  {note}")


if __name__ == "__main__":
    main()
