"""How often a key may be used: so many requests within a minute, so many within a day."""

import json
import logging
import threading
import time
from pathlib import Path

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
from pydantic import TypeAdapter, ValidationError

from api.errors import RateLimited
from api.security.keys import Key
from index import durable

_log = logging.getLogger(__name__)

MOST_WRONG = RateLimitItemPerMinute(20, namespace="wrong")
"""Keys within a minute, from one address, that are worth computing and are none; each costs 50 ms of a core."""

_Used = tuple[int, int, float]
"""Of a name: the quota, what is used of it, and when (seconds since 1970) the day is over that began with the first."""
_COUNTS: TypeAdapter[dict[str, _Used]] = TypeAdapter(dict[str, _Used])


class Limits:
    """Counts of requests by key, all tokens of a name together. Those of the day survive a restart of the server."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._storage = MemoryStorage()
        self._minute = MovingWindowRateLimiter(self._storage)
        self._day = FixedWindowRateLimiter(self._storage)
        self._quotas: dict[str, RateLimitItem] = {}
        self._kept: bytes | None = None
        self._turn = threading.Lock()
        self._restore()

    def count(self, key: Key) -> None:
        """Count a request. Raises RateLimited, and then does not count it for the day."""
        if key.rate is not None:
            pace = RateLimitItemPerMinute(key.rate)
            if not self._minute.hit(pace, key.name):
                wait = self._minute.get_window_stats(pace, key.name).reset_time - time.time()
                raise RateLimited(f"口令“{key.name}”一分钟最多 {key.rate} 次请求，已经用完。请稍候再试。", wait)
        if key.quota is not None:
            item = self._quotas[key.name] = RateLimitItemPerDay(key.quota)
            # Beyond the bound the limiter goes on counting; what was refused is not to be kept as used.
            if not self._day.test(item, key.name) or not self._day.hit(item, key.name):
                wait = self._day.get_window_stats(item, key.name).reset_time - time.time()
                raise RateLimited(f"口令“{key.name}”一天最多 {key.quota} 次请求，已经用完。请明天再试。", wait)

    def check_wrong(self, address: str) -> None:
        """Let an address try a key, unless too many of its own were wrong lately. Raises RateLimited."""
        if not self._day.test(MOST_WRONG, address):
            wait = self._day.get_window_stats(MOST_WRONG, address).reset_time - time.time()
            raise RateLimited("从这个地址来的错口令太多。请过一分钟再试。", wait)

    def count_wrong(self, address: str) -> None:
        """Count a key that was none."""
        self._day.hit(MOST_WRONG, address)

    def keep(self) -> None:
        """Write the day's counts to the disk, if they changed. A disk that takes nothing is told in the log only."""
        with self._turn:
            counts: dict[str, _Used] = {}
            for name, item in list(self._quotas.items()):
                slot = item.key_for(name)
                if used := self._storage.get(slot):
                    counts[name] = (item.amount, used, self._storage.get_expiry(slot))
            content = json.dumps(counts, ensure_ascii=False).encode()
            if content == (self._kept or b"{}"):
                return
            try:
                durable.write(self._file, content, mode=0o600)
                self._kept = content
            except OSError as error:
                _log.warning("口令当天的用量写不进 %s：%s", self._file, error)

    def _restore(self) -> None:
        try:
            counts = _COUNTS.validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, ValidationError) as error:
            _log.warning("口令当天的用量读不出来，从零算起：%s", error)
            return
        for name, (quota, used, until) in counts.items():
            if (left := until - time.time()) > 0:
                item = self._quotas[name] = RateLimitItemPerDay(quota)
                self._storage.incr(item.key_for(name), left, used)
