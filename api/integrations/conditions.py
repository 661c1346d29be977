"""Conditions on what a passage is, in the grammar that Dify and RAGFlow share: name, operator, value.

They become a mask before anything is ranked, so that as many passages come back as were asked for.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from api.errors import ConditionUnfit
from api.questions.fields import Name
from index.columns import COLUMNS, Values
from index.generation import Generation
from index.live import Mask
from index.tokenizer import half_width

MOST_CONDITIONS = 50
_MOST_VALUES = 1000

Scalar: TypeAlias = str | int | float
Asked: TypeAlias = Scalar | list[Scalar] | None


class Operator(StrEnum):
    """How what a passage has under a name is held against the value."""

    CONTAINS = "contains"
    NOT_CONTAINS = "not contains"
    START_WITH = "start with"
    END_WITH = "end with"
    IS = "is"
    IS_NOT = "is not"
    IN = "in"
    NOT_IN = "not in"
    EMPTY = "empty"
    NOT_EMPTY = "not empty"
    EQUAL = "="
    UNEQUAL = "≠"
    GREATER = ">"
    LESS = "<"
    AT_LEAST = "≥"
    AT_MOST = "≤"
    BEFORE = "before"
    AFTER = "after"


_SPELT = {"not is": "is not", "==": "=", "!=": "≠", "<>": "≠", ">=": "≥", "<=": "≤"}
"""Other spellings that clients of both products have sent."""

_ALSO = {"title": "document_title", "document_name": "document_title", "case_label": "case_number", "id": "passage_id"}
"""Names under which the same is asked for."""
_URL = "url"
NAMES = (*COLUMNS, *_ALSO, _URL)
"""The names that a condition may have."""


def _operator(written: object) -> object:
    plain = " ".join(written.lower().split()) if isinstance(written, str) else written
    return _SPELT.get(plain, plain) if isinstance(plain, str) else plain


class Condition(BaseModel):
    """One condition; `value` is a text, a number, or for `in` and `not in` a list, or a text with commas."""

    model_config = ConfigDict(extra="ignore")

    name: Name | Annotated[list[Name], Field(min_length=1, max_length=len(NAMES))] = Field(
        examples=["county"], description=f"元数据的名字，几个的话有一个符合就行：{'、'.join(NAMES)}"
    )
    comparison_operator: Annotated[Operator, BeforeValidator(_operator, json_schema_input_type=Operator)] = Field(
        examples=["is"], description="怎样比较"
    )
    value: (
        Annotated[str, Field(max_length=10_000)]
        | int
        | float
        | Annotated[list[Scalar], Field(max_length=_MOST_VALUES)]
        | None
    ) = Field(None, examples=["扶沟县"], description="比较的值；empty 和 not empty 不需要")


class Conditions(BaseModel):
    """Conditions of which all must hold (and), or one (or)."""

    model_config = ConfigDict(extra="ignore")

    logical_operator: Literal["and", "or"] = Field(
        "and",
        validation_alias=AliasChoices("logical_operator", "logic"),
        description="and：每个条件都满足；or：满足一个就行",
    )
    conditions: list[Condition] | None = Field(None, max_length=MOST_CONDITIONS, description="条件")


def admitted(conditions: Conditions | None, generation: Generation, link: Callable[[str], str]) -> Mask | None:
    """Return which passages the conditions admit, None where there are none.

    `link` makes an address of a passage's id, an empty one where there are no links.
    Raises ConditionUnfit for a name that no passage has, and for a value that the operator cannot be held against.
    """
    if conditions is None or not conditions.conditions:
        return None
    masks = [_admitted(each, generation, link) for each in conditions.conditions]
    return _together(masks, of_all=conditions.logical_operator == "and")


def _admitted(condition: Condition, generation: Generation, link: Callable[[str], str]) -> Mask:
    names = condition.name if isinstance(condition.name, list) else [condition.name]
    test = _test(condition)
    masks = [_named(name, test, generation, link) for name in names]
    return _together(masks, of_all=condition.comparison_operator in _OF_ALL)


def _together(masks: Sequence[Mask], *, of_all: bool) -> Mask:
    mask: Mask = np.logical_and.reduce(masks) if of_all else np.logical_or.reduce(masks)
    return mask


def _named(name: str, test: Callable[[Values], bool], generation: Generation, link: Callable[[str], str]) -> Mask:
    name = _ALSO.get(name, name)
    if name == _URL:
        return generation.columns.mask(
            "passage_id", lambda ids: test(tuple(filter(None, (link(str(each)) for each in ids))))
        )
    if name not in COLUMNS:
        raise ConditionUnfit(f"没有名为“{name}”的元数据。可用的有：{'、'.join(NAMES)}。")
    return generation.columns.mask(name, test)


def _test(condition: Condition) -> Callable[[Values], bool]:
    """Return what tells of a passage's values whether the condition holds.

    Of several values one is enough; what is denied must be true of none, and so it is where nothing is known.
    """
    operator = condition.comparison_operator
    if operator is Operator.EMPTY:
        return lambda values: not values
    if operator is Operator.NOT_EMPTY:
        return bool
    if condition.value is None or condition.value == "":
        raise ConditionUnfit(f"条件“{_told(condition)}”缺少 value。")
    denied = operator in _DENIED
    holds = _HOLDS[_DENIED.get(operator, operator)](condition)
    return lambda values: any(map(holds, values)) is not denied


_Holds: TypeAlias = Callable[[str | int], bool]

_DENIED = {
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.IS_NOT: Operator.IS,
    Operator.NOT_IN: Operator.IN,
    Operator.UNEQUAL: Operator.EQUAL,
}
_OF_ALL = {*_DENIED, Operator.EMPTY}
"""Of several names, these must hold of each; of the others one is enough."""


def _by_text(compare: Callable[[str, str], bool], condition: Condition) -> _Holds:
    asked = _text(_single(condition))
    return lambda value: compare(_text(value), asked)


def _equal(condition: Condition) -> _Holds:
    return partial(_same, _single(condition))


def _one_of(condition: Condition) -> _Holds:
    value = condition.value
    each = re.split("[,，、]", value) if isinstance(value, str) else value if isinstance(value, list) else [value]
    asked = [one for one in each if one is not None and one != ""]
    return lambda held: any(_same(one, held) for one in asked)


def _by_number(compare: Callable[[float, float], bool], condition: Condition) -> _Holds:
    asked = _number(_single(condition))
    if asked is None:
        raise ConditionUnfit(f"条件“{_told(condition)}”的 value 应是数字。")
    return lambda value: (number := _number(value)) is not None and compare(number, asked)


def _by_time(compare: Callable[["_Time", "_Time"], bool], condition: Condition) -> _Holds:
    asked = _time(_single(condition))
    if asked is None:
        raise ConditionUnfit(f"条件“{_told(condition)}”的 value 应是日期，如 2021、2021-05、2021-05-01，或时间戳。")
    return lambda value: (time := _time(value)) is not None and compare(time, asked)


_HOLDS: Mapping[Operator, Callable[[Condition], _Holds]] = {
    Operator.CONTAINS: partial(_by_text, lambda value, asked: asked in value),
    Operator.START_WITH: partial(_by_text, str.startswith),
    Operator.END_WITH: partial(_by_text, str.endswith),
    Operator.IS: _equal,
    Operator.EQUAL: _equal,
    Operator.IN: _one_of,
    Operator.GREATER: partial(_by_number, lambda value, asked: value > asked),
    Operator.LESS: partial(_by_number, lambda value, asked: value < asked),
    Operator.AT_LEAST: partial(_by_number, lambda value, asked: value >= asked),
    Operator.AT_MOST: partial(_by_number, lambda value, asked: value <= asked),
    Operator.BEFORE: partial(_by_time, lambda value, asked: value[1] <= asked[0]),
    Operator.AFTER: partial(_by_time, lambda value, asked: value[0] >= asked[1]),
}


def _told(condition: Condition) -> str:
    names = condition.name if isinstance(condition.name, list) else [condition.name]
    return f"{'、'.join(names)} {condition.comparison_operator}"


def _single(condition: Condition) -> Scalar:
    value = condition.value
    if isinstance(value, list):
        if len(value) != 1:
            raise ConditionUnfit(f"条件“{_told(condition)}”的 value 只能有一个。")
        return value[0]
    assert value is not None
    return value


def _text(value: Scalar) -> str:
    return half_width(str(value)).strip()


def _same(asked: Scalar, value: str | int) -> bool:
    number = _number(asked)
    return _text(asked) == _text(value) or (number is not None and number == _number(value))


_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,20})?")
"""What is longer is no number of anything here."""


def _number(value: Scalar) -> float | None:
    plain = _text(value)
    return float(plain) if _NUMBER.fullmatch(plain) else None


_Time: TypeAlias = tuple[date, date]
"""The days from the first on, up to and without the second."""

_DATE = re.compile(r"(\d{4})(?:年|[-/.]?)(?:(\d{1,2})(?:月|[-/.]?)(?:(\d{1,2})日?)?)?(?:[t ].*)?")
_TIMESTAMP = re.compile(r"-?\d{9,13}(?:\.\d+)?")
_MILLISECONDS = 1e11
"""Seconds beyond this are the year 5138; such a number counts milliseconds."""


def _time(value: Scalar) -> _Time | None:
    """Return the days of a year, a month, a day or a moment; None for what is none of these."""
    plain = _text(value)
    try:
        if _TIMESTAMP.fullmatch(plain):
            seconds = float(plain)
            day = datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= _MILLISECONDS else seconds, UTC).date()
            return day, day + timedelta(days=1)
        if not (found := _DATE.fullmatch(plain)):
            return None
        year, month, day_of_month = (int(part) if part else None for part in found.groups())
        assert year is not None
        if month is None:
            return date(year, 1, 1), date(year + 1, 1, 1)
        if day_of_month is None:
            return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
        day = date(year, month, day_of_month)
        return day, day + timedelta(days=1)
    except (ValueError, OverflowError, OSError):
        return None
