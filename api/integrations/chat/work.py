"""Work that goes on after a callback was acknowledged: bounded, and over when the server stops."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

_log = logging.getLogger(__name__)

_AT_ONCE = 4
"""Questions of chats that are answered at one time; the others wait for their turn."""
_MOST = 64
"""Questions under way or waiting; beyond it the asker is told to come back."""
_MOST_REFUSALS = 32
"""Refusals under way; beyond it nothing more is said, or a flood would make the server send one."""

Job = Callable[[], Awaitable[None]]


class Work:
    """Jobs in the background; they run while `working`."""

    def __init__(self, most: int = _MOST, at_once: int = _AT_ONCE, most_refusals: int = _MOST_REFUSALS) -> None:
        self._most, self._most_refusals = most, most_refusals
        self._at_once = at_once
        self._jobs = self._refusals = 0
        self._tasks: TaskGroup | None = None
        self._turns: anyio.Semaphore | None = None

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Run jobs inside; what is under way at the end is given up."""
        self._turns = anyio.Semaphore(self._at_once)
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = None
                tasks.cancel_scope.cancel()

    def start(self, job: Job, refusal: Job) -> None:
        """Begin a job, or, where too many are under way, its refusal."""
        if self._tasks is None:
            return
        if self._jobs < self._most:
            self._jobs += 1
            self._tasks.start_soon(self._run, job)
        elif self._refusals < self._most_refusals:
            self._refusals += 1
            self._tasks.start_soon(self._refuse, refusal)
        else:
            _log.warning("聊天工具里的提问太多，有一个没有回复。")

    async def _run(self, job: Job) -> None:
        assert self._turns is not None
        try:
            async with self._turns:
                await _guarded(job)
        finally:
            self._jobs -= 1

    async def _refuse(self, refusal: Job) -> None:
        try:
            await _guarded(refusal)
        finally:
            self._refusals -= 1


async def _guarded(job: Job) -> None:
    """Run a job; whatever goes wrong in it ends it and nothing else."""
    try:
        await job()
    except Exception:
        _log.exception("回复聊天工具时出错")
