"""Which sessions are in force, known by one look at the database each half second for all who ask. Knows no page."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from db.accounts import SEEN_EVERY, Attempt, SignedIn
from db.device_links import hash_of

log = logging.getLogger(__name__)

FRESH = 0.5


class SignIns(Protocol):
    """Accounts and sessions, wherever they are kept. Every method may block, and raises while that place is away."""

    def try_password(self, login: str, password: str, address: str, agent: str) -> Attempt: ...

    def by_subject(self, subject: str, address: str, agent: str) -> Attempt: ...

    def in_force(self) -> Mapping[str, SignedIn]: ...

    def mark_seen(self, sign_in_ids: Collection[int]) -> None: ...

    def end(self, signed_in: SignedIn) -> None: ...


class SessionsAway(Exception):
    """The sessions can't be asked about: nobody is let in, and nobody is told that they are out."""


@dataclass(slots=True)
class Sessions:
    """Knows a session by its token. One that was ended is refused within `FRESH`; a new one is looked for at once."""

    sign_ins: SignIns
    monotonic: Callable[[], float]
    now: Callable[[], datetime]
    _known: Mapping[str, SignedIn] = field(default_factory=dict)
    _looked_at: float = float("-inf")
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, token: str, *, used: bool = True) -> SignedIn | None:
        """The session with that token, if it is in force; raises `SessionsAway`. `used`: somebody is there, who asks."""
        if not token:
            return None
        asked_at, token_hash = self.monotonic(), hash_of(token)
        if asked_at - self._looked_at >= FRESH or token_hash not in self._known:
            async with self._looking:
                if self._looked_at <= asked_at:
                    await self._look()
        found = self._known.get(token_hash)
        if used and found is not None and self.now() - found.seen_at >= SEEN_EVERY:
            await self._mark(found, token_hash)
        return found

    async def end(self, token: str) -> None:
        """End the session with that token, if it is in force; from now on it is refused here."""
        known = await self.of(token, used=False)
        if known is not None:
            await asyncio.to_thread(self.sign_ins.end, known)
            self._looked_at = float("-inf")

    async def _look(self) -> None:
        begun = self.monotonic()
        try:
            self._known = dict(await asyncio.to_thread(self.sign_ins.in_force))
        except Exception as error:
            raise SessionsAway(type(error).__name__) from error
        self._looked_at = begun

    async def _mark(self, found: SignedIn, token_hash: str) -> None:
        """Write down that it is used, or it would end for idleness; noted here first, so that it is written once."""
        if isinstance(self._known, dict):
            self._known[token_hash] = found._replace(seen_at=self.now())
        try:
            await asyncio.to_thread(self.sign_ins.mark_seen, [found.id])
        except Exception as error:  # noqa: BLE001 - it is written down a minute later
            log.warning("a session's use was not written down: %s", type(error).__name__)


@dataclass(slots=True)
class Throttle:
    """At most so many within a window, for each key. What is long past is forgotten, so that memory stays bounded."""

    most: int
    window: timedelta
    monotonic: Callable[[], float]
    keys_kept: int = 10_000
    _times: dict[str, deque[float]] = field(default_factory=dict)

    def admits(self, key: str) -> bool:
        """Count one more, unless there are too many."""
        now = self.monotonic()
        since = now - self.window.total_seconds()
        times = self._times.pop(key, None) or deque[float]()
        while times and times[0] <= since:
            times.popleft()
        admitted = len(times) < self.most
        if admitted:
            times.append(now)
        self._times[key] = times  # the last one in the dictionary's order: the first ones are the longest unused
        while len(self._times) > self.keys_kept:
            del self._times[next(iter(self._times))]
        return admitted

    def give_back(self, key: str) -> None:
        """What was counted last counts no more."""
        if times := self._times.get(key):
            times.pop()
