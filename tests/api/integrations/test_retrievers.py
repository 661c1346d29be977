"""The retrievers for LangChain and LlamaIndex, in process and over HTTP, sync and async, within the frameworks."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document as LangChainDocument
from langchain_core.runnables import RunnableLambda
from langchain_tests.integration_tests import RetrieversIntegrationTests
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle

from api.client import Rejected
from api.integrations import langchain, llama_index
from corpus.document import Document
from index.errors import FilterUnknown
from qa.asking import Reader
from tests.api.sending import small_home

QUESTION = "扶沟是怎么保障土地的"

Where = dict[str, Any]
Found = list[tuple[str, str, float, dict[str, Any]]]
"""Id, words, score and metadata of what was found."""


@pytest.fixture(params=["here", "there"])
def where(request: pytest.FixtureRequest, reader: Reader, base_url: str) -> Where:
    """Where passages come from: a reader in this process, or a server."""
    return {"reader": reader, "base_url": base_url} if request.param == "here" else {"server": base_url}


@pytest.mark.anyio
class TestLangChain(RetrieversIntegrationTests):
    """What LangChain asks of every retriever."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture(autouse=True)
    def _placed(self, where: Where) -> None:
        self._where = where

    @property
    def retriever_constructor(self) -> type[langchain.AnwenRetriever]:
        return langchain.AnwenRetriever

    @property
    def retriever_constructor_params(self) -> Where:
        return self._where

    @property
    def retriever_query_example(self) -> str:
        return QUESTION


def by_langchain(where: Where, k: int = 5, **options: Any) -> Found:
    documents = langchain.AnwenRetriever(**where, k=k, **options).invoke(QUESTION)
    return list(map(_of_langchain, documents))


def by_langchain_awaited(where: Where, k: int = 5, **options: Any) -> Found:
    documents = asyncio.run(langchain.AnwenRetriever(**where, k=k, **options).ainvoke(QUESTION))
    return list(map(_of_langchain, documents))


def _of_langchain(document: LangChainDocument) -> tuple[str, str, float, dict[str, Any]]:
    return str(document.id), document.page_content, document.metadata["score"], document.metadata


def by_llama_index(where: Where, k: int = 5, **options: Any) -> Found:
    return list(map(_of_llama_index, llama_index.AnwenRetriever(**where, top_k=k, **options).retrieve(QUESTION)))


def by_llama_index_awaited(where: Where, k: int = 5, **options: Any) -> Found:
    retriever = llama_index.AnwenRetriever(**where, top_k=k, **options)
    return list(map(_of_llama_index, asyncio.run(retriever.aretrieve(QueryBundle(QUESTION)))))


def _of_llama_index(each: NodeWithScore) -> tuple[str, str, float, dict[str, Any]]:
    return each.node.node_id, each.node.get_content(), each.get_score(), each.node.metadata


@pytest.fixture(params=[by_langchain, by_langchain_awaited, by_llama_index, by_llama_index_awaited])
def retrieved(request: pytest.FixtureRequest) -> Callable[..., Found]:
    found: Callable[..., Found] = request.param
    return found


def test_passages_come_whole_with_where_they_stand(
    retrieved: Callable[..., Found], where: Where, compilation: Document, base_url: str
) -> None:
    found = retrieved(where, 3)
    assert len(found) == 3
    assert [score for _, _, score, _ in found] == sorted((score for _, _, score, _ in found), reverse=True)
    for rank, (passage_id, words, score, told) in enumerate(found, 1):
        assert compilation.text[told["start"] : told["end"]] == words
        assert (told["id"], told["rank"], told["score"]) == (passage_id, rank, score)
        assert told["url"] == f"{base_url}/passages/{passage_id}"
        assert (told["case_number"], told["county"]) == (157, "扶沟县")
        assert told["citation"].startswith("《2021年河南省优化营商环境典型案例汇编》")
        for span in told["highlights"]:
            assert words[span["passage_start"] : span["passage_end"]] == compilation.text[span["start"] : span["end"]]
    assert any(told["highlights"] for *_, told in found)
    assert any(told["headings"] for *_, told in found)


def test_filters_narrow_and_an_unknown_one_is_told(retrieved: Callable[..., Found], where: Where) -> None:
    assert {told["case_number"] for *_, told in retrieved(where, filters={"headings": ["强化要素保障"]})} == {157}
    with pytest.raises((Rejected, FilterUnknown), match="兰考县"):
        retrieved(where, filters={"county": "兰考县"})


def test_a_chain_of_langchain_is_given_the_words_and_what_to_cite(where: Where) -> None:
    def laid_out(documents: list[LangChainDocument]) -> str:
        return "\n".join(f"{each.page_content}（{each.metadata['citation']}）" for each in documents)

    chain = langchain.AnwenRetriever(**where, k=2) | RunnableLambda(laid_out)
    assert "供应土地2458.96亩" in chain.invoke(QUESTION)
    assert [len(each) for each in langchain.AnwenRetriever(**where, k=2).batch([QUESTION, "舞钢怎么保障资金"])] == [
        2,
        2,
    ]


def test_an_engine_of_llama_index_tells_its_model_the_words_the_citation_and_the_link(
    where: Where, base_url: str
) -> None:
    engine = RetrieverQueryEngine(
        llama_index.AnwenRetriever(**where, top_k=1),
        get_response_synthesizer(llm=MockLLM(), response_mode=ResponseMode.COMPACT),
    )
    response = engine.query(QUESTION)
    (node,) = response.source_nodes
    for words in (node.text, node.metadata["citation"], f"{base_url}/passages/{node.node_id}"):
        # The model that stands in says what it is asked.
        assert words in str(response)
    assert "highlights" not in node.node.get_content(MetadataMode.LLM)
    assert node.node.source_node is not None
    assert node.node.source_node.node_id == node.metadata["document_id"]


@pytest.mark.parametrize("retriever", [langchain.AnwenRetriever, llama_index.AnwenRetriever])
@pytest.mark.parametrize("places", [{}, {"server": "http://127.0.0.1:8000", "home": Path("var")}])
def test_one_place_is_named_and_only_one(retriever: Callable[..., Any], places: Where) -> None:
    with pytest.raises(ValueError, match="只给一个"):
        retriever(**places)


def test_a_data_folder_is_opened_at_the_first_question_and_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.state import State, opened
    from corpus.outline import outlined
    from index.change import change
    from tests.fakes import HashedEncoder

    def small(settings: Any) -> State:
        return opened(settings, HashedEncoder())

    monkeypatch.setattr("api.state.opened", small)
    retriever = langchain.AnwenRetriever(home=tmp_path / "home", k=5)
    small_home(tmp_path / "home")
    assert [each.id for each in retriever.invoke("养老服务")] == ["甲县:7-34"]
    document, _ = outlined("乙县", "乙县低空物流\n乙县开通无人机物流航线7条。\n", "乙县")
    change(tmp_path / "home" / "index", HashedEncoder(), [document])
    assert "乙县:7-21" in [each.id for each in retriever.invoke("无人机物流航线")]


def test_the_key_is_not_shown() -> None:
    retriever = langchain.AnwenRetriever(server="http://127.0.0.1:8000", key="sk-123")
    assert "sk-123" not in repr(retriever)


@pytest.mark.parametrize(
    ("module", "package", "extra"),
    [("langchain", "langchain_core", "anwen[langchain]"), ("llama_index", "llama_index.core", "anwen[llama-index]")],
)
def test_a_framework_that_is_missing_is_named_with_what_installs_it(module: str, package: str, extra: str) -> None:
    script = (
        f"import sys\nsys.modules[{package!r}] = None\n"
        f"try:\n    import api.integrations.{module}\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=True)
    assert extra in done.stdout
