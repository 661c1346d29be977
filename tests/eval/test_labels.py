"""What rules reach on what people labelled by reading: aspects, figures, follow-ups."""

import json
from itertools import chain

import pytest

from corpus.document import Document
from eval.aspects import LABELS, agreement
from eval.dialogues import dialogues, judged
from index.generation import Generation
from qa.understanding import PlaceNames


def test_the_rules_for_aspects_agree_with_two_people_who_agree() -> None:
    found = agreement(None)
    # .92 when this was written; the two agree with one another on nine of ten.
    assert found.rules["汇编"].mean >= 0.88
    assert found.people >= 0.85
    assert found.rules["汇编"].n >= 60


def test_nearly_all_figures_of_the_compilation_are_read(hashed: Generation, compilation: Document) -> None:
    """Against a list made by hand: span, value and unit. Named terms (“三个一批”) are no figures."""
    read = {(each.figure.start, each.figure.end, each.figure.value, each.figure.unit) for each in hashed.figures}
    wanted = [json.loads(line) for line in LABELS.with_name("figures.jsonl").read_text("utf-8").splitlines()]
    figures = [each for each in wanted if not each["name"]]
    assert all(compilation.text[each["start"] : each["end"]] == each["text"] for each in wanted)
    found = [each for each in figures if (each["start"], each["end"], each["value"], each["unit"]) in read]
    assert len(found) >= len(figures) - 1


@pytest.mark.parametrize(("split", "share"), [("dev", 0.98), ("held", 0.9)])
def test_most_follow_ups_become_what_they_should(split: str, share: float, hashed: Generation) -> None:
    names = PlaceNames(hashed.documents, hashed.tokenizer)
    found = list(judged(chain.from_iterable(dialogues(split).values()), names))
    assert len(found) > 100
    assert sum(each.right for each in found) / len(found) >= share
