"""A file of a batch that was not read."""

from dataclasses import dataclass

from corpus.errors import FaultCode


@dataclass(frozen=True, slots=True)
class Fault:
    """What was not read (`name`, as the user knows it), and why: a stable code, and a sentence in Chinese."""

    name: str
    code: FaultCode
    reason: str
