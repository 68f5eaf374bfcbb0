"""Argon2id (RFC 9106), a few at a time: each takes 64 MiB for a moment."""

import asyncio
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import msgspec
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import hash_secret

from app.errors import Unavailable

IN_FLIGHT = 2
LONGEST_QUEUE = 64


class Cost(msgspec.Struct, frozen=True):
    """`time` passes over `memory_kib`. One lane: threads of one hash would only crowd out others."""

    time: int = 3
    memory_kib: int = 65_536

    def hasher(self) -> PasswordHasher:
        return PasswordHasher(time_cost=self.time, memory_cost=self.memory_kib, parallelism=1)


class Hasher:
    """One per process. Work beyond the queue is refused rather than kept waiting for ever."""

    def __init__(self, cost: Cost) -> None:
        self._argon2 = cost.hasher()
        # A thread of its own each, so that hashing never takes the threads that read pages.
        self._threads = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="hash")
        self._waiting = 0
        self._asking = 0
        # What an unknown name is checked against: it costs what a known one costs.
        self.nobody = self._argon2.hash("nobody's password")

    async def hash(self, password: str) -> str:
        return await self._run(self._argon2.hash, password)

    @contextmanager
    def place(self) -> Iterator[None]:
        """For what is asked before a hash: no more ask than may wait, so that a crowd at the door does
        not take the connections that readers need. Unavailable for those beyond."""
        _check_room(max(self._asking, self._waiting))
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1

    async def verify(self, password_hash: str, password: str) -> bool:
        return await self._run(self._verify, password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made at another cost than ours is now."""
        return self._argon2.check_needs_rehash(password_hash)

    async def hash_with(self, secret: str, salt: bytes) -> str:
        """For random secrets of one person that share a salt, and so cost one look-up."""
        return await self._run(self._hash_with, self._argon2, secret, salt)

    async def hash_like(self, known: str, secret: str) -> str:
        """With the salt of a known hash, and at its cost."""
        cost = extract_parameters(known)
        like = PasswordHasher(cost.time_cost, cost.memory_cost, cost.parallelism, cost.hash_len)
        salt = known.split("$")[4]
        padded = salt + "=" * (-len(salt) % 4)
        return await self._run(self._hash_with, like, secret, b64decode(padded))

    @staticmethod
    def _hash_with(argon2: PasswordHasher, secret: str, salt: bytes) -> str:
        return hash_secret(
            secret.encode(),
            salt,
            argon2.time_cost,
            argon2.memory_cost,
            argon2.parallelism,
            argon2.hash_len,
            argon2.type,
        ).decode("ascii")

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run[*Given, Answer](
        self, work: Callable[[*Given], Answer], *given: *Given
    ) -> Answer:
        _check_room(self._waiting)
        self._waiting += 1
        job = self._threads.submit(work, *given)
        # Counted until it ran: someone who gave up leaves the work behind.
        loop = asyncio.get_running_loop()
        job.add_done_callback(lambda _: loop.call_soon_threadsafe(self._one_less))
        return await asyncio.wrap_future(job)

    def _one_less(self) -> None:
        self._waiting -= 1


def _check_room(taken: int) -> None:
    if taken >= IN_FLIGHT + LONGEST_QUEUE:
        raise Unavailable("Too many people are signing in at once. Try again in a moment.")


_hasher: Hasher | None = None


def hasher() -> Hasher:
    """The hasher of this process, made at first use (after the fork)."""
    global _hasher
    if _hasher is None:
        _hasher = Hasher(Cost())
    return _hasher


def use_cost(cost: Cost) -> None:
    """For tests, where a safe cost would be the most of their time."""
    global _hasher
    _hasher = Hasher(cost)
