"""A few of the requests that `python -m tests.api.fuzz` makes by thousands."""

from pathlib import Path

from tests.api.fuzz import fuzzed


def test_no_answer_is_other_than_the_document_of_the_api_says(tmp_path: Path) -> None:
    found = fuzzed(tmp_path, cases=60, seeded=7)
    assert found.faults == {}
    assert found.cases >= 50
    assert {status for _, status in found.statuses} >= {200, 404, 422}
