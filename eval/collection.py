"""What is evaluated: documents and questions, from our own topics or from a BEIR folder."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpus.document import Document
from corpus.reader import bundled
from eval import beir
from eval.errors import SetUnreadable
from eval.topics import BUNDLED, Topic, checked, line_of, topics
from index.generation import corpus_hash
from index.segment import Settings

_UNCUT = 10**9


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, questions with their evidence, and how the documents are cut where the set says so."""

    name: str
    documents: tuple[Document, ...]
    topics: tuple[Topic, ...]
    settings: Settings = field(default_factory=Settings)

    @property
    def hash(self) -> str:
        """A hash over the texts and the questions with their judgements."""
        lines = "\n".join(map(line_of, self.topics))
        return hashlib.sha256(f"{corpus_hash(self.documents)}\n{lines}".encode()).hexdigest()[:16]

    @property
    def answerable(self) -> tuple[Topic, ...]:
        """The questions that have evidence."""
        return tuple(topic for topic in self.topics if topic.evidence)

    def split(self, name: str) -> "Collection":
        """Return the questions of one split: as the topics say, or, where they say nothing, dev and held by document.

        Halves by document, so that what was chosen on one half meets documents it has not seen on the other. Raises
        SetUnreadable when there is no question in it.
        """
        chosen = tuple(topic for topic in self.topics if split_of(topic) == name)
        if not chosen:
            raise SetUnreadable(f"{self.name} 里没有 {name} 这一部分的题目。")
        return replace(self, name=f"{self.name}/{name}", topics=chosen)


def opened(name: str, own_passages: bool = False, documents: Sequence[Document] | None = None) -> Collection:
    """Return the set of a name: one of ours (`ours`, `answers`, `paraphrases`), a topics file (.jsonl), a BEIR folder.

    Topics are questions on `documents`, by default the bundled compilation. A BEIR folder keeps its own chunks, unless
    `own_passages` asks for its undivided documents cut our way. Raises SetUnreadable, TopicWrong.
    """
    path = BUNDLED.get(name, Path(name))
    if path.suffix == ".jsonl" and path.is_file():
        found = topics(path)
        documents = tuple(documents or bundled())
        checked(found, documents)
        return Collection(name if name in BUNDLED else path.stem, tuple(documents), found)
    if not path.is_dir():
        raise SetUnreadable(f"没有题集 {name}。可用：{'、'.join(BUNDLED)}、一个题目文件（.jsonl）或一个 BEIR 文件夹。")
    if own_passages:
        return Collection(f"{path.name}（自切段落）", *beir.undivided(path))
    return Collection(path.name, *beir.given(path), Settings(longest=_UNCUT))


def split_of(topic: Topic) -> str:
    """Return the split of a topic: its own, or dev or held by the document that answers it."""
    if topic.split:
        return topic.split
    key = topic.evidence[0].document if topic.evidence else topic.id
    return "dev" if hashlib.sha256(key.encode()).digest()[0] % 2 else "held"
