"""Draws the whole sample library into a folder, a chapter at a time."""

import os
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from app.demo.catalogue_east import EAST
from app.demo.catalogue_west import WEST
from app.demo.chapters import draw_chapter
from app.demo.packing import pack, series_json
from app.demo.shelf import Chapter, Series
from app.errors import Conflict

type Progress = Callable[[int, int, str], None]

ALL_SERIES = (*EAST, *WEST)
MARK = ".bunko-demo"
MARK_TEXT = "This sample library was drawn by `bunko demo`. It may be deleted as a whole.\n"


def draw_library(
    target: Path,
    progress: Progress,
    *,
    only: Collection[str] = (),
    processes: int = 0,
) -> None:
    """Draw the library into `target`, over an earlier one but over nothing else.

    `progress` hears (chapters done, chapters in all, name of the one just done).
    `only` names the series to draw by their folders. 0 processes: one for each core.
    Raises Conflict for a folder that holds anything else, OSError if it cannot write.
    """
    _claim(target)
    chosen = [series for series in ALL_SERIES if not only or series.folder in only]
    for series in chosen:
        (target / series.folder).mkdir(exist_ok=True)
        if series.side_file:
            (target / series.folder / "series.json").write_bytes(series_json(series))
    work = [(series, chapter) for series in chosen for chapter in series.chapters]
    work.sort(key=_effort, reverse=True)
    for done, name in enumerate(_drawn(target, work, processes or os.process_cpu_count() or 1), 1):
        progress(done, len(work), name)


def _claim(target: Path) -> None:
    mark = target / MARK
    if target.exists() and not mark.exists() and any(target.iterdir()):
        raise Conflict(f"{target} is not empty and was not drawn by this command.")
    target.mkdir(parents=True, exist_ok=True)
    mark.write_text(MARK_TEXT)


def _drawn(target: Path, work: list[tuple[Series, Chapter]], processes: int) -> Iterator[str]:
    """The names of the chapters as they get ready."""
    if processes == 1:
        for series, chapter in work:
            yield draw_one(target, series, chapter)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(draw_one, target, series, chapter) for series, chapter in work]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            pool.shutdown(cancel_futures=True)


def draw_one(target: Path, series: Series, chapter: Chapter) -> str:
    pack(target / series.folder, series, chapter, draw_chapter(series, chapter))
    return f"{series.folder}/{chapter.file}"


def _effort(item: tuple[Series, Chapter]) -> int:
    """Rough cost in pages; the dear ones start first, so that no core idles at the end."""
    series, chapter = item
    return chapter.pages * (6 if series.strips else 1 if series.style.grey else 2)
