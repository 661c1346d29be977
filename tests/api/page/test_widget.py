"""Pages of other sites: those in the settings may ask, and do nothing else; all others may do nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.settings import Settings, SettingsError, from_environment
from tests.api.sending import serving_here, small_home

OA = "https://oa.example.gov.cn"
PORTAL = "http://10.0.0.8:8080"
STRANGER = "https://stranger.example"
ALLOWS = "access-control-allow-origin"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with serving_here(home, widget_origins=(OA, PORTAL)) as client:
        yield client


def preflight(client: TestClient, path: str, method: str, origin: str) -> Response:
    headers = {"origin": origin, "access-control-request-method": method}
    return client.options(path, headers=headers | {"access-control-request-headers": "content-type"})


@pytest.mark.parametrize("origin", [OA, PORTAL])
@pytest.mark.parametrize(("method", "path"), [("POST", "/ask"), ("GET", "/about")])
def test_the_browser_of_a_site_in_the_settings_is_told_that_it_may_ask(
    client: TestClient, method: str, path: str, origin: str
) -> None:
    response = preflight(client, path, method, origin)
    assert (response.status_code, response.headers[ALLOWS]) == (200, origin)
    assert method in response.headers["access-control-allow-methods"]
    assert "Content-Type" in response.headers["access-control-allow-headers"]


def test_a_page_of_such_a_site_may_bring_a_key(client: TestClient) -> None:
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    response = client.options("/ask", headers={"origin": OA} | wanted)
    assert response.status_code == 200
    assert "authorization" in response.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize("stream", [False, True])
def test_a_site_in_the_settings_can_read_the_answer(client: TestClient, stream: bool) -> None:
    asked = {"question": "甲县建成养老服务中心几个", "stream": stream}
    response = client.post("/ask", json=asked, headers={"origin": OA})
    assert (response.status_code, response.headers[ALLOWS]) == (200, OA)
    assert "origin" in response.headers["vary"].lower()
    assert "12个" in response.text


def test_a_site_in_the_settings_can_read_why_it_got_no_answer(client: TestClient) -> None:
    response = client.post("/ask", json={"question": ""}, headers={"origin": OA})
    assert (response.status_code, response.headers[ALLOWS]) == (422, OA)
    too_large = client.post("/ask", content=b"0" * (1 << 20 | 1), headers={"origin": OA})
    assert (too_large.status_code, too_large.headers[ALLOWS]) == (413, OA)


def test_no_credentials_go_along(client: TestClient) -> None:
    for response in (preflight(client, "/ask", "POST", OA), client.get("/about", headers={"origin": OA})):
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "origin", [STRANGER, "null", "http://oa.example.gov.cn", OA + ".stranger.example", OA + ":8443"]
)
def test_no_other_site_may_ask(client: TestClient, origin: str) -> None:
    assert preflight(client, "/ask", "POST", origin).status_code == 400
    for response in (
        preflight(client, "/ask", "POST", origin),
        client.post("/ask", json={"question": "甲县养老"}, headers={"origin": origin}),
        client.get("/about", headers={"origin": origin}),
    ):
        assert ALLOWS not in response.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/documents"),
        ("GET", "/documents"),
        ("DELETE", "/documents/甲县"),
        ("GET", "/imports/0123456789ab"),
        ("POST", "/search"),
        ("GET", "/feedback"),
        ("GET", "/"),
    ],
)
def test_a_site_in_the_settings_may_do_nothing_but_ask(client: TestClient, method: str, path: str) -> None:
    told = preflight(client, path, method, OA)
    assert (told.status_code == 200, ALLOWS in told.headers) == (False, False)
    if method == "GET":
        assert ALLOWS not in client.get(path, headers={"origin": OA}).headers


def test_without_the_setting_no_site_may_ask(home: Path) -> None:
    with serving_here(home) as client:
        assert ALLOWS not in preflight(client, "/ask", "POST", OA).headers
        assert ALLOWS not in client.post("/ask", json={"question": "甲县养老"}, headers={"origin": OA}).headers


@pytest.mark.parametrize(
    ("value", "origins"),
    [
        ("", ()),
        (OA, (OA,)),
        (f" {OA}/ , {PORTAL},", (OA, PORTAL)),
        ("HTTPS://OA.Example.gov.cn:443", (OA,)),
        ("https://办公.政务", ("https://xn--55qx2a.xn--zfr164b",)),
    ],
)
def test_origins_are_written_as_a_browser_writes_them(
    value: str, origins: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANWEN_WIDGET_ORIGINS", value)
    assert from_environment().widget_origins == origins
    assert Settings(widget_origins=origins).widget_origins == origins


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "null",
        "oa.example.gov.cn",
        "https://*.example.gov.cn",
        "https://oa.example.gov.cn/portal",
        "https://oa.example.gov.cn?",
        "https://oa.example.gov.cn#top",
        "https://name@oa.example.gov.cn",
        "ftp://oa.example.gov.cn",
        f"{OA},*",
    ],
)
def test_what_is_no_origin_stops_the_start_with_the_variable_and_an_example(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANWEN_WIDGET_ORIGINS", value)
    with pytest.raises(SettingsError) as told:
        from_environment()
    assert f"ANWEN_WIDGET_ORIGINS={value!r}" in str(told.value)
    assert "https://oa.example.gov.cn" in str(told.value)
