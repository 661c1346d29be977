"""What the document of the API promises to who reads it: every name, every field, every error told."""

from collections.abc import Iterator
from typing import Any

import pytest

from api import errors
from api.app import create_app
from api.codes import ErrorCode
from api.openapi import TAGS, Tag
from api.settings import Settings


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def ours(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The operations that are not in another system's form."""
    return ((name, each) for name, each in operations(document) if each["tags"] != [Tag.INTEGRATIONS])


def is_chinese(text: str) -> bool:
    return any("一" <= char <= "鿿" for char in text)


def properties(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in document["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            yield f"{name}.{field}", told


def leads_to_an_object(told: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether a field holds what has fields of its own, with examples of their own."""
    if "$ref" in told:
        return "properties" in schemas[told["$ref"].rsplit("/", 1)[1]]
    parts = [*told.get("anyOf", ()), *told.get("oneOf", ()), *([told["items"]] if "items" in told else ())]
    return any(leads_to_an_object(part, schemas) for part in parts)


def shows_a_value(told: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether a field has an example, or is always the same, or leads to what has examples."""
    is_fixed = "const" in told or told.get("type") == "null" or told.get("default") is not None
    return bool(told.get("examples")) or is_fixed or leads_to_an_object(told, schemas)


def test_every_operation_has_a_short_name_of_its_own_a_group_and_a_chinese_summary(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert {"ask", "search", "search_get", "compare", "list_cases", "list_documents", "get_passage"} <= set(names)
    assert all(name.isidentifier() and len(name) <= 24 for name in names), names
    groups = {each["name"] for each in TAGS}
    for name, operation in operations(document):
        assert len(operation["tags"]) == 1, name
        assert operation["tags"][0] in groups, name
        assert is_chinese(operation["summary"]), name
    assert document["tags"] == TAGS


def test_every_field_is_told_in_chinese_with_an_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    mute = [name for name, told in properties(document) if not is_chinese(told.get("description", ""))]
    assert mute == []
    bare = [name for name, told in properties(document) if not shows_a_value(told, schemas)]
    assert bare == []


def test_every_parameter_is_told_in_chinese_with_an_example(document: dict[str, Any]) -> None:
    told = [
        (f"{name} {each['name']}", each)
        for name, operation in operations(document)
        for each in operation.get("parameters", ())
    ]
    assert len(told) > 30
    assert [name for name, each in told if not is_chinese(each.get("description", ""))] == []
    assert [name for name, each in told if not (each.get("examples") or each["schema"].get("examples"))] == []


def test_codes_are_enumerated(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for model, field, code in (
        ("ErrorDetail", "code", "unknown_filter"),
        ("AnswerOut", "reason", "not_covered"),
        ("ComposerOut", "reason", "timeout"),
        ("DroppedOut", "reason", "figure_not_found"),
        ("FaultOut", "code", "encrypted"),
        ("ImportOut", "status", "embedding"),
        ("DocumentReport", "action", "added"),
    ):
        told = schemas[model]["properties"][field]
        named = next((each["$ref"] for each in [told, *told.get("anyOf", ())] if "$ref" in each), "").rsplit("/", 1)[-1]
        assert code in (schemas[named] if named else told)["enum"], (model, field)


def test_the_codes_of_errors_are_those_of_the_table() -> None:
    told = {code for _, _, code in errors._TABLE} | {code for code, _ in errors._HTTP.values()}
    assert set(ErrorCode) == told | {ErrorCode.HTTP_ERROR, ErrorCode.UNSUPPORTED_MEDIA_TYPE}


def test_every_error_is_declared_with_its_codes_and_no_status_is_a_wildcard(document: dict[str, Any]) -> None:
    for name, operation in ours(document):
        for status, response in operation["responses"].items():
            assert status.isdigit(), name
            if int(status) >= 400:
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorOut"}, name
                assert set(response["x-error-codes"]) <= set(ErrorCode), name
                assert is_chinese(response["description"]), name
        if "requestBody" in operation:
            assert {"400", "413", "415", "422", "500"} <= set(operation["responses"]), name
    by_name = {operation["operationId"]: operation["responses"] for _, operation in ours(document)}
    assert by_name["ask"]["422"]["x-error-codes"] == ["unknown_filter", "invalid_request"]
    assert "busy" in by_name["search"]["503"]["x-error-codes"]
    assert by_name["undo_import"]["409"]["x-error-codes"] == ["cannot_undo", "imports_elsewhere"]


def test_what_is_no_json_is_declared(document: dict[str, Any]) -> None:
    content = {
        operation["operationId"]: set(operation["responses"]["200"].get("content", ()))
        for _, operation in ours(document)
        if "200" in operation["responses"]
    }
    assert content["ask"] == {"application/json", "text/event-stream"}
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert content["compare"] == {"application/json", "text/csv", "text/markdown", word}
    assert content["export_topics"] == {"application/x-ndjson"}
    assert content["get_page"] == {"image/png"}
    stream = document["paths"]["/ask"]["post"]["responses"]["200"]["content"]["text/event-stream"]
    events = [each["properties"] for each in stream["itemSchema"]["oneOf"]]
    assert [each["event"]["const"] for each in events] == ["passages", "sentence", "dropped", "answer"]
    models = [each["data"]["contentSchema"]["$ref"].rsplit("/", 1)[1] for each in events]
    assert set(models) <= set(document["components"]["schemas"])


def test_links_lead_to_operations_and_their_parameters(document: dict[str, Any]) -> None:
    parameters = {
        operation["operationId"]: {each["name"] for each in operation.get("parameters", ())}
        for _, operation in operations(document)
    }
    links = [
        link
        for _, operation in operations(document)
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert {link["operationId"] for link in links} >= {"get_passage", "get_case", "get_import"}
    for link in links:
        assert set(link["parameters"]) <= parameters[link["operationId"]]
