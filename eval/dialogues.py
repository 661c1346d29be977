"""Follow-ups and what they should become: how many the rules make whole as they should."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from index.tokenizer import normalised
from qa.conversation import Turn, resolved
from qa.understanding import PlaceNames

_TOPICS = Path(__file__).parent / "topics"
_FILES = "*-dialogues*.jsonl"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The turn `at` of a dialogue. Right is a question that holds one string of each group and none of `lacks`.

    Where `same` is set it is whole already, and right is to leave it alone. `rewritten` is one right way to say it.
    """

    at: int
    rewritten: str
    holds: tuple[tuple[str, ...], ...]
    lacks: tuple[str, ...]
    same: bool = False


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The turns of one person, in order, and its follow-ups."""

    id: str
    split: str
    turns: tuple[str, ...]
    followups: tuple[FollowUp, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A follow-up as it was made whole, and whether that is right."""

    dialogue: Dialogue
    followup: FollowUp
    question: str
    right: bool


_DIALOGUE = TypeAdapter(Dialogue)


def dialogues(split: str) -> dict[str, list[Dialogue]]:
    """Return our own dialogues on the bundled compilation, of one split, by the name of the file they stand in."""
    return {path.stem: [each for each in _read(path) if each.split == split] for path in sorted(_TOPICS.glob(_FILES))}


def judged(found: Iterable[Dialogue], names: PlaceNames) -> Iterator[Judged]:
    """Yield each follow-up of the dialogues with what becomes of it."""
    for dialogue in found:
        for followup in dialogue.followups:
            typed = dialogue.turns[followup.at]
            question = resolved(typed, [Turn(turn) for turn in dialogue.turns[: followup.at]], names).question
            yield Judged(dialogue, followup, question, _is_right(question, typed, followup))


def _read(path: Path) -> list[Dialogue]:
    return [_DIALOGUE.validate_json(line) for line in path.read_text("utf-8").splitlines()]


def _is_right(question: str, typed: str, followup: FollowUp) -> bool:
    if followup.same:
        return question == typed
    said = normalised(question)
    holds = all(any(normalised(word) in said for word in group) for group in followup.holds)
    return holds and not any(normalised(word) in said for word in followup.lacks)
