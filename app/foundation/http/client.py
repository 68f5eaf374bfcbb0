"""The one way out. Whatever leaves Bunko passes here: guarded, paced, with an end and a cap.

    out = Outbound(pace, allowed=frozenset({("nas.lan", 4000)}))
    answer = await out.fetch("https://api.example.org/manga", most_bytes=2_000_000, deadline=20)

One `Outbound` a source: its cookies, its connections and what its owner allowed are its own. How
often a host is asked is counted for all of them together.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import httpx
import msgspec

from app.foundation.http.addresses import Port
from app.foundation.http.bodies import Take, pass_on, read_body
from app.foundation.http.connecting import GuardedBackend, GuardedTransport, Resolve, resolve
from app.foundation.http.counting import count_one
from app.foundation.http.errors import (
    BrokenOff,
    CannotConnect,
    LeadsToPlainHttp,
    OutboundError,
    Refused,
    Resting,
    TooManyRedirects,
    TooSlow,
)
from app.foundation.http.pacing import Pace, Rate, new_place, retry_after

MOST_BYTES = 8_000_000
DEADLINE = 30.0
QUIET = httpx.Timeout(connect=10.0, read=20.0, write=20.0, pool=None)
"""Between two signs of life; the deadline ends what only trickles."""
MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
BUSY = 429
UNASKED_PAUSE = 10.0
"""For a host that says it is asked too often, but not how long to wait."""
CREDENTIALS = frozenset({"authorization", "cookie", "x-api-key", "proxy-authorization"})
LONGEST_URL = 8000


class Bucket(msgspec.Struct, frozen=True):
    """One more count beside that of the host: of a route with its own limit."""

    name: str
    rate: Rate


class Fetched(msgspec.Struct, frozen=True):
    """`url` is where it came from in the end."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class _Ask(msgspec.Struct, frozen=True):
    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | None
    take: Take | None


class Outbound:
    def __init__(
        self,
        pace: Pace,
        *,
        user_agent: str,
        allowed: frozenset[Port] = frozenset(),
        rates: Mapping[str, Rate] | None = None,
        rate: Rate = Rate(),
        resolve: Resolve = resolve,
    ) -> None:
        """`rates` by host; `rate` for every other."""
        self.pace = pace
        self.rates = rates or {}
        self.rate = rate
        self._allowed = allowed
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(GuardedBackend(allowed, resolve)),
            trust_env=False,
            follow_redirects=False,
            timeout=QUIET,
            headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    def counted_as(self, url: str | httpx.URL) -> str:
        """What a host is counted under. Services of an owner that share a machine by their ports are
        counted apart: one that fails does not silence the others."""
        parsed = httpx.URL(url)
        port = (parsed.host.lower(), parsed.port or 0)
        return f"{parsed.host}:{parsed.port}" if port in self._allowed else parsed.host

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        most_bytes: int = MOST_BYTES,
        deadline: float = DEADLINE,
        redirects: int = MOST_REDIRECTS,
        bucket: Bucket | None = None,
        take: Take | None = None,
    ) -> Fetched:
        """The answer, whatever its status; or OutboundError. All of it, with waiting for a turn and
        with redirects, ends after `deadline` seconds; a host that rests is not waited for. A good
        answer's body goes to `take`, where that is given, instead of into memory."""
        ask = _Ask(method, _checked(url), headers or {}, content, take)
        try:
            async with asyncio.timeout(deadline) as end:
                return await self._follow(ask, most_bytes, redirects, bucket, end)
        except TimeoutError as error:
            raise TooSlow(ask.url.host, deadline) from error

    async def _follow(
        self,
        ask: _Ask,
        most_bytes: int,
        redirects: int,
        bucket: Bucket | None,
        end: asyncio.Timeout,
    ) -> Fetched:
        for _hop in range(redirects + 1):
            async with self._turn(ask.url, bucket):
                answer = await self._once(ask, most_bytes, end)
            target = answer.headers.get("location")
            if answer.status not in REDIRECTS or not target:
                return answer
            ask = _redirected(ask, answer.status, target)
        raise TooManyRedirects(ask.url.host)

    async def _once(self, ask: _Ask, most_bytes: int, end: asyncio.Timeout) -> Fetched:
        """One request, and what its host made of it told to all."""
        key = self.counted_as(ask.url)
        try:
            answer = await self._send(ask, most_bytes)
        except OutboundError as error:
            if error.is_passing:
                await self.pace.failed(key)
            raise
        except asyncio.CancelledError:
            # One that trickles has failed as well; one whose asker left has not.
            if end.expired():
                await asyncio.shield(self.pace.failed(key))
            raise
        await self._learn(key, answer)
        return answer

    async def _send(self, ask: _Ask, most_bytes: int) -> Fetched:
        request = self._client.build_request(
            ask.method, ask.url, headers=dict(ask.headers), content=ask.content
        )
        count_one()
        try:
            answer = await self._client.send(request, stream=True)
            try:
                body = await _body(ask, answer, most_bytes)
            finally:
                await answer.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise CannotConnect(ask.url.host) from error
        except httpx.TimeoutException as error:
            raise TooSlow(ask.url.host, QUIET.read or 0) from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise BrokenOff(ask.url.host) from error
        return Fetched(answer.status_code, answer.headers, body, str(ask.url))

    @asynccontextmanager
    async def _turn(self, url: httpx.URL, bucket: Bucket | None) -> AsyncIterator[None]:
        host = self.counted_as(url)
        counts = [(host, self.rates.get(url.host, self.rate))]
        if bucket is not None:
            counts.append((f"{host}/{bucket.name}", bucket.rate))
        place = new_place()
        held: list[str] = []
        try:
            # The narrower count first: nobody keeps a place of the host while waiting for it.
            for key, rate in reversed(counts):
                await self._take(url.host, key, rate, place)
                held.append(key)
            yield
        finally:
            for key in held:
                await asyncio.shield(self.pace.give_back(key, place))

    async def _take(self, host: str, key: str, rate: Rate, place: str) -> None:
        while (turn := await self.pace.take(key, rate, place)).wait > 0:
            if turn.is_rest:
                raise Resting(host, turn.wait)
            await asyncio.sleep(turn.wait)

    async def _learn(self, key: str, answer: Fetched) -> None:
        wait = retry_after(answer.headers.get("retry-after"))
        if answer.status == BUSY or (answer.status == 503 and wait):
            await self.pace.pause(key, wait or UNASKED_PAUSE)
        elif answer.status >= 500:
            await self.pace.failed(key)
        else:
            await self.pace.went_well(key)


async def patiently(
    ask: Callable[[], Awaitable[Fetched]], *, tries: int = 3, first_wait: float = 1.0
) -> Fetched:
    """Again after a failure that may pass (5xx, a broken line), with a growing, uneven wait. A host
    that rests is not waited for: whoever asked comes back later. Where it rests because of these
    failures, they are what is told."""
    before: Fetched | OutboundError | None = None
    for attempt in range(1, tries + 1):
        try:
            answer = await ask()
            if answer.status < 500 or attempt == tries:
                return answer
            before = answer
        except Resting as rest:
            if isinstance(before, Fetched):
                return before
            raise (before or rest) from None
        except OutboundError as error:
            if not error.is_passing or attempt == tries:
                raise
            before = error
        await asyncio.sleep(first_wait * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
    raise AssertionError


async def _body(ask: _Ask, answer: httpx.Response, most_bytes: int) -> bytes:
    if answer.status_code in REDIRECTS:
        return b""
    if ask.take is None or not answer.is_success:
        return await read_body(answer, most_bytes)
    await pass_on(answer, most_bytes, ask.take)
    return b""


def _checked(url: str | httpx.URL) -> httpx.URL:
    """An address that one may ask: http or https, a host, no password in it."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise Refused("This is not an address on the web.") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or len(str(parsed)) > LONGEST_URL:
        raise Refused("This is not an address on the web.")
    if parsed.userinfo:
        raise Refused("An address with a password in it is not asked.")
    return parsed.copy_with(fragment=None) if parsed.fragment else parsed


def _redirected(ask: _Ask, status: int, target: str) -> _Ask:
    """Where it leads (RFC 9110, 15.4), without what was meant for the first host alone."""
    try:
        url = _checked(ask.url.join(target))
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused("This is not an address on the web.") from error
    if ask.url.scheme == "https" and url.scheme == "http":
        raise LeadsToPlainHttp(ask.url.host)
    headers = ask.headers
    if _origin(url) != _origin(ask.url):
        headers = {
            name: value for name, value in headers.items() if name.lower() not in CREDENTIALS
        }
    keeps = status in (307, 308) or ask.method in ("GET", "HEAD")
    method, content = (ask.method, ask.content) if keeps else ("GET", None)
    return _Ask(method, url, headers, content, ask.take)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}[url.scheme]
