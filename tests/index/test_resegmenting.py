from dataclasses import replace
from pathlib import Path

import pytest

from corpus.document import Place
from index import change as changing
from index.change import change
from index.lexicon import OwnWords, own_words
from tests.index.small import ENCODER, POOL, Listening, assert_same, built_at_once, document, opened, standing

pytestmark = pytest.mark.usefixtures("unsynced")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


def holding(root: Path, word: str) -> set[str]:
    """Return the documents that have a word for a token."""
    generation = opened(root)
    return {generation.passages[row].document_id for row in generation.lexical.rows_with(word)}


def test_a_word_that_comes_segments_the_standing_documents_that_hold_it_again(root: Path) -> None:
    change(root, ENCODER, [POOL["letter"][0], POOL["wugang"][1]])
    assert "五个优先" not in opened(root).tokenizer.lexicon.words
    listening = Listening()
    told = change(root, listening, [POOL["fugou"][0]])
    assert told.resegmented.words["五个优先"] == 2
    assert set(told.resegmented.documents) == {"letter", "wugang"}
    assert all(text.removeprefix("扶沟县保障项目用地\n主要做法\n") in POOL["fugou"][0].text for text in listening.heard)
    assert holding(root, "五个优先") == {"fugou", "letter", "wugang"}


def test_a_word_that_goes_is_no_word_any_more(root: Path) -> None:
    change(root, ENCODER, standing({"fugou": 0, "letter": 0}))
    told = change(root, ENCODER, removed=["fugou"])
    assert told.resegmented.words["五个优先"] == 1
    assert "五个优先" not in opened(root).tokenizer.lexicon.words
    assert holding(root, "五个优先") == set()


def test_a_word_in_too_many_standing_documents_waits(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "_RESEGMENTED", 1)
    change(root, ENCODER, [POOL["letter"][0], POOL["wugang"][1]])
    told = change(root, ENCODER, [POOL["fugou"][0]])
    assert "五个优先" in told.resegmented.deferred
    assert "五个优先" not in opened(root).tokenizer.lexicon.words
    # It comes when all that wait are looked at, which a change without documents does.
    told = change(root, ENCODER)
    assert told.resegmented.deferred == ()
    assert set(told.resegmented.documents) == {"fugou", "letter", "wugang"}
    assert holding(root, "五个优先") == {"fugou", "letter", "wugang"}


def test_a_word_that_would_go_and_waits_stays_a_word(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(root, ENCODER, standing({"fugou": 0, "letter": 0, "wugang": 1}))
    monkeypatch.setattr(changing, "_RESEGMENTED", 1)
    told = change(root, ENCODER, removed=["fugou"])
    assert "五个优先" in told.resegmented.deferred
    assert holding(root, "五个优先") == {"letter", "wugang"}


def test_a_word_is_seen_where_a_passage_ends_and_in_a_title_over_two_lines(root: Path, tmp_path: Path) -> None:
    cut = document("cut", "长句", Place(), "各" * 398 + "数字赋能" + "地" * 10 + "。")
    broken = document("broken", "关于绿色\n通道的经验", Place(), "群众办事少跑路，靠的是数字赋能。")
    joined = replace(broken, cases=(replace(broken.cases[0], title="关于绿色通道的经验"),))
    brings = document("brings", "提法", Place(), "各地推行“数字赋能”，开通“绿色通道”。")
    change(root, ENCODER, [cut, joined])
    told = change(root, ENCODER, [brings])
    assert {word: told.resegmented.words[word] for word in ("数字赋能", "绿色通道")} == {"数字赋能": 2, "绿色通道": 1}
    assert_same(opened(root), built_at_once([brings, joined, cut], tmp_path / "fresh"))


@pytest.mark.parametrize("word", ["5G网", "12345", "PPP"])
def test_a_word_with_hardly_a_chinese_character_comes_as_others_do(root: Path, word: str) -> None:
    change(root, ENCODER, [document("has", "经验", Place(), f"各地都用上了{word}。"), POOL["letter"][0]])
    told = change(root, ENCODER, [document("brings", "提法", Place(), f"各地推行“{word}”。")])
    assert told.resegmented.words[word] == 1
    assert told.resegmented.documents == ("has",)


def test_a_lexicon_file_has_words_and_groups_that_mean_the_same() -> None:
    text = "# 本县提法\n一窗通办\n  跑腿 = 代办＝帮办  # 都是一回事\n\n=\n县\n县=县域\n"
    assert own_words(text) == OwnWords(
        ("一窗通办", "代办", "县域", "帮办", "跑腿"), (("跑腿", "代办", "帮办"), ("县", "县域"))
    )
    assert own_words("") == OwnWords()


def test_own_words_stay_until_others_are_given(root: Path) -> None:
    own = own_words("满意率\n群众=百姓")
    told = change(root, ENCODER, [POOL["fugou"][0]], own=own)
    assert opened(root).tokenizer.lexicon.own == own
    told = change(root, ENCODER, [POOL["letter"][0]])
    lexicon = opened(root).tokenizer.lexicon
    assert lexicon.own == own
    assert {"满意率", "群众", "百姓"} <= set(lexicon.words)
    told = change(root, ENCODER, own=OwnWords())
    assert opened(root).tokenizer.lexicon.own == OwnWords()
    assert "满意率" not in opened(root).tokenizer.lexicon.words
    assert told.resegmented.documents == ("fugou",)
