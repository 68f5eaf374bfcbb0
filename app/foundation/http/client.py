"""The one way out. Whatever leaves Bunko passes here: guarded, paced, with an end and a cap.

    out = Outbound(pace, allowed=frozenset({("nas.lan", 4000)}))
    answer = await out.fetch("https://api.example.org/manga", most_bytes=2_000_000, deadline=20)

One `Outbound` a source: its cookies, its connections and what its owner allowed are its own. How
often a host is asked is counted for all of them together.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import msgspec

from app.foundation.http.addresses import Port
from app.foundation.http.asks import Ask, checked, redirected, usual_port
from app.foundation.http.beside import Beside
from app.foundation.http.bodies import Take, pass_on, read_body
from app.foundation.http.connecting import GuardedBackend, GuardedTransport, Resolve, resolve
from app.foundation.http.cookies import keep_few
from app.foundation.http.counting import count_one
from app.foundation.http.errors import (
    BrokenOff,
    CannotConnect,
    LeftMeanwhile,
    OddHeader,
    OutboundError,
    Resting,
    TooManyRedirects,
    TooSlow,
)
from app.foundation.http.pacing import LEASE, Pace, Rate, new_place, retry_after
from app.foundation.http.streams import Stream

MOST_BYTES = 8_000_000
DEADLINE = 30.0
QUIET = httpx.Timeout(connect=10.0, read=20.0, write=20.0, pool=None)
"""Between two signs of life; the deadline ends what only trickles."""
MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
BUSY = 429
UNASKED_PAUSE = 10.0
"""For a host that says it is asked too often, but not how long to wait."""


class Bucket(msgspec.Struct, frozen=True):
    """One more count beside that of the host: of a route with its own limit. Or in place of it
    (`is_apart`): what fails there does not silence the rest of the host."""

    name: str
    rate: Rate
    is_apart: bool = False


class Fetched(msgspec.Struct, frozen=True):
    """`url` is where it came from in the end."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str
    seconds: float = 0.0
    """From the question to the last byte, without waiting for a turn."""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


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
        self.beside = Beside()
        self._under_way = 0
        self._is_left = False
        self._transport = GuardedTransport(GuardedBackend(allowed, resolve))
        self._client = httpx.AsyncClient(
            transport=self._transport,
            trust_env=False,
            follow_redirects=False,
            timeout=QUIET,
            headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
        )

    async def aclose(self) -> None:
        """What is under way comes to its end first, and what goes beside it within a moment; what is
        asked from now on raises LeftMeanwhile."""
        try:
            await self.beside.settle()
        finally:
            self._is_left = True
            if self._may_leave:
                await self._client.aclose()

    def counted_as(self, url: str | httpx.URL) -> str:
        """What a host is counted under. Services of an owner that share a machine by their ports are
        counted apart: one that fails does not silence the others."""
        parsed = httpx.URL(url)
        host, port = parsed.raw_host.decode("ascii").lower(), parsed.port or usual_port(parsed)
        return f"{host}:{port}" if (host, port) in self._allowed else host

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
        ask = Ask(method, checked(url), headers or {}, content, take)
        try:
            async with self._being_asked(), asyncio.timeout(deadline) as end:
                return await self._follow(ask, most_bytes, redirects, bucket, end)
        except TimeoutError as error:
            raise TooSlow(ask.url.host, deadline) from error

    @asynccontextmanager
    async def _being_asked(self) -> AsyncIterator[None]:
        if self._is_left:
            raise LeftMeanwhile
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if self._may_leave:
                await asyncio.shield(self._client.aclose())

    @property
    def _may_leave(self) -> bool:
        return self._is_left and not self._under_way

    async def _follow(
        self,
        ask: Ask,
        most_bytes: int,
        redirects: int,
        bucket: Bucket | None,
        end: asyncio.Timeout,
    ) -> Fetched:
        for _hop in range(redirects + 1):
            counts = self._counts(ask.url, bucket)
            async with self._turn(ask.url.host, counts, end):
                answer = await self._once(ask, next(iter(counts)), most_bytes, end)
            target = answer.headers.get("location")
            if answer.status not in REDIRECTS or not target:
                return answer
            ask = redirected(ask, answer.status, target)
        raise TooManyRedirects(ask.url.host)

    def _counts(self, url: httpx.URL, bucket: Bucket | None) -> dict[str, Rate]:
        """How often it may be asked; the first count is also told what became of it."""
        host = self.counted_as(url)
        counts = {host: self.rates.get(url.host, self.rate)}
        narrower = {f"{host}/{bucket.name}": bucket.rate} if bucket else {}
        return narrower if bucket and bucket.is_apart else counts | narrower

    async def _once(self, ask: Ask, key: str, most_bytes: int, end: asyncio.Timeout) -> Fetched:
        """One request, and what its host made of it told to all."""
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

    async def _send(self, ask: Ask, most_bytes: int) -> Fetched:
        began = time.monotonic()
        try:
            request = self._client.build_request(
                ask.method, ask.url, headers=dict(ask.headers), content=ask.content
            )
            count_one()
            # The client would look for what we leave to ourselves: redirects, sign-in, hooks.
            answer = await self._transport.handle_async_request(request)
            answer.request = request
            try:
                _begin_body(answer)
                if "set-cookie" in answer.headers:
                    self._client.cookies.extract_cookies(answer)
                    keep_few(self._client.cookies.jar)
                body = await _body(ask, answer, most_bytes)
            finally:
                await answer.aclose()
        except (UnicodeEncodeError, httpx.LocalProtocolError) as error:
            raise OddHeader from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise CannotConnect(ask.url.host) from error
        except httpx.TimeoutException as error:
            raise TooSlow(ask.url.host, QUIET.read or 0) from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise BrokenOff(ask.url.host) from error
        seconds = time.monotonic() - began
        return Fetched(answer.status_code, answer.headers, body, str(ask.url), seconds)

    @asynccontextmanager
    async def _turn(
        self, host: str, counts: dict[str, Rate], end: asyncio.Timeout
    ) -> AsyncIterator[None]:
        place = new_place()
        held: list[str] = []
        try:
            # The narrower count first: nobody keeps a place of the host while waiting for it.
            for key, rate in reversed(counts.items()):
                # Whoever stops waiting may have been given it in this very moment.
                held.append(key)
                await self._take(host, key, rate, place)
            async with self._holding(held, place, end):
                yield
        finally:
            for key in held:
                await asyncio.shield(self.pace.give_back(key, place))

    @asynccontextmanager
    async def _holding(
        self, keys: list[str], place: str, end: asyncio.Timeout
    ) -> AsyncIterator[None]:
        """What may take longer than a lease renews it."""
        longest = (end.when() or 0.0) - asyncio.get_running_loop().time()
        renewing = asyncio.create_task(self._renew(keys, place)) if longest > LEASE else None
        try:
            yield
        finally:
            if renewing is not None:
                renewing.cancel()

    async def _renew(self, keys: list[str], place: str) -> None:
        while True:
            await asyncio.sleep(LEASE / 3)
            for key in keys:
                await self.pace.hold(key, place)

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


def _begin_body(answer: httpx.Response) -> None:
    stream = answer.extensions.get("network_stream")
    if isinstance(stream, Stream):
        stream.head_is_read()


async def _body(ask: Ask, answer: httpx.Response, most_bytes: int) -> bytes:
    if answer.status_code in REDIRECTS:
        return b""
    if ask.take is None or not answer.is_success:
        return await read_body(answer, most_bytes)
    await pass_on(answer, most_bytes, ask.take)
    return b""
