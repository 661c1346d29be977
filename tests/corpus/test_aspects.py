import pytest

from corpus.aspects import aspect_of, sentence_aspect
from corpus.document import Aspect, Part


@pytest.mark.parametrize(
    ("sentence", "aspect"),
    [
        ("建立全市重点项目开复工推进台账,逐项目排查问题。", Aspect.MEASURE),
        ("完善考评办法,每月进行实地核查。", Aspect.MEASURE),
        ("全年完成投资328.5亿元,占年度计划投资的102.8%。", Aspect.RESULT),
        ("累计签约项目27个,合同投资额111.6亿元。", Aspect.RESULT),
        ("项目为王的理念由来已久。", Aspect.BACKGROUND),
    ],
)
def test_tells_measures_from_results(sentence: str, aspect: Aspect) -> None:
    assert sentence_aspect(sentence) is aspect


def test_where_a_passage_stands_decides_for_lead_and_closing() -> None:
    assert aspect_of("建立台账,完善机制。", Part.LEAD) is Aspect.BACKGROUND
    assert aspect_of("建立台账,完善机制。", Part.CLOSING) is Aspect.RESULT
    assert aspect_of("建立台账,完善机制。", Part.BODY) is Aspect.MEASURE
