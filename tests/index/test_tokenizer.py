import pytest

from corpus.document import Document
from index.lexicon import Lexicon, mined
from index.tokenizer import Tokenizer, bigrams, normalised


@pytest.fixture(scope="module")
def tokenizer(compilation: Document) -> Tokenizer:
    return Tokenizer(mined([compilation]))


def test_the_lexicon_holds_places_quoted_terms_and_titles(compilation: Document) -> None:
    words = set(mined([compilation]).words)
    assert {"扶沟", "扶沟县", "周口市", "孟津区", "梁园", "三个一批", "项目为王", "13710", "五个优先"} <= words
    assert "重点项目建设考评办法" in words


@pytest.mark.parametrize("word", ["扶沟", "孟津", "三个一批", "一协会四专班", "13710"])
def test_words_of_the_lexicon_stay_whole(tokenizer: Tokenizer, word: str) -> None:
    assert word in tokenizer.tokens(f"关于{word}的工作")


def test_figures_stay_whole_with_their_units(tokenizer: Tokenizer) -> None:
    assert {"2458.96亩", "102.8%", "27个", "111.6亿元"} <= set(
        tokenizer.tokens("供应土地2,458.96 亩，占102.8％，签约27个，合同额１１１.６亿元")
    )


@pytest.mark.parametrize(
    "written", ["舞办〔2020〕5号", "舞办[2020]5号", "舞办（2020）5号", "舞办2020年第5号", "舞办 〔２０２０〕 05 号"]
)
def test_a_document_number_is_found_in_every_way_of_writing_it(tokenizer: Tokenizer, written: str) -> None:
    assert {"2020-5号", "舞办2020-5号"} <= set(tokenizer.tokens(written))


def test_traditional_full_width_and_upper_case_are_folded() -> None:
    assert normalised("優化營商環境ＧＤＰ") == "优化营商环境gdp"
    assert normalised("1,234,567亩，1,2和3") == "1234567亩,1,2和3"


def test_bigrams_do_not_cross_what_is_not_chinese() -> None:
    assert list(bigrams("土地5保障")) == ["_土地", "_保障"]


def test_what_is_quoted_or_a_term_of_the_corpus_counts_more(tokenizer: Tokenizer) -> None:
    plain = tokenizer.question_tokens("哪些地方搞集中开工")
    quoted = tokenizer.question_tokens("哪些地方搞“集中开工”")
    assert quoted.count("_集中") > plain.count("_集中")
    assert tokenizer.question_tokens("三个一批").count("三个一批") == 3


def test_the_fingerprint_follows_the_lexicon(tokenizer: Tokenizer) -> None:
    same = Tokenizer(tokenizer.lexicon)
    assert same.fingerprint == tokenizer.fingerprint
    assert Tokenizer(Lexicon(("新词",))).fingerprint != tokenizer.fingerprint
