import json
from collections.abc import Iterator
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import FaultCode
from corpus.extracted import Extracted
from corpus.readers.fault import Fault
from corpus.readers.jsonl import read
from corpus.readers.safety import Limits


def found(data: bytes, limits: Limits | None = None) -> list[Extracted | Fault]:
    return list(read(BytesIO(data), "库", limits or Limits()))


@given(st.lists(st.text().filter(str.strip), max_size=5))
def test_every_text_comes_back_as_it_was(texts: list[str]) -> None:
    data = "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()
    assert [each.text for each in found(data) if isinstance(each, Extracted)] == texts


def test_documents_are_named_by_id_or_by_line() -> None:
    data = b'{"_id": "d1", "text": "a", "title": "T"}\n\n{"id": 7, "text": "b"}\n{"text": "c"}'
    first, second, third = found(data)
    assert [each.name for each in (first, second, third)] == ["库/d1", "库/7", "库/4"]
    assert isinstance(first, Extracted)
    assert first.title == "T"


def test_a_bad_line_is_told_by_its_number_and_the_rest_goes_on() -> None:
    data = '{"text": "好"}\n{坏\n{"title": "无文"}\n{"text": " "}\n[1]\n{"text": "完"}\n'.encode()
    results = found(data)
    faults = [each for each in results if isinstance(each, Fault)]
    assert [each.text for each in results if isinstance(each, Extracted)] == ["好", "完"]
    assert [fault.reason[:5] for fault in faults] == ["第 2 行", "第 3 行", "第 4 行", "第 5 行"]
    assert [fault.code for fault in faults] == [*[FaultCode.BAD_LINE] * 2, FaultCode.EMPTY, FaultCode.BAD_LINE]


def test_a_line_too_long_is_passed_over() -> None:
    data = json.dumps({"text": "字" * 100}).encode() + b'\n{"text": "b"}\n'
    fault, document = found(data, Limits(characters=20))
    assert isinstance(fault, Fault)
    assert fault.code is FaultCode.TOO_LARGE
    assert isinstance(document, Extracted)
    assert document.name == "库/2"


def test_nested_brackets_do_no_harm() -> None:
    (fault,) = found(b'{"text": ' + b"[" * 100_000 + b"\n")
    assert isinstance(fault, Fault)
    assert fault.code is FaultCode.BAD_LINE


def test_lines_are_read_one_at_a_time() -> None:
    class Counting(BytesIO):
        lines = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            self.lines += 1
            return super().readline(-1 if size is None else size)

    stream = Counting(b'{"text": "a"}\n' * 1000)
    documents: Iterator[Extracted | Fault] = read(stream, "库", Limits())
    next(documents)
    assert stream.lines == 1
