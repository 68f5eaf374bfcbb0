"""The sample provider as a command: `python -m tests.providers.fake_mangadex --port 9700`."""

import argparse
import asyncio
import itertools
from contextlib import suppress
from datetime import UTC, datetime

import uvicorn

from tests.providers.control import Controlled
from tests.providers.fake_mangadex import FakeMangaDex
from tests.providers.sample_catalogue import next_chapter, sample_series

HOST, PORT, EVERY = "127.0.0.1", 9700, 120.0


def a_sample() -> Controlled:
    """A fake with the drawn catalogue; each release is the next chapter of the next series."""
    fake = FakeMangaDex()
    fake.series = sample_series()
    fake.pictures_host = "localhost"
    ongoing = itertools.cycle([one for one in fake.series if one.more["status"] == "ongoing"])

    def release() -> str:
        series = next(ongoing)
        chapter = next_chapter(series, datetime.now(UTC))
        series.chapters.append(chapter)
        return f"{series.titles['en']} {chapter.chapter}"

    return Controlled(fake, release)


def add_command(port: int) -> str:
    """How it is made known to Bunko. Pictures come from another name than the rest, as with the
    real one, so that the rate of the interface does not hold them up."""
    api, pictures = f"http://{HOST}:{port}", f"http://localhost:{port}"
    return (
        f'bunko provider add mangadex "Sample" --option api={api} --option uploads={pictures} '
        f"--option report={api}/report --option site={api} "
        f"--allow {HOST}:{port} --allow localhost:{port}"
    )


def main() -> None:
    asking = argparse.ArgumentParser(
        description="A provider to try Bunko with: drawn, and made to fail."
    )
    asking.add_argument("--port", type=int, default=PORT)
    asking.add_argument("--every", type=float, default=EVERY, metavar="SECONDS",
                        help="release a chapter this often; 0: only when told to")  # fmt: skip
    asking.add_argument("--lenient", action="store_true", help="answer any number of requests")
    given = asking.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(given.port, given.every, given.lenient))


async def _serve(port: int, every: float, is_lenient: bool) -> None:
    sample = a_sample()
    sample.fake.port, sample.fake.is_strict = port, not is_lenient
    print(f"The sample provider listens. Make it fail and recover at http://{HOST}:{port}/_control")
    print(f"Make it known to Bunko by\n\n  {add_command(port)}\n", flush=True)
    growing = asyncio.create_task(_grow(sample, every))
    config = uvicorn.Config(
        sample, HOST, port, log_level="error", lifespan="off", timeout_graceful_shutdown=1
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        growing.cancel()


async def _grow(sample: Controlled, every: float) -> None:
    while every > 0:
        await asyncio.sleep(every)
        sample.released.append(sample.release())
