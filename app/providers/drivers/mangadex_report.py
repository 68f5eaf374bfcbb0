"""What MangaDex asks of everyone for every picture that comes from a volunteer's server."""

from urllib.parse import urlsplit

import msgspec

from app.foundation.archives.sniffing import sniff
from app.foundation.http import Rate
from app.foundation.http.client import Bucket, Fetched, Outbound

DEADLINE = 5.0
APART = Bucket("report", Rate(per_second=20.0, burst=20, places=4), is_apart=True)


def report(out: Outbound, address: str, url: str, answer: Fetched | None, seconds: float) -> None:
    """Sent beside the work, so that no page waits for it; `answer` is None where none came."""
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
    content = msgspec.json.encode(said)
    out.beside.send(
        lambda: out.fetch(
            address,
            method="POST",
            headers={"Content-Type": "application/json"},
            content=content,
            deadline=DEADLINE,
            most_bytes=100_000,
            bucket=APART,
        )
    )


def _is_picture(answer: Fetched) -> bool:
    return answer.status == 200 and sniff(answer.body) is not None
