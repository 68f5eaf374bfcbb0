"""Something changed: told from any process to all that have a listener, and then forgotten.

Only topics travel, never content: whoever hears one asks again by the usual way, with the usual
rights. Nothing is replayed. After a lost connection every listener hears EVERYTHING, and so asks
again; a listener that does not keep up is dropped and connects anew.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

import valkey.asyncio
from valkey.exceptions import ValkeyError

from app.foundation.valkey.local_cache import LocalCache

CHANNEL = "bunko:live"
EVERYTHING = "*"
FORGET = "forget"  # rights changed somewhere: no process may go on trusting what it kept
AWAY = (ValkeyError, OSError, TimeoutError)
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
QUIET = 15.0  # seconds without a message after which the connection is tried
PENDING = 32

log = logging.getLogger(__name__)


class Live:
    """One per process. `start()` connects when Valkey is there, and again whenever it comes back."""

    def __init__(self, url: str) -> None:
        self._client: valkey.asyncio.Valkey = valkey.asyncio.Valkey.from_url(
            url, socket_connect_timeout=2, decode_responses=True
        )
        self._listeners: dict[asyncio.Queue[str | None], frozenset[str]] = {}
        self._pump: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self.connected = asyncio.Event()

    def start(self) -> None:
        self._pump = asyncio.create_task(self._keep_listening(), name="live")

    async def close(self) -> None:
        for queue in list(self._listeners):
            self._drop(queue)
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self._client.aclose()

    def tell_soon(self, topic: str) -> None:
        """Tell without making the caller wait."""
        task = asyncio.create_task(self.tell(topic))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def tell(self, topic: str) -> None:
        try:
            await self._client.publish(CHANNEL, topic)
        except AWAY as error:
            # Screens show it on the next reload: nothing is lost but the moment.
            log.warning("Valkey is away, nobody is told of %s: %s", topic, error)

    async def topics(self, wanted: Iterable[str], beat: float) -> AsyncIterator[str | None]:
        """Each wanted topic as it happens, EVERYTHING to begin with and after a gap, and None
        every `beat` seconds of quiet. Ends when this listener was too slow, or at close."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(PENDING)
        self._listeners[queue] = frozenset(wanted)
        try:
            yield EVERYTHING
            while queue in self._listeners or not queue.empty():
                try:
                    topic = await asyncio.wait_for(queue.get(), beat)
                except TimeoutError:
                    yield None
                else:
                    if topic is None:
                        return
                    yield topic
        finally:
            self._listeners.pop(queue, None)

    async def _keep_listening(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                async with self._client.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    self._heard(EVERYTHING)
                    self.connected.set()
                    pause = FIRST_PAUSE
                    await self._hear(subscription)
            except AWAY as error:
                if self.connected.is_set():
                    log.warning("Live updates wait for Valkey: %s", error)
                self.connected.clear()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _hear(self, subscription: valkey.asyncio.client.PubSub) -> None:
        while True:
            message = await subscription.get_message(ignore_subscribe_messages=True, timeout=QUIET)
            if message is None:
                await subscription.ping()
            elif message["type"] == "message":
                self._heard(str(message["data"]))

    def _heard(self, topic: str) -> None:
        if topic in (FORGET, EVERYTHING):
            LocalCache.clear_all()
        for queue, wanted in list(self._listeners.items()):
            if topic == EVERYTHING or topic in wanted:
                try:
                    queue.put_nowait(topic)
                except asyncio.QueueFull:
                    self._drop(queue)

    def _drop(self, queue: asyncio.Queue[str | None]) -> None:
        self._listeners.pop(queue, None)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
