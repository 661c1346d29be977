from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.document import Document
from eval.add import append, existing, made
from eval.errors import TopicWrong
from eval.topics import Topic, topics

LAND = "组卷报批用地16个批次,面积3066亩,供应土地2458.96亩"


def topic(
    documents: Sequence[Document],
    question: str = "扶沟批了几批地",
    evidence: Sequence[str] = (LAND,),
    answers: Sequence[str] = (),
    split: str = "dev",
    why: str | None = None,
) -> Topic:
    return made(question, evidence, answers, documents, topics(), kind="asked", split=split, why=why)


def test_a_topic_knows_where_its_evidence_stands_and_which_place_is_asked_for(compilation: Document) -> None:
    found = topic([compilation], answers=["16个批次"])
    (span,) = found.evidence
    assert compilation.text[span.start : span.end] == span.quote == LAND
    assert (found.place, found.id, found.answers) == ("扶沟县", "hn-222", ("16个批次",))


def test_what_was_added_is_read_again(compilation: Document, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    assert existing(path) == ()
    first = topic([compilation])
    append(first, path)
    path.write_text(path.read_text("utf-8").rstrip("\n"), "utf-8")
    second = topic([compilation], "开封怎么样", (), why="place_unknown")
    append(second, path)
    assert existing(path) == (first, second)
    assert second.place == "开封市"


@pytest.mark.parametrize(
    ("question", "evidence", "answers", "split", "why", "words"),
    [
        ("扶沟批了几批地", ["原文里没有的话"], [], "dev", None, "原文里没有"),
        ("扶沟批了几批地", ["重点项目"], [], "dev", None, r"有 \d+ 处.*第 \d+ 字"),
        ("扶沟批了几批地", [""], [], "dev", None, "没有"),
        ("扶沟批了几批地", [LAND], ["999亩"], "dev", None, "不在依据里"),
        ("扶沟批了几批地", [], [], "dev", None, "二者取一"),
        ("扶沟批了几批地", [LAND], [], "dev", "not_covered", "二者取一"),
        ("扶沟批了几批地", [LAND], [], "train", None, "dev、held"),
        ("  ", [LAND], [], "dev", None, "不能为空"),
        ("新郑全年重点项目一共完成投资多少亿？", [LAND], [], "dev", None, "hn-001"),
    ],
)
def test_what_cannot_be_a_topic_is_refused(
    question: str,
    evidence: list[str],
    answers: list[str],
    split: str,
    why: str | None,
    words: str,
    compilation: Document,
) -> None:
    with pytest.raises(TopicWrong, match=words):
        topic([compilation], question, evidence, answers, split, why)


def test_evidence_that_crosses_a_paragraph_is_refused(compilation: Document) -> None:
    first, second = (section.paragraphs[0] for section in compilation.cases[1].sections[:2])
    with pytest.raises(TopicWrong, match="自然段"):
        topic([compilation], evidence=[compilation.text[first.end - 5 : second.start + 5]])
