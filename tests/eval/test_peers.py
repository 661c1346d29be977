import sys
from collections.abc import Sequence

import numpy as np
import pytest

from eval.peers.peer import PEERS, PeerMissing, Retriever, peer, spaced, versions
from index.encoder import Encoder, Progress, Vectors
from tests.fakes import HashedEncoder

LIBRARY = {
    "langchain": "langchain_classic",
    "haystack": "haystack",
    "llamaindex": "llama_index.retrievers.bm25",
    "txtai": "txtai",
}
TEXTS = (
    "甲县全年供应工业用地三百亩。",
    "乙县开展招商引资，签约项目二十个。",
    "丙县建成污水处理厂一座。",
    "丁县设立企业服务专班，推行领导干部包联。",
    "戊县发放育秧补贴，支持粮食生产。",
    "己县重点项目全年完成投资328.5亿元。",
    "庚县为灌区修了一条渠。",
    "辛县组织农民工返乡创业。",
    "壬县推进老旧小区改造。",
    "癸县实现政务服务一网通办。",
)


class DeafEncoder(HashedEncoder):
    """Hears no difference between texts, so that what is found is found by its words."""

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return np.full_like(super().passages(texts, progress), self.dimension**-0.5)


def made(name: str, encoder: Encoder, texts: Sequence[str] = TEXTS) -> Retriever:
    pytest.importorskip(LIBRARY[name], reason="the peers are installed by `make peers` only")
    return peer(name)(texts, encoder.passages(texts), encoder)


# LangChain says so when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:`langchain-community` is being sunset:DeprecationWarning")


def test_words_stay_whole_and_figures_too() -> None:
    assert spaced("修了一条渠，投资328.5亿元。") == "修 了 一条 渠 投资 328.5 亿元"


@pytest.mark.parametrize("name", PEERS)
def test_without_its_library_the_error_names_the_way_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in list(sys.modules):
        if module == PEERS[name] or module.split(".")[0] == LIBRARY[name]:
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, LIBRARY[name], None)
    with pytest.raises(PeerMissing, match=rf"没有安装.*{LIBRARY[name]}.*make peers"):
        peer(name)


def test_without_a_distribution_its_version_is_asked_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.peers.peer._DISTRIBUTIONS", ("no-such-peer",))
    with pytest.raises(PeerMissing, match=r"no-such-peer.*make peers"):
        versions()


@pytest.mark.parametrize("name", PEERS)
def test_a_text_is_found_by_its_rare_word(name: str) -> None:
    best = made(name, HashedEncoder())
    assert best("哪里有育秧补贴？", 5)[0] == 4
    assert best("污水处理", 5)[0] == 2


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize(("question", "row"), [("创业的农民工", 7), ("渠在哪里", 6), ("哪里投资328.5", 5)])
def test_words_are_heard_without_vectors_even_of_one_character_or_with_a_point(
    name: str, question: str, row: int
) -> None:
    # Two rows, since the vectors, all alike, bring up one that has nothing to do with it.
    assert row in made(name, DeafEncoder())(question, 2)


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("count", [1, 3, 100])
def test_rows_are_distinct_and_at_most_as_many_as_asked(name: str, count: int) -> None:
    texts = (*TEXTS, TEXTS[0], TEXTS[2])
    rows = made(name, HashedEncoder(), texts)("甲县供应多少工业用地", count)
    assert len(set(rows)) == len(rows) <= count
    assert rows[0] in (0, len(TEXTS))
    assert set(rows) <= set(range(len(texts)))
    if count == 100:
        assert {0, len(TEXTS)} <= set(rows)


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("question", ["龘靐", "？", "NOT (a* OR 甲县)"])
def test_any_question_is_taken(name: str, question: str) -> None:
    assert len(made(name, HashedEncoder())(question, 3)) <= 3


def test_the_versions_are_told_of_every_peer() -> None:
    for library in LIBRARY.values():
        pytest.importorskip(library, reason="the peers are installed by `make peers` only")
    assert {"langchain-classic", "haystack-ai", "llama-index-core", "txtai"} <= set(versions())
