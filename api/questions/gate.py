"""How many questions are worked on, and how many may wait: beyond that, an answer would come too late to be of use."""

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from api.errors import Busy

_T = TypeVar("_T")

AT_ONCE = 8
"""Questions worked on together: enough for the model to read several at once, few enough not to stand in the way."""
MOST_WAITING = 16
"""Questions that wait; what two cores answer in about half a second."""


class Gate:
    """A bounded queue in front of the threads that think. Belongs to one event loop."""

    def __init__(self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._limiter = anyio.CapacityLimiter(at_once)
        self._most_waiting = most_waiting

    @property
    def running(self) -> int:
        """The number of questions that are being worked on."""
        return int(self._limiter.borrowed_tokens)

    @property
    def waiting(self) -> int:
        """The number of questions that wait for their turn."""
        return self._limiter.statistics().tasks_waiting

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do work in a thread when its turn comes. Raises Busy at once where too many wait, and what `work` raises."""
        if self.waiting >= self._most_waiting:
            raise Busy(f"现在问的人太多，前面已有 {self.waiting} 个问题在等。请过一会儿再问。")
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)
