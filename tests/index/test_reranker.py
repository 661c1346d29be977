"""A cross-encoder of a folder, made here: real, tiny and untrained; what is tested is that its word counts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sentence_transformers import CrossEncoder
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from api.app import create_app
from api.settings import Settings
from index.encoder import Vectors
from index.errors import ModelError
from index.generation import Generation
from index.header import dense_text
from index.reranker import READ, CrossReader, reranked
from qa.asking import Reader, retrieve
from tests.fakes import HashedEncoder

QUESTION = "扶沟是怎么保障土地的"


def saved(folder: Path, labels: int) -> Path:
    """Write a cross-encoder with so many outputs to a folder."""
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3} | {
        chr(code): code - 0x4E00 + 4 for code in range(0x4E00, 0x9FA6)
    }
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
    )
    config.num_labels = labels
    BertForSequenceClassification(config).save_pretrained(folder)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **special)  # type: ignore[no-untyped-call]
    fast.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("reranker"), 1)


class ByLength:
    """Prefers the shortest text."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def scores(self, question: str, texts: Sequence[str]) -> Vectors:
        assert question == QUESTION
        self.read += texts
        return np.array([1 / len(text) for text in texts], np.float32)


def test_the_order_is_the_rerankers_and_so_are_the_scores(hashed: Generation) -> None:
    shortest = ByLength()
    hits = retrieve(Reader(hashed, HashedEncoder(), reranker=shortest), QUESTION, 6).hits
    lengths = [len(dense_text(hashed.document[hit.passage.document_id], hit.passage)) for hit in hits]
    assert lengths == sorted(map(len, shortest.read))
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5, 6]
    assert [hit.score for hit in hits] == pytest.approx([1 / length for length in lengths])


def test_more_is_read_than_is_shown_and_nothing_when_nothing_was_found(hashed: Generation) -> None:
    asked = ByLength()
    retrieve(Reader(hashed, HashedEncoder(), reranker=asked), QUESTION, 1)
    plain = retrieve(Reader(hashed, HashedEncoder()), QUESTION, READ).hits
    assert len(asked.read) == len(plain)
    assert reranked(hashed, asked, QUESTION, ()) == ()


def test_a_cross_encoder_gives_the_scores_that_the_library_gives(folder: Path) -> None:
    texts = ["供应土地二千亩", "招商引资"]
    found = CrossReader(str(folder)).scores(QUESTION, texts)
    logits = CrossEncoder(str(folder), device="cpu").predict(
        [(QUESTION, text) for text in texts], convert_to_tensor=True, apply_softmax=False
    )
    assert found.shape == (2,)
    assert found == pytest.approx(logits.numpy(), abs=1e-5)
    assert all(0 <= score <= 1 for score in found)


def test_the_server_reranks_with_the_model_that_is_set(home: Path, folder: Path) -> None:
    with TestClient(create_app(Settings(home=home, reranker=str(folder)))) as client:
        reply = client.post("/search", json={"question": QUESTION, "top_k": 3}).json()
    texts = [passage["text"] for passage in reply["passages"]]
    assert len(texts) == 3
    scores = [passage["score"] for passage in reply["passages"]]
    assert scores == sorted(scores, reverse=True)


def test_what_cannot_be_used_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"2 个分数.*ANWEN_RERANKER"):
        CrossReader(str(saved(tmp_path / "two", 2)))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="ANWEN_RERANKER"):
        CrossReader(str(tmp_path / "empty"))
    monkeypatch.setattr("index.reranker.hub_answers", lambda _source: False)
    with pytest.raises(ModelError, match="ANWEN_RERANKER"):
        CrossReader("nobody/no-such-model")
