"""Smaller screens: brotli or gzip for words of at least 1 KB, never for images or live streams."""

import gzip

LEAST_BYTES = 1024
COMPRESSIBLE = (
    b"text/html",
    b"text/css",
    b"text/plain",
    b"text/xml",
    b"text/javascript",
    b"application/json",
    b"application/problem+json",
    b"application/xml",
    b"application/atom+xml",
    b"application/opds+json",
)
BROTLI_QUALITY = 4
GZIP_LEVEL = 5


def is_worth_it(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the kind of content gains from it and was not encoded already."""
    media_type = b""
    for name, value in headers:
        if name == b"content-encoding":
            return False
        if name == b"content-type":
            media_type = value.partition(b";")[0].strip()
    return media_type in COMPRESSIBLE


def choose_encoding(accept_encoding: bytes) -> bytes | None:
    """br before gzip, as far as the client takes them (RFC 9110, 12.5.3)."""
    wishes: dict[bytes, bool] = {}
    for part in accept_encoding.lower().replace(b" ", b"").split(b","):
        coding, _, weight = part.partition(b";q=")
        wishes[coding] = not weight or bool(weight.strip(b"0."))
    for coding in (b"br", b"gzip"):
        if wishes.get(coding):
            return coding
    return None


def compress(body: bytes, encoding: bytes) -> bytes:
    if encoding == b"br":
        import brotli

        smaller: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)
        return smaller
    return gzip.compress(body, GZIP_LEVEL, mtime=0)


def encoded_headers(
    headers: list[tuple[bytes, bytes]], encoding: bytes, length: int
) -> list[tuple[bytes, bytes]]:
    """The headers of the compressed form: its length, its encoding, a weak ETag."""
    kept = []
    for name, value in headers:
        if name == b"etag" and not value.startswith(b"W/"):
            kept.append((name, b"W/" + value))
        elif name != b"content-length":
            kept.append((name, value))
    return [
        *kept,
        (b"content-encoding", encoding),
        (b"content-length", str(length).encode()),
    ]
