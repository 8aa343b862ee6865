"""Limits over all machines: quotas in Valkey, each taken from by one script."""

import time
from collections.abc import Callable
from typing import Any

from core.limits.policy import LimitsUnavailable, Policy
from ext.valkey_client import Valkey

PREFIX = b"bookwheel:limit:"
CONNECTIONS = 8
"""At most so many a worker; a burst takes turns on them instead of opening one a request."""

FAILURES = 3
PAUSE_SECONDS = 1.0
"""After so many failures in a row Valkey is asked once in so long, until it answers."""

# The server's clock counts for all; a key is gone when its quota is whole.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = tonumber(redis.call('GET', KEYS[1]) or 0)
if full <= now or full > now + window then full = now end
local whole = full + interval - now
if whole > window then return window - whole end
redis.call('SET', KEYS[1], string.format('%.0f', now + whole), 'PX', math.ceil(whole / 1000) + 1)
return whole
"""


class ValkeyLimits:
    """Connects when first asked. now: seconds, of any clock that only goes forward.

    timeout, errors: see `ext.valkey_client.Valkey`.
    """

    def __init__(
        self,
        url: str,
        now: Callable[[], float] = time.monotonic,
        timeout: float = 0.1,
    ) -> None:
        self._valkey = Valkey(url, timeout, CONNECTIONS)
        self._take: Any = self._valkey.client.register_script(_TAKE)
        self._now = now
        self._failures = 0
        self._closed_until = 0.0

    async def take(self, key: bytes, policy: Policy) -> int:
        """As `core.limits.counting.SharedCounter` says; 60 µs and the way there."""
        self._check()
        name = PREFIX + policy.name.encode() + b":" + key
        try:
            answer = await self._take(keys=[name], args=[policy.interval_us, policy.window_us])
        except self._valkey.faults as error:
            self._failures += 1
            self._closed_until = self._now() + PAUSE_SECONDS
            raise LimitsUnavailable("requests cannot be counted now: Valkey is away") from error
        self._failures = 0
        return int(answer)

    async def close(self) -> None:
        await self._valkey.client.aclose()

    def _check(self) -> None:
        """Refuse while the pause lasts; then let one caller try."""
        if self._failures < FAILURES:
            return
        if self._now() < self._closed_until:
            raise LimitsUnavailable("requests cannot be counted now: Valkey is away")
        self._closed_until = self._now() + PAUSE_SECONDS
