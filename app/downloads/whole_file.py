"""A chapter that its provider hands out only as one file: fetched, taken apart, each page looked at.

What comes out are the same pieces as of a chapter that came page by page, so that everything after
that is the same: it is bound anew, with a ComicInfo that says of which series it is here.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from app.downloads.binding import MOST_BYTES
from app.downloads.partial import PartialList
from app.downloads.whole_looking import LIST, Pages
from app.errors import BunkoError
from app.foundation.archives.reader import read_page
from app.providers.base import WholeFile
from app.providers.errors import Blocked, NotThere, Unexpected

if TYPE_CHECKING:
    from app.downloads.fetching import Fetching
    from app.foundation.http.client import Fetched

DEADLINE = 3600.0
"""Seconds for one file; a line that is silent for twenty is given up long before."""
NAME = "whole.part"


async def take_apart(fetching: "Fetching", whole: WholeFile, here: PartialList) -> int:
    """Every page of the file into `here`; how many there are. Raises BadPages, BadFile, OutboundError, ProviderError or OSError."""
    path = here.here / NAME
    try:
        await _fetch(fetching, whole, path)
        with path.open("rb") as file:
            entries = (await fetching.pool.run(LIST, file.fileno(), None, answer=Pages)).entries
            fetching.expect(len(entries))
            for number, entry in enumerate(entries, start=1):
                data = await asyncio.to_thread(read_page, file.fileno(), entry, verify=True)
                await fetching.keep(here, number, data)
    finally:
        path.unlink(missing_ok=True)
    return len(entries)


async def _fetch(fetching: "Fetching", whole: WholeFile, path: Path) -> None:
    with path.open("wb") as file:

        async def take(piece: bytes) -> None:
            await fetching.meter.turn()
            await asyncio.to_thread(file.write, piece)
            await fetching.meter.took(len(piece))
            fetching.came(len(piece))

        answer = await fetching.driver.out.fetch(
            whole.url,
            headers=whole.headers,
            most_bytes=MOST_BYTES,
            deadline=DEADLINE,
            take=take,
        )
    if not answer.is_good:
        raise _refusal(answer)


def _refusal(answer: "Fetched") -> BunkoError:
    if answer.status in (404, 410):
        return NotThere("The file of this chapter is not there any more.")
    if answer.status in (401, 403):
        return Blocked("The file of this chapter is not handed out to us.")
    return Unexpected("The file of this chapter was not sent (%(status)s).", status=answer.status)
