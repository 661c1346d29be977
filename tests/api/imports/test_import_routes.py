"""Who may change the compilation over HTTP, and what a client may send."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.settings import Settings
from tests.api.sending import NEW, OLD, ended, from_here, send, serving_here, small_home, texts
from tests.fakes import HashedEncoder

_FILE = {"files": ("乙县.txt", NEW)}
_KEY = "口令-secret"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_home(tmp_path_factory.mktemp("routes"))


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[TestClient]:
    with serving_here(folder) as client:
        yield client


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client far away of a server with an admin key."""
    settings = Settings.model_validate({"home": small_home(tmp_path_factory.mktemp("keyed")), "admin_key": _KEY})
    with from_here(settings, HashedEncoder(), host="192.0.2.7") as client:
        yield client


def refused(response: Any) -> tuple[int, str]:
    error = response.json()["error"]
    assert any("一" <= char <= "鿿" for char in error["message"]), error
    return response.status_code, error["code"]


def test_the_documents_are_listed_with_their_size(serving: TestClient) -> None:
    first = serving.get("/documents").json()["documents"][0]
    assert first == {
        "id": "甲县",
        "title": "甲县养老服务",
        "case_count": 0,
        "paragraph_count": 1,
        "character_count": len(OLD),
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9"},
        {"origin": "http://rebound.example:8000", "host": "rebound.example:8000"},
        {"host": "anwen.example.gov.cn"},
        {"x-forwarded-for": "127.0.0.1"},
        {"forwarded": "for=192.0.2.7"},
        {"x-real-ip": "192.0.2.7"},
    ],
    ids=lambda headers: "&".join(f"{name}={value}" for name, value in headers.items()),
)
def test_without_a_key_no_page_of_another_site_and_nobody_behind_a_proxy_may_change(
    headers: dict[str, str], serving: TestClient
) -> None:
    assert refused(serving.post("/documents", files=_FILE, headers=headers)) == (403, "forbidden")
    assert refused(serving.delete("/documents/甲县", headers=headers)) == (403, "forbidden")


@pytest.mark.parametrize("host", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.7", "testclient"])
def test_without_a_key_nobody_elsewhere_may_change_but_all_may_ask(host: str, tmp_path: Path) -> None:
    with from_here(Settings(home=small_home(tmp_path)), HashedEncoder(), host) as client:
        assert refused(client.post("/documents", files=_FILE)) == (403, "forbidden")
        assert refused(client.delete("/documents/甲县")) == (403, "forbidden")
        assert client.post("/ask", json={"question": "养老服务中心"}).status_code == 200
        assert refused(client.get("/imports")) == (403, "forbidden")
        assert refused(client.get("/imports/1")) == (403, "forbidden")


@pytest.mark.parametrize("host", ["::1", "127.0.0.2", "::ffff:127.0.0.1"])
def test_without_a_key_this_machine_may_change_by_whichever_of_its_addresses(host: str, tmp_path: Path) -> None:
    with from_here(Settings(home=small_home(tmp_path)), HashedEncoder(), host) as client:
        headers = {"host": "localhost:8000", "origin": "http://localhost:8000"}
        assert ended(client, send(client, ("甲县.txt", OLD), headers=headers))["status"] == "done"


@pytest.mark.parametrize(
    "given", [None, "Bearer ", "Bearer 错", f"Basic {_KEY}", f"bearer{_KEY}", _KEY, f"Bearer {_KEY[:-1]}"]
)
def test_with_a_key_nobody_may_change_without_it(given: str | None, keyed: TestClient) -> None:
    headers = {b"authorization": given.encode()} if given else {}
    for method, path in (("POST", "/documents"), ("DELETE", "/documents/甲县"), ("GET", "/imports")):
        response = keyed.request(method, path, headers=headers)
        assert refused(response) == (401, "unauthorized")
        assert response.headers["www-authenticate"].startswith("Bearer")


def test_with_the_key_one_may_change_from_anywhere(keyed: TestClient) -> None:
    headers = {b"authorization": f"Bearer {_KEY}".encode()}
    assert ended(keyed, send(keyed, ("乙县.txt", NEW), headers=headers), headers=headers)["status"] == "done"
    response = keyed.delete("/documents/乙县", headers=headers)
    assert ended(keyed, response.json()["id"], headers=headers)["report"]["removed"] == ["乙县"]


def test_of_what_is_sent_by_those_who_may_not_nothing_is_read(
    keyed: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("starlette.formparsers.MultiPartParser.parse", read)
    assert refused(keyed.post("/documents", files=_FILE)) == (401, "unauthorized")


def test_the_documentation_page_can_send_the_key(serving: TestClient) -> None:
    described = serving.get("/openapi.json").json()
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    guarded = {path for path, methods in described["paths"].items() for each in methods.values() if "security" in each}
    assert guarded == set(described["paths"]) - {"/healthz", "/readyz"}


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\Windows\\乙.txt", "乙"),
        ("/etc/乙.txt", "乙"),
        ("乙\x00\n\r县.txt", "乙县"),
        ("..", "未命名"),
        ("...txt", "document"),
        ("县" * 300 + ".txt", None),
        ("县" * 300, None),
        ("乙." + "县" * 300, None),
        ("😀" * 200 + ".txt", None),
    ],
    ids=range(10),
)
def test_no_file_name_does_harm(name: str, document: str | None, serving: TestClient, folder: Path) -> None:
    outside = {path for path in folder.parent.rglob("*") if folder not in path.parents}
    boundary = b"xXx"
    head = b'Content-Disposition: form-data; name="files"; filename="' + name.encode().replace(b"\\", b"\\\\")
    body = b'--%b\r\n%b"\r\nContent-Type: text/plain\r\n\r\n%b\r\n--%b--\r\n' % (boundary, head, NEW.encode(), boundary)
    before = set(texts(serving))
    response = serving.post(
        "/documents", content=body, headers={"content-type": f"multipart/form-data; boundary={boundary.decode()}"}
    )
    if "\n" in name:
        # A line end within a header is a fault of the form.
        assert refused(response) == (400, "invalid_request")
        return
    done = ended(serving, response.json()["id"])
    assert done["status"] == "done", done
    (added,) = set(texts(serving)) - before
    assert document is None or added == document
    assert {path for path in folder.parent.rglob("*") if folder not in path.parents} == outside
    ended(serving, serving.delete(f"/documents/{added}").json()["id"])


def test_a_name_that_is_encoded_does_no_harm(serving: TestClient) -> None:
    done = ended(serving, send(serving, ("乙\x00\n\r县/../丙\x00\n县.txt", NEW)))
    assert done["status"] == "done"
    assert all(char.isprintable() for each in done["report"]["documents"] for char in each["id"])
    ended(serving, serving.delete(f"/documents/{done['report']['documents'][0]['id']}").json()["id"])


def test_two_long_names_that_differ_at_the_end_are_two_documents(serving: TestClient) -> None:
    long = "关于进一步做好有关工作的通知" * 12
    names = [f"{long}{end}.txt" for end in ("上", "下")]
    report = ended(serving, send(serving, *((name, NEW) for name in names)))["report"]
    assert [each["action"] for each in report["documents"]] == ["added", "added"]
    for each in report["documents"]:
        ended(serving, serving.delete(f"/documents/{each['id']}").json()["id"])


def test_a_name_that_a_file_can_have_is_kept_whole(serving: TestClient) -> None:
    name = "关于进一步做好乡镇养老服务工作的通知（第一部分）" * 3
    report = ended(serving, send(serving, (f"{name}.txt", NEW)))["report"]
    assert report["documents"][0]["name"] == name
    ended(serving, serving.delete(f"/documents/{report['documents'][0]['id']}").json()["id"])


def test_two_files_of_one_name_are_both_kept_apart(serving: TestClient) -> None:
    done = ended(serving, send(serving, ("同.txt", NEW), ("同.txt", NEW.replace("乙", "丙"))))
    assert len(done["report"]["documents"]) + len(done["report"]["faults"]) == 2
    for each in done["report"]["documents"]:
        ended(serving, serving.delete(f"/documents/{each['id']}").json()["id"])


@pytest.mark.parametrize("is_declared", [True, False])
def test_an_upload_beyond_the_limit_is_refused(
    is_declared: bool, serving: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.security.body_limit.LARGEST_UPLOAD", 3000)
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n' + b"a" * 4000 + b"\r\n--x--"

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(body), 500):
            yield body[at : at + 500]

    headers = {"content-type": "multipart/form-data; boundary=x"}
    response = serving.post("/documents", content=body if is_declared else pieces(), headers=headers)
    assert refused(response) == (413, "too_large")
    assert "512 MB" in response.json()["error"]["message"]


def test_an_upload_larger_than_any_question_is_taken(serving: TestClient) -> None:
    text = NEW + "乙县推进农村公路建设。\n" * 40_000
    response = serving.post("/documents", files={"files": ("大.bin", b"\0" + text.encode())})
    assert response.status_code == 202
    assert ended(serving, response.json()["id"])["error"]["code"] == "nothing_to_import"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"files": {"other": ("a.txt", "文字")}},
        {"files": {"files": ("", "文字")}},
    ],
    ids=["nothing", "another field", "file without a name"],
)
def test_an_upload_without_a_file_is_refused_in_chinese(sent: dict[str, Any], serving: TestClient) -> None:
    response = serving.post("/documents", **sent)
    assert refused(response) == (422, "invalid_request")
    assert "文件" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"files": ["a.txt"]}},
        {"content": b"abc", "headers": {"content-type": "text/plain"}},
        {"data": {"files": "文字"}},
    ],
    ids=["json", "text", "field"],
)
def test_what_is_no_upload_is_refused_in_chinese(sent: dict[str, Any], serving: TestClient) -> None:
    response = serving.post("/documents", **sent)
    assert refused(response) == (415, "unsupported_media_type")
    assert "multipart/form-data" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"abc", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"abc", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"files": [("files", (f"{number}.txt", b"a")) for number in range(1001)]},
    ],
    ids=["no boundary", "no parts", "too many files"],
)
def test_a_form_that_cannot_be_read_is_refused_in_chinese(sent: dict[str, Any], serving: TestClient) -> None:
    status, code = refused(serving.post("/documents", **sent))
    assert (status in (400, 422), code) == (True, "invalid_request")


def test_an_import_or_document_that_is_none_is_not_found(serving: TestClient) -> None:
    for response in (
        serving.get("/imports/没有"),
        serving.delete("/documents/没有"),
        serving.delete("/documents/..%2F..%2Fetc"),
    ):
        assert refused(response) == (404, "not_found")
