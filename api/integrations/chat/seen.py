"""Which messages have come already: platforms send one again when they hear nothing in time, others replay them."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

_WINDOW = 2 * 3600.0
"""Seconds. WeCom says a nonce twice after two hours at the earliest; Feishu sends an event again for some seven."""
_MOST = 20_000


class Seen:
    """Ids that came within a window of time, the oldest forgotten first beyond a bound; from any thread."""

    def __init__(self, window: float = _WINDOW, most: int = _MOST, now: Callable[[], float] = time.monotonic) -> None:
        self._window, self._most, self._now = window, most, now
        self._turn = threading.Lock()
        self._came: OrderedDict[Hashable, float] = OrderedDict()

    def is_new(self, what: Hashable) -> bool:
        """Tell whether something comes for the first time; from now on it has come."""
        with self._turn:
            now = self._now()
            while self._came and (next(iter(self._came.values())) < now - self._window):
                self._came.popitem(last=False)
            if what in self._came:
                return False
            self._came[what] = now
            if len(self._came) > self._most:
                self._came.popitem(last=False)
            return True

    def __len__(self) -> int:
        return len(self._came)
