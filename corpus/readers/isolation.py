"""Runs a reader in a process of its own, and ends it when it takes too long."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pydantic

import corpus
from corpus.errors import FaultCode, Refused
from corpus.extracted import Extracted, Picture
from corpus.readers.fault import Fault
from corpus.readers.kinds import Kind
from corpus.readers.safety import Limits
from corpus.readers.worker import LIMITS, REPLY

_ROOT = str(Path(corpus.__file__).parents[1])


def read(kind: Kind, path: Path, name: str, limits: Limits) -> Extracted:
    """Return what the reader of a kind takes out of a file. Raises Refused, also for time and memory."""
    found = _reply([kind, str(path), LIMITS.dump_json(limits).decode()], limits)
    assert isinstance(found, Extracted)
    # The reader is not believed on which file it read: that file is copied, and shown.
    return replace(found, name=name, original=path if kind is Kind.PDF else None)


def picture(path: Path, page: int, limits: Limits) -> Picture:
    """Return a page of a PDF file, counted from 1, as a picture. Raises Refused, also for time and memory."""
    found = _reply([Kind.PDF, str(path), LIMITS.dump_json(limits).decode(), str(page)], limits)
    assert isinstance(found, Picture)
    return found


def _reply(arguments: list[str], limits: Limits) -> Extracted | Picture:
    # -P: no module may come from the folder that the command happens to be run in.
    command = [sys.executable, "-P", "-m", "corpus.readers.worker", *arguments]
    environment = os.environ | {"PYTHONPATH": _ROOT, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        reply, _ = process.communicate(timeout=limits.seconds)
    except subprocess.TimeoutExpired as error:
        raise _timeout(limits) from error
    finally:
        _end(process)
    return _understood(reply, process.returncode, limits)


def _understood(reply: bytes, status: int, limits: Limits) -> Extracted | Picture:
    if status == -signal.SIGXCPU:
        raise _timeout(limits)
    if status == -signal.SIGKILL:
        raise Refused(FaultCode.OUT_OF_MEMORY, "读取文件时内存不够，请拆分后再试。")
    try:
        found = REPLY.validate_json(reply)
    except pydantic.ValidationError as error:
        raise Refused(
            FaultCode.UNREADABLE, "读取文件时程序中断，文件可能已损坏。请用原来的软件打开并另存后再试。"
        ) from error
    if isinstance(found, Fault):
        raise Refused(found.code, found.reason)
    return found


def _timeout(limits: Limits) -> Refused:
    return Refused(
        FaultCode.TIMEOUT, f"读取超过 {limits.seconds:g} 秒，已停止。请拆分后再试，或用原来的软件打开并另存。"
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
