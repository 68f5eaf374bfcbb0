"""Built files by hashed name: their addresses for templates, and the door that serves them.

`deploy/build_css.py` writes `static/dist`: `name.<hash>.ext`, each also as `.br` and `.gz`, and
`manifest.json` (source name → built name). A name never changes its content, so browsers and proxies
keep it for ever; only names in the manifest are served, so no path can lead out of the folder.
"""

import asyncio
from pathlib import Path

import msgspec
from litestar.enums import ScopeType
from litestar.types import HTTPScope, Receive, Scope, Send

DIST = Path(__file__).resolve().parents[3] / "static" / "dist"
FOREVER = b"public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
MOST_KEPT = 64 * 1024
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


class UnknownAsset(LookupError):
    """A template asks for a file that the build does not know."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not in static/dist/manifest.json; run deploy/build_css.py")


class StaticFiles:
    """One folder of built files. As an ASGI app it expects to be mounted at `/static`.

    `base_url` is `/static` or the address of a CDN that fronts it (`BUNKO_STATIC_URL`).
    """

    def __init__(self, folder: Path = DIST, base_url: str = "/static") -> None:
        self.folder = folder
        self.base_url = base_url.rstrip("/")
        self.names: dict[str, str] = msgspec.json.decode(
            (folder / "manifest.json").read_bytes(), type=dict[str, str]
        )
        self._served = frozenset(self.names.values())
        self._built = frozenset(path.name for path in folder.iterdir())
        self._kept: dict[str, bytes] = {}

    def url(self, name: str) -> str:
        """The address of a built file by its source name, such as `css/app.css`."""
        try:
            return f"{self.base_url}/dist/{self.names[name]}"
        except KeyError as error:
            raise UnknownAsset(name) from error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await self._answer_http(scope, send)

    async def _answer_http(self, scope: HTTPScope, send: Send) -> None:
        # Litestar ends the path of a mount with a slash, whatever was asked for.
        name = scope["path"].rstrip("/").rpartition("/dist/")[2]
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, [(b"allow", b"GET, HEAD")])
        elif name not in self._served:
            await _answer(send, 404, [(b"cache-control", b"no-store")])
        else:
            await self._serve(name, scope, send)

    async def _serve(self, name: str, scope: HTTPScope, send: Send) -> None:
        asked = {key: value.decode("latin-1") for key, value in scope["headers"]}
        encoding, suffix = self._best_encoding(name, asked.get(b"accept-encoding", ""))
        etag = f'"{name}{suffix}"'
        headers = [
            (b"cache-control", FOREVER),
            (b"etag", etag.encode()),
            (b"vary", b"Accept-Encoding"),
            (b"x-content-type-options", b"nosniff"),
        ]
        if etag in [
            tag.strip().removeprefix("W/") for tag in asked.get(b"if-none-match", "").split(",")
        ]:
            await _answer(send, 304, headers)
            return
        headers.append((b"content-type", MEDIA_TYPES[Path(name).suffix].encode()))
        if encoding:
            headers.append((b"content-encoding", encoding.encode()))
        body = await self._body(name + suffix)
        headers.append((b"content-length", str(len(body)).encode()))
        await _answer(send, 200, headers, b"" if scope["method"] == "HEAD" else body)

    async def _body(self, file: str) -> bytes:
        """Every screen asks for several small ones: to read them in a thread took longer than to
        send them."""
        body = self._kept.get(file)
        if body is None:
            body = await asyncio.to_thread((self.folder / file).read_bytes)
            if len(body) <= MOST_KEPT:
                self._kept[file] = body
        return body

    def _best_encoding(self, name: str, accepted: str) -> tuple[str, str]:
        """The smallest form the client can read that was built; ("", "") is the file as it is."""
        wishes = {_coding(part) for part in accepted.split(",")}
        for encoding, suffix in ENCODINGS:
            if encoding in wishes and name + suffix in self._built:
                return encoding, suffix
        return "", ""


def _coding(part: str) -> str:
    """The content coding of one part of Accept-Encoding; empty when it is refused (`;q=0`)."""
    coding, _sep, weight = part.replace(" ", "").lower().partition(";q=")
    return "" if weight and not weight.strip("0.") else coding


async def _answer(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b""
) -> None:
    if status >= 400:
        headers = [*headers, (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
