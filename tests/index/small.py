"""Small documents that share words and places, each in several versions, and how two indexes over them are compared."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from corpus.document import Case, Document, Paragraph, Part, Place, Section
from index.change import change
from index.encoder import Progress, Vectors
from index.errors import FilterUnknown
from index.filters import Filters
from index.generation import Generation
from index.search import Query, Weights, search
from index.store import load
from tests.fakes import HashedEncoder

ENCODER = HashedEncoder()

Versions = Mapping[str, int]
"""Which version of each document stands, by its id."""

FUGOU = Place("河南省", "周口市", "扶沟县")
XINZHENG = Place("河南省", "郑州市", "新郑市")
WUGANG = Place("河南省", "平顶山市", "舞钢市")


def document(key: str, title: str, place: Place, *paragraphs: str, number: int = 1) -> Document:
    """Return a document of one case: its title a line, under it one heading and the paragraphs."""
    heading = "一、主要做法"
    text = "\n".join([title, heading, *paragraphs])
    spans, at = [], len(title) + len(heading) + 2
    for count, each in enumerate(paragraphs, start=1):
        spans.append(Paragraph(count, at, at + len(each)))
        at += len(each) + 1
    sections = (Section(Part.BODY, ("主要做法",), tuple(spans)),) if paragraphs else ()
    return Document(key, title, text, (Case(number, f"第{number}篇", title, place, 0, len(text), sections),))


_PRIORITY = "扶沟县对省重点项目实行“五个优先”，优先保障土地2458亩，优先办理手续。"
_BATCHES = "新郑市压茬推进“三个一批”活动，全年签约项目86个，总投资312亿元。"
_PLAIN = "全县五个优先保障的项目都已开工，三个一批的要求都已落实，企业办事只跑一次。"
_SERVICE = "窗口实行首席代表制，审批时限压缩到3天，群众满意率达到98%。"

POOL: dict[str, tuple[Document, ...]] = {
    "fugou": (
        document("fugou", "扶沟县保障项目用地", FUGOU, _PRIORITY, _SERVICE),
        document("fugou", "扶沟县保障项目用地", FUGOU, _PRIORITY.replace("2458", "2600"), _SERVICE),
        document("fugou", "扶沟县保障土地要素", FUGOU, _SERVICE, _PLAIN),
    ),
    "xinzheng": (
        document("xinzheng", "新郑市推进项目建设", XINZHENG, _BATCHES, _PLAIN, number=2),
        document("xinzheng", "新郑市推进项目建设", XINZHENG, _PLAIN, number=2),
        document("xinzheng", "新郑市推进项目建设", XINZHENG, _BATCHES, _PRIORITY, _SERVICE, number=3),
    ),
    "wugang": (
        document("wugang", "舞钢市优化审批", WUGANG, _SERVICE + "推行“一次办妥”，让企业少跑路。", number=4),
        document("wugang", "舞钢市优化审批", Place("河南省", "平顶山市"), _SERVICE, _PLAIN, number=4),
        document("wugang", "舞钢市优化审批", WUGANG, "舞钢市学习扶沟县的做法，推行一次办妥。", number=5),
    ),
    "letter": (
        document("letter", "编后记", Place(), "各地的做法值得学习，一次办妥、五个优先都是好办法。"),
        document("letter", "编后记", Place(), "各地都在学习“只跑一次”的经验，签约项目86个。"),
        document("letter", "编后记", Place()),
    ),
}

QUERIES = (
    "扶沟县“五个优先”保障了多少土地",
    "三个一批签约项目总投资",
    "审批时限压缩到几天",
    "一次办妥怎么做",
    "企业只跑一次",
    "火星上的天气",
)

_FILTERS = (
    *(Filters(county=place.county) for place in (FUGOU, XINZHENG, WUGANG)),
    *(Filters(document_id=key) for key in POOL),
    *(Filters(case_number=number) for number in range(1, 6)),
    Filters(city="平顶山"),
    Filters(headings=("主要做法",)),
    Filters(aspect="做法"),
)


def standing(versions: Versions) -> tuple[Document, ...]:
    """Return the documents that stand, by id."""
    return tuple(POOL[key][version] for key, version in sorted(versions.items()))


def opened(root: Path) -> Generation:
    """Return the index that stands."""
    return load(root, ENCODER)[0]


def built_at_once(documents: Iterable[Document], root: Path) -> Generation:
    """Return an index over documents in which nothing was ever changed."""
    change(root, ENCODER, documents, afresh=True)
    return opened(root)


def assert_same(changed: Generation, fresh: Generation) -> None:
    """Assert that two indexes hold the same documents and answer everything alike."""
    assert changed.document == fresh.document
    assert changed.tokenizer.lexicon == fresh.tokenizer.lexicon
    assert _cases(changed) == _cases(fresh)
    assert sorted(changed.passages, key=lambda each: each.id) == sorted(fresh.passages, key=lambda each: each.id)
    for key, each in fresh.document.items():
        assert changed.figures_in(key, 0, len(each.text)) == fresh.figures_in(key, 0, len(each.text))
    assert len(changed.figures) == len(fresh.figures)
    for row, passage in enumerate(fresh.passages):
        assert changed.clause_spans(changed.row[passage.id]) == fresh.clause_spans(row)
    for filters in _FILTERS:
        assert _selected(changed, filters) == _selected(fresh, filters)
    for query in QUERIES:
        assert scores(changed, query) == {
            found: pytest.approx(evidence, abs=1e-5) for found, evidence in scores(fresh, query).items()
        }


def scores(generation: Generation, query: str) -> dict[str, tuple[float, ...]]:
    """Return the score of every passage for a query, and the scores of its clauses, by the passage's id."""
    hits = search(generation, ENCODER, Query(query, query), 100, Weights())
    return {hit.passage.id: (hit.score, *hit.clause_scores) for hit in hits}


def _cases(generation: Generation) -> set[tuple[str, int, str]]:
    return {
        (passage.document_id, passage.case, generation.cases[generation.case_row[row]].title)
        for row, passage in enumerate(generation.passages)
    }


def _selected(generation: Generation, filters: Filters) -> set[str]:
    try:
        mask = generation.facets.selection(filters)
    except FilterUnknown:
        return set()
    assert mask is not None
    return {passage.id for passage, is_in in zip(generation.passages, mask, strict=True) if is_in}


class Listening(HashedEncoder):
    """Keeps the texts it was given, and refuses once it has read as many as it may."""

    def __init__(self, most: int = 10_000) -> None:
        self.heard: list[str] = []
        self._most = most

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if len(self.heard) + len(texts) > self._most:
            raise InterruptedError("stopped")
        self.heard += texts
        return super().passages(texts, progress)


def document_ids(root: Path) -> set[str]:
    """Return the ids of the documents of the index that stands."""
    return set(opened(root).document)
