"""What providers do instead of answering, by name.

Each is asked in place of the answer and may spoil the honest one. Pictures and pages of an
interface alike: what makes no sense for one of them simply answers honestly.
"""

import gzip
from collections.abc import Awaitable, Callable
from functools import cache
from io import BytesIO

from PIL import Image

from tests.providers.faking import Answer, Asked, Fake

type Mischief = Callable[[Fake, Asked], Awaitable[Answer]]

SLOW = 3600.0
"""Longer than anybody waits."""
RETRY_AFTER = 4
HTML = b"<!doctype html><html><head><title>Just a moment...</title></head><body>Checking.</body></html>"


async def time_out(fake: Fake, asked: Asked) -> Answer:
    return Answer(after=SLOW)


async def slow(fake: Fake, asked: Asked) -> Answer:
    """Slow, but right."""
    answer = await fake.honest(asked)
    answer.after = 3.0
    return answer


async def slow_loris(fake: Fake, asked: Asked) -> Answer:
    return Answer(body=b"{" + b" " * 100_000, drip=1.0)


async def too_often(fake: Fake, asked: Asked) -> Answer:
    return Answer(429, b"slow down")


async def too_often_until(fake: Fake, asked: Asked) -> Answer:
    return Answer(429, b"slow down", {"retry-after": str(RETRY_AFTER)})


async def error_500(fake: Fake, asked: Asked) -> Answer:
    return Answer(500, b"oops")


async def error_503(fake: Fake, asked: Asked) -> Answer:
    return Answer(503, HTML, {"content-type": "text/html"})


async def forbidden(fake: Fake, asked: Asked) -> Answer:
    return Answer(403, HTML, {"content-type": "text/html"})


async def truncated(fake: Fake, asked: Asked) -> Answer:
    answer = await fake.honest(asked)
    answer.is_cut = True
    return answer


async def short(fake: Fake, asked: Asked) -> Answer:
    """Half of it, declared as if it were the whole."""
    answer = await fake.honest(asked)
    return Answer(answer.status, answer.raw[: len(answer.raw) // 2], answer.headers)


async def wrong_type(fake: Fake, asked: Asked) -> Answer:
    answer = await fake.honest(asked)
    answer.headers = {**answer.headers, "content-type": "text/plain"}
    return answer


async def html_as_image(fake: Fake, asked: Asked) -> Answer:
    return Answer(200, HTML, {"content-type": "image/jpeg"})


async def placeholder(fake: Fake, asked: Asked) -> Answer:
    return Answer(200, tiny_gif(), {"content-type": "image/gif"})


async def corrupt_jpeg(fake: Fake, asked: Asked) -> Answer:
    return Answer(200, broken_jpeg(), {"content-type": "image/jpeg"})


async def redirect_loop(fake: Fake, asked: Asked) -> Answer:
    return Answer(302, b"", {"location": f"{fake.url}{asked.path}?again={len(fake.asked)}"})


async def redirect_inside(fake: Fake, asked: Asked) -> Answer:
    return Answer(302, b"", {"location": "http://169.254.169.254/latest/meta-data/"})


async def gzip_bomb(fake: Fake, asked: Asked) -> Answer:
    return Answer(200, bomb(), {"content-encoding": "gzip", "content-type": "image/png"})


async def nonsense(fake: Fake, asked: Asked) -> Answer:
    return Answer(200, b'{"result": "ok", "data": "\xff', {"content-type": "application/json"})


async def expired(fake: Fake, asked: Asked) -> Answer:
    return Answer(403, b"expired")


async def gone(fake: Fake, asked: Asked) -> Answer:
    return Answer(404, b"gone")


@cache
def tiny_gif() -> bytes:
    out = BytesIO()
    Image.new("P", (1, 1)).save(out, "GIF")
    return out.getvalue()


@cache
def broken_jpeg() -> bytes:
    """Its head is right; what follows is not."""
    out = BytesIO()
    Image.linear_gradient("L").resize((800, 1200)).save(out, "JPEG", quality=90)
    whole = out.getvalue()
    return whole[:900] + b"\xff\x00\xd9" * 400 + whole[3000:6000]


@cache
def bomb() -> bytes:
    """More than a page may have, in less than half a percent of it."""
    return gzip.compress(bytes(100_000_000), 1)


KINDS: dict[str, Mischief] = {
    "time-out": time_out,
    "slow": slow,
    "slow-loris": slow_loris,
    "429": too_often,
    "429-retry-after": too_often_until,
    "500": error_500,
    "503-html": error_503,
    "403": forbidden,
    "404": gone,
    "truncated": truncated,
    "short": short,
    "wrong-type": wrong_type,
    "html-as-image": html_as_image,
    "placeholder": placeholder,
    "corrupt-jpeg": corrupt_jpeg,
    "redirect-loop": redirect_loop,
    "redirect-inside": redirect_inside,
    "gzip-bomb": gzip_bomb,
    "nonsense": nonsense,
    "expired": expired,
}
"""A shrinking list of pages is of the provider: `FakeMangaDex.is_shrinking`."""
