"""Conditions on what a passage is: each operator, over each kind of value, before anything is ranked."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from api.errors import ConditionUnfit
from api.integrations.conditions import NAMES, Conditions, Operator, admitted
from corpus.document import Origin, Place
from index.columns import COLUMNS, values_of
from index.generation import Generation, built
from tests.fakes import HashedEncoder
from tests.index.small import FUGOU, XINZHENG, document

BASE = "https://anwen.example/"


@pytest.fixture(scope="module")
def small() -> Generation:
    """扶沟 of 2021, case 157; 新郑 of 2020, case 2; and a PDF of two pages that names no year, place or number."""
    fugou = document("fugou", "扶沟县保障项目用地", FUGOU, "优先保障土地2458亩。", "审批压缩到3天。", number=157)
    xinzheng = document("xinzheng", "新郑市推进项目建设", XINZHENG, "全年签约项目86个。", number=2)
    paper = document("paper", "Notice 通知（ＡＢＣ）", Place(), "各单位：", "请遵照执行，全年完成。", number=9)
    bare = replace(paper.cases[0], number=None, label="", sections=paper.cases[0].sections)
    pages = (Origin(0, page=1), Origin(paper.text.index("请"), page=2))
    return built(
        [
            replace(fugou, title="2021年优化营商环境案例"),
            replace(xinzheng, title="2020年项目建设案例"),
            replace(paper, cases=(bare,), origins=pages),
        ],
        HashedEncoder(),
    )


def link(passage_id: str) -> str:
    return f"{BASE}passages/{passage_id}"


def texts(small: Generation, conditions: dict[str, Any]) -> set[str]:
    """The passages that conditions admit."""
    mask = admitted(Conditions.model_validate(conditions), small, link)
    assert mask is not None
    return {small.text(passage) for passage, is_in in zip(small.passages, mask, strict=True) if is_in}


LAND, DAYS, SIGNED, ALL_UNITS, PLEASE = (
    "优先保障土地2458亩。",
    "审批压缩到3天。",
    "全年签约项目86个。",
    "各单位：",
    "请遵照执行，全年完成。",
)
OF_FUGOU, OF_XINZHENG, OF_PAPER = {LAND, DAYS}, {SIGNED}, {ALL_UNITS, PLEASE}
ALL = OF_FUGOU | OF_XINZHENG | OF_PAPER


@pytest.mark.parametrize(
    ("name", "operator", "value", "expected"),
    [
        ("document_title", "contains", "案例", OF_FUGOU | OF_XINZHENG),
        ("title", "contains", "2021年", OF_FUGOU),
        ("document_name", "contains", "notice", OF_PAPER),
        ("document_title", "contains", "ABC", OF_PAPER),
        ("document_title", "not contains", "2021", OF_XINZHENG | OF_PAPER),
        ("county", "not contains", "扶沟", OF_XINZHENG | OF_PAPER),
        ("case_title", "start with", "扶沟", OF_FUGOU),
        ("case_title", "end with", "建设", OF_XINZHENG),
        ("county", "is", "扶沟县", OF_FUGOU),
        ("county", "is", "扶沟", OF_FUGOU),
        ("city", "is", "郑州市", OF_XINZHENG),
        ("province", "is", "河南省", OF_FUGOU | OF_XINZHENG),
        ("county", "is not", "扶沟县", OF_XINZHENG | OF_PAPER),
        ("county", "in", ["扶沟县", "新郑市"], OF_FUGOU | OF_XINZHENG),
        ("county", "in", "扶沟县，新郑市", OF_FUGOU | OF_XINZHENG),
        ("county", "in", "扶沟县, 兰考县", OF_FUGOU),
        ("county", "in", [], set()),
        ("county", "not in", ["扶沟县", "兰考县"], OF_XINZHENG | OF_PAPER),
        ("county", "empty", None, OF_PAPER),
        ("county", "not empty", None, OF_FUGOU | OF_XINZHENG),
        ("page", "empty", "whatever", OF_FUGOU | OF_XINZHENG),
        ("year", "not empty", None, OF_FUGOU | OF_XINZHENG),
        ("case_number", "=", 157, OF_FUGOU),
        ("case_number", "=", "157", OF_FUGOU),
        ("case_number", "=", 157.0, OF_FUGOU),
        ("case_number", "is", "第157篇", OF_FUGOU),
        ("case_label", "=", "第2篇", OF_XINZHENG),
        ("case_number", "in", "2,157", OF_FUGOU | OF_XINZHENG),
        ("case_number", "≠", 157, OF_XINZHENG | OF_PAPER),
        ("case_number", ">", 2, OF_FUGOU),
        ("case_number", "≥", 2, OF_FUGOU | OF_XINZHENG),
        ("case_number", "<", "157", OF_XINZHENG),
        ("case_number", "≤", 157, OF_FUGOU | OF_XINZHENG),
        ("paragraph", "=", 2, {DAYS, PLEASE}),
        ("page", "=", 2, {PLEASE}),
        ("page", "<", 2, {ALL_UNITS}),
        ("year", "before", "2021", OF_XINZHENG),
        ("year", "before", "2021-06-01", OF_XINZHENG),
        ("year", "before", 2022, OF_FUGOU | OF_XINZHENG),
        ("year", "after", "2020年", OF_FUGOU),
        ("year", "after", "2020-12-31T23:59:59Z", OF_FUGOU),
        ("year", "after", "2020/12", OF_FUGOU),
        ("year", "after", 1609372800, OF_FUGOU),  # 2020-12-31
        ("year", "before", 1609459200000, OF_XINZHENG),  # 2021-01-01, in milliseconds
        ("year", "after", "2021", set()),
        ("county", "before", "2021", set()),
        ("document_id", "is", "paper", OF_PAPER),
        ("headings", "contains", "做法", ALL),
        ("headings", "is", "背景", set()),
        ("part", "is", "body", ALL),
        ("aspect", "in", "measure,result,background", ALL),
        ("url", "start with", BASE, ALL),
        ("url", "contains", "passages/fugou", OF_FUGOU),
    ],
)
def test_operators(small: Generation, name: str, operator: str, value: Any, expected: set[str]) -> None:
    assert texts(small, {"conditions": [{"name": name, "comparison_operator": operator, "value": value}]}) == expected


def test_every_operator_is_in_the_table() -> None:
    (mark,) = test_operators.pytestmark
    assert {row[1] for row in mark.args[1]} == {each.value for each in Operator}


@pytest.mark.parametrize(
    ("written", "meant"), [("not is", "is not"), ("!=", "≠"), (">=", "≥"), ("<=", "≤"), (" NOT  In ", "not in")]
)
def test_other_spellings(written: str, meant: str) -> None:
    conditions = Conditions.model_validate({"conditions": [{"name": "page", "comparison_operator": written}]})
    assert conditions.conditions
    assert conditions.conditions[0].comparison_operator == meant


def test_the_aspect_goes_by_its_code_and_its_name(small: Generation) -> None:
    by_code, by_name = (
        texts(small, {"conditions": [{"name": "aspect", "comparison_operator": "is", "value": value}]})
        for value in ("measure", "做法")
    )
    assert by_code == by_name
    assert LAND in by_code


_FUGOU = {"name": "county", "comparison_operator": "is", "value": "扶沟县"}
_SECOND = {"name": "paragraph", "comparison_operator": "=", "value": 2}


@pytest.mark.parametrize(("word", "expected"), [("and", {DAYS}), ("or", OF_FUGOU | {PLEASE})], ids=["and", "or"])
@pytest.mark.parametrize("field", ["logical_operator", "logic"])
def test_conditions_together(small: Generation, field: str, word: str, expected: set[str]) -> None:
    assert texts(small, {field: word, "conditions": [_FUGOU, _SECOND]}) == expected


def test_of_several_names_one_is_enough_unless_something_is_denied(small: Generation) -> None:
    names = ["county", "case_title"]
    one = {"name": names, "comparison_operator": "contains", "value": "新郑"}
    none = {"name": names, "comparison_operator": "not contains", "value": "新郑"}
    assert texts(small, {"conditions": [one]}) == OF_XINZHENG
    assert texts(small, {"conditions": [none]}) == ALL - OF_XINZHENG


@pytest.mark.parametrize("conditions", [None, {}, {"conditions": []}, {"conditions": None}])
def test_no_conditions_admit_all(small: Generation, conditions: dict[str, Any] | None) -> None:
    assert admitted(Conditions.model_validate(conditions) if conditions is not None else None, small, link) is None


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"name": "author", "comparison_operator": "is", "value": "x"}, "没有名为“author”的元数据"),
        ({"name": "county", "comparison_operator": "is"}, "缺少 value"),
        ({"name": "county", "comparison_operator": "contains", "value": ""}, "缺少 value"),
        ({"name": "county", "comparison_operator": "is", "value": ["a", "b"]}, "只能有一个"),
        ({"name": "page", "comparison_operator": ">", "value": "多"}, "应是数字"),
        ({"name": "page", "comparison_operator": "<", "value": 10**400}, "应是数字"),
        ({"name": "year", "comparison_operator": "before", "value": "2021-13"}, "应是日期"),
        ({"name": "year", "comparison_operator": "before", "value": 9999}, "应是日期"),
        ({"name": "year", "comparison_operator": "after", "value": "去年"}, "应是日期"),
    ],
)
def test_what_cannot_be_held_against_anything_is_told(small: Generation, condition: dict[str, Any], told: str) -> None:
    with pytest.raises(ConditionUnfit, match=told):
        admitted(Conditions.model_validate({"conditions": [condition]}), small, link)


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(ValidationError):
        Conditions.model_validate({"conditions": [{"name": "page", "comparison_operator": "like"}]})


@pytest.mark.parametrize("name", COLUMNS)
def test_what_a_passage_has_finds_it(small: Generation, name: str) -> None:
    known = 0
    for passage in small.passages:
        for value in values_of(name, small.document[passage.document_id], passage):
            known += 1
            conditions = {"conditions": [{"name": name, "comparison_operator": "is", "value": value}]}
            assert small.text(passage) in texts(small, conditions)
    assert known
    assert name in NAMES
