"""A strip of 200 pages scrolled in Chromium: `python -m bench.strip`.

The strip goes by faster than anybody reads, beside an empty page of the same length in the same
browser: what both take is the browser's, and what the machine did meanwhile. How long a task was is
told twice: by the clock, which stands still for nobody, and by the processor time of the thread.
"""

import asyncio
import json
import sys
import time
from typing import Any

import psutil
from playwright.async_api import Error, Page

from bench.reader import until
from bench.report import Figure, report
from bench.window import STRIP_PAGES, Reading, reading

MOST_SECONDS = 600
LONG_MS = 50
_CATEGORIES = ["toplevel", "disabled-by-default-devtools.timeline", "__metadata"]
_TASKS = ("RunTask", "ThreadControllerImpl::RunTask")
_EMPTY = """<body style="margin:0"><div class="strip" style="height:100vh;overflow:auto">
<div style="height:{height}px"></div></div>"""
_SCROLL = """async () => {
  const strip = document.querySelector('.strip');
  const until = performance.now() + 1000;
  let most = 0;
  while (performance.now() < until) {
    strip.scrollTop += 600;
    await new Promise(done => setTimeout(done, 25));
    most = Math.max(most, strip.querySelectorAll('img').length);
  }
  return [most, strip.scrollHeight - strip.scrollTop - strip.clientHeight < 2];
}"""
_HEIGHT = "document.querySelector('.strip').scrollHeight"


async def measure() -> list[Figure]:
    async with reading() as on:
        async with on.window() as page:
            await page.goto(f"{on.strip}?page=1")
            await until(page, "window.painted")
            strip = await _scrolled(on, page)
            shift = await page.evaluate("window.shift")
            reached = await page.locator("#page-n").input_value()
            height = await page.evaluate(_HEIGHT)
        async with on.window() as page:
            await page.set_content(_EMPTY.format(height=height))
            empty = await _scrolled(on, page)
    return [
        Figure(
            f"strip of {STRIP_PAGES} pages: reached", float(reached), "", STRIP_PAGES, at_least=True
        ),
        Figure("layout shift", shift, "", 0),
        Figure("pictures in the document at most", strip["most"], "", 60),
        Figure("memory of the browser's page, when half was scrolled", strip["half"], "MB"),
        Figure("  the same at the end", strip["end"], "MB"),
        *_told("strip", strip["tasks"], 0),
        *_told("empty page", empty["tasks"], None),
    ]


def _told(name: str, tasks: list[tuple[float, float]], target: float | None) -> list[Figure]:
    clock, processor = ([each[at] for each in tasks] for at in (0, 1))
    long = [sum(each > LONG_MS for each in times) for times in (clock, processor)]
    return [
        Figure(f"{name}: tasks over {LONG_MS} ms of processor time", long[1], "", target),
        Figure(f"{name}: longest task, processor time", max(processor, default=0), "ms"),
        Figure(f"{name}: tasks over {LONG_MS} ms by the clock", long[0], ""),
        Figure(f"{name}: longest task by the clock", max(clock, default=0), "ms"),
        Figure(f"{name}: processor time of all tasks", sum(processor) / 1000, "s"),
    ]


async def _scrolled(on: Reading, page: Page) -> dict[str, Any]:
    """To the end, or as far as it goes in ten minutes. A step that breaks off is taken again."""
    most, sizes, is_end = 0, [], 0
    await on.browser.start_tracing(page=page, categories=_CATEGORIES)
    limit = time.monotonic() + MOST_SECONDS
    while is_end < 3 and time.monotonic() < limit:
        try:
            found, is_there = await page.evaluate(_SCROLL)
        except Error as error:
            print(f"  taken again: {error}", file=sys.stderr)
            await page.wait_for_load_state()
            continue
        most, is_end = max(most, found), is_end + 1 if is_there else 0
        sizes.append(_memory())
    trace = json.loads(await on.browser.stop_tracing())
    half = max(sizes[: len(sizes) // 2], default=0)
    return {"most": most, "half": half, "end": sizes[-1], "tasks": _tasks(trace["traceEvents"])}


def _tasks(events: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """(by the clock, of the processor) in ms, of the threads that run a page's scripts."""
    mains = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    return [
        (one["dur"] / 1000, one.get("tdur", 0) / 1000)
        for one in events
        if one["name"] in _TASKS and one["ph"] == "X" and (one["pid"], one["tid"]) in mains
    ]


def _memory() -> float:
    """Of the largest process that shows a page, in MB that no other shares."""
    sizes = []
    for process in psutil.Process().children(recursive=True):
        try:
            if "--type=renderer" in process.cmdline():
                sizes.append(process.memory_full_info().uss / 1e6)
        except psutil.Error:
            continue
    return max(sizes, default=0.0)


if __name__ == "__main__":
    report("strip", asyncio.run(measure()))
