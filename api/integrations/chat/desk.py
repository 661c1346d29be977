"""Where messages from chats are taken in: each once, in the order in which they come, answered in the background."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

import anyio

from api.errors import code_and_status
from api.integrations.chat.conversation import Conversations
from api.integrations.chat.incoming import Incoming, Notice, read_question
from api.integrations.chat.outbound import ORIGINS, Origins, Outbound, SendingFailed
from api.integrations.chat.replying import Reply, reply_to, said
from api.integrations.chat.seen import Seen
from api.integrations.chat.work import Work
from api.questions.answering import asked_and_answered
from api.questions.schemas import AskIn, Message
from api.security.audit import AuditLog
from api.settings import Settings
from api.state import Served
from index.errors import IndexingError

_log = logging.getLogger(__name__)

_LONGEST = 90.0
"""Seconds that an answer may take; a language model gets 60 of them."""

BUSY = said("现在问的人多，请稍后再问。")
NOT_READY = said("索引还没有准备好，暂时答不了。请稍后再问，或告诉管理员。")
FAILED = said("服务出错了，已记入日志。请稍后再问。")

Send = Callable[[Reply], Awaitable[None]]
"""Brings a reply to the chat it is for. Raises SendingFailed."""


class Desk:
    """What all chat platforms share in a running server."""

    def __init__(self, settings: Settings, served: Served, audit: AuditLog, origins: Origins = ORIGINS) -> None:
        self._base_url, self._served, self._audit = settings.base_url, served, audit
        self._seen, self._conversations, self._work = Seen(), Conversations(), Work()
        self.outbound = Outbound(origins)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Answer inside; answers under way at the end are given up."""
        try:
            async with self._work.working():
                yield
        finally:
            await self.outbound.aclose()

    def is_new(self, *key: str) -> bool:
        """Tell whether something (a nonce, an event's id) comes for the first time; from now on it has come."""
        return self._seen.is_new(key)

    def take(self, incoming: Incoming, send: Send, names: Iterable[str] = ()) -> bool:
        """Take a verified message in; return at once, whether a reply will be sent.

        None will be to a message that came before or is meant for others. `names` are what the bot is called.
        """
        if not self.is_new(incoming.platform, incoming.message_id):
            return False
        # What was asked before is looked up now: answers may end in another order than questions come.
        match read_question(incoming, names):
            case None:
                return False
            case Notice() as notice:
                if notice is Notice.CLEARED:
                    self._conversations.clear(incoming)
                job = partial(_send, send, said(notice))
            case question:
                turns = self._conversations.turns(incoming)
                self._conversations.add(incoming, question)
                job = partial(self._answer, incoming, question, turns, send)
        self._work.start(job, partial(_send, send, BUSY))
        return True

    async def _answer(self, incoming: Incoming, question: str, turns: list[str], send: Send) -> None:
        with self._audit.apart(client=f"{incoming.platform}:{incoming.sender}", chat=incoming.chat_id):
            reply = await self._reply(question, turns)
        await _send(send, reply)

    async def _reply(self, question: str, turns: list[str]) -> Reply:
        current = self._served.current
        if isinstance(current, IndexingError):
            return NOT_READY
        asked = AskIn(question=question, messages=[Message(role="user", content=turn) for turn in turns])
        try:
            with anyio.fail_after(_LONGEST):
                return reply_to(await asked_and_answered(asked, current, self._base_url), bool(self._base_url))
        except IndexingError:
            return NOT_READY
        except Exception as error:  # whoever asked hears of it, in words that tell nothing of the inside
            if code_and_status(error)[1] == 503 or isinstance(error, TimeoutError):
                return BUSY
            _log.exception("聊天工具里的提问答不了")
            return FAILED


async def _send(send: Send, reply: Reply) -> None:
    try:
        await send(reply)
    except SendingFailed as error:
        _log.warning("回复没有送到聊天工具：%s", error)
