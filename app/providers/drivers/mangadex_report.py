"""What MangaDex asks of everyone for every picture that comes from a volunteer's server."""

from contextlib import suppress
from urllib.parse import urlsplit

import msgspec

from app.foundation.archives.sniffing import sniff
from app.foundation.http import OutboundError
from app.foundation.http.client import Fetched, Outbound

DEADLINE = 5.0


async def report(
    out: Outbound, address: str, url: str, answer: Fetched | None, seconds: float
) -> None:
    """`answer` is None where none came. A report that fails harms nobody."""
    host = urlsplit(url).hostname or ""
    if host == "mangadex.org" or host.endswith(".mangadex.org"):
        return
    cache = answer.headers.get("x-cache", "") if answer else ""
    said = {
        "url": url,
        "success": answer is not None and _is_picture(answer),
        "bytes": len(answer.body) if answer else 0,
        "duration": round(seconds * 1000),
        "cached": cache.startswith("HIT"),
    }
    with suppress(OutboundError):
        await out.fetch(
            address,
            method="POST",
            headers={"Content-Type": "application/json"},
            content=msgspec.json.encode(said),
            deadline=DEADLINE,
            most_bytes=100_000,
        )


def _is_picture(answer: Fetched) -> bool:
    return answer.status == 200 and sniff(answer.body) is not None
