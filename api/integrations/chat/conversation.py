"""The last questions of each chat, so that 那孟津呢？ can be made whole; kept in memory and nowhere else."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from api.integrations.chat.incoming import Incoming

_MOST_CHATS = 2_000
_MOST_QUESTIONS = 6
_LONGEST_PAUSE = 30 * 60.0
"""Seconds after which what was asked before is no longer what a new question goes on from."""

Key = tuple[str, str, str]


class Conversations:
    """Questions by chat, and in a group by who asks there: two people's questions never complete one another's.

    The chats used longest ago are forgotten first. Used from the event loop only.
    """

    def __init__(
        self, most: int = _MOST_CHATS, pause: float = _LONGEST_PAUSE, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._pause, self._now = most, pause, now
        self._asked: OrderedDict[Key, tuple[float, deque[str]]] = OrderedDict()

    def turns(self, incoming: Incoming) -> list[str]:
        """Return what was asked before in the chat that a message came from, oldest first."""
        last, asked = self._asked.get(_key(incoming), (0.0, deque()))
        return list(asked) if self._now() - last <= self._pause else []

    def add(self, incoming: Incoming, question: str) -> None:
        """Remember a question."""
        asked = deque([*self.turns(incoming), question], _MOST_QUESTIONS)
        self._asked[_key(incoming)] = (self._now(), asked)
        self._asked.move_to_end(_key(incoming))
        while len(self._asked) > self._most:
            self._asked.popitem(last=False)

    def clear(self, incoming: Incoming) -> None:
        """Forget what was asked in a chat."""
        self._asked.pop(_key(incoming), None)

    def __len__(self) -> int:
        return len(self._asked)


def _key(incoming: Incoming) -> Key:
    return incoming.platform, incoming.chat_id, incoming.sender if incoming.is_group else ""
