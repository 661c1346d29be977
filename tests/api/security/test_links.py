"""Links lead to where the settings say, or to the server itself; in what is filed there is none that leads nowhere."""

import io
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import docx
import pytest
from fastapi.testclient import TestClient

from corpus.outline import outlined
from index.change import change
from tests.api.security.conftest import FAR, Reach, given_out
from tests.fakes import HashedEncoder

PUBLIC = "https://anwen.example.gov.cn"
CASES = "第一篇：甲县养老服务\n甲县建成养老服务中心12个。\n第二篇：乙县养老服务\n乙县建成养老服务中心7个。\n"
ASKED = {"question": "甲县建成养老服务中心几个"}


def passage(client: TestClient, **headers: str) -> dict[str, Any]:
    found: dict[str, Any] = client.post("/search", json=ASKED, headers=headers).json()["passages"][0]
    return found


def begins(client: TestClient, **headers: str) -> str:
    found = passage(client, **headers)
    address, _, path = found["url"].partition("/passages/")
    assert path == found["id"]
    return str(address)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:9000", "http://localhost:9000"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_link_begins_with_the_name_of_this_machine_that_was_used(host: str, address: str, reach: Reach) -> None:
    assert begins(reach(), host=host) == address


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
        "evil.example#127.0.0.1",
        "127.0.0.1:8000/x?",
        "",
    ],
)
def test_a_forged_host_is_never_followed(host: str, reach: Reach) -> None:
    assert begins(reach(), host=host) == "http://127.0.0.1:8000"
    assert begins(reach(base_url=PUBLIC), host=host) == PUBLIC
    assert begins(reach(allowed_hosts="anwen.example.gov.cn"), host=host) == "http://127.0.0.1:8000"


def test_the_hosts_in_the_settings_are_followed_and_no_others(reach: Reach) -> None:
    client = reach(allowed_hosts="anwen.example.gov.cn, oa.example.gov.cn:8443")
    assert begins(client, host="ANWEN.example.gov.cn") == "http://anwen.example.gov.cn"
    assert begins(client, host="anwen.example.gov.cn:81") == "http://anwen.example.gov.cn:81"
    assert begins(client, host="oa.example.gov.cn:8443") == "http://oa.example.gov.cn:8443"
    assert begins(client, host="oa.example.gov.cn:1") == "http://127.0.0.1:8000"


def test_the_address_listened_on_is_one_that_links_may_begin_with(reach: Reach, folder: Path) -> None:
    headers = given_out(folder)
    client = reach(host="10.0.0.8")
    assert begins(client, host="10.0.0.8:8000", **headers) == "http://10.0.0.8:8000"
    assert begins(client, host="10.0.0.9:8000", **headers) == "http://127.0.0.1:8000"


FORWARDED = {"x-forwarded-for": FAR, "x-forwarded-proto": "https", "x-forwarded-host": "anwen.example.gov.cn"}


def test_a_trusted_proxy_tells_by_which_name_and_scheme_it_was_asked(reach: Reach, folder: Path) -> None:
    headers = given_out(folder)
    trusted = {"trusted_proxies": (ip_network("127.0.0.1"),)}
    known = reach(**trusted, allowed_hosts="anwen.example.gov.cn")
    assert begins(known, **FORWARDED, **headers) == PUBLIC
    # Even a trusted proxy passes on what it was told.
    assert begins(reach(**trusted), **FORWARDED, **headers) == "https://127.0.0.1:8000"
    stranger = reach(allowed_hosts="anwen.example.gov.cn")
    assert begins(stranger, **FORWARDED, **headers) == "http://127.0.0.1:8000"


@pytest.mark.parametrize("base_url", ["", "http://localhost:8000", "http://127.0.0.1/anwen", "http://[::1]:8000"])
def test_a_reference_has_no_link_that_leads_only_to_this_machine(base_url: str, reach: Reach) -> None:
    found = passage(reach(base_url=base_url))
    reference = found["citation_forms"]["gbt7714"]
    assert "//" not in reference.replace("]//", "")
    assert reference.startswith("甲县养老服务[Z]. ")
    assert reference.endswith("第1段.")
    assert not re.search(r"\[\d{4}-\d\d-\d\d\]", reference)
    # To copy a link on this machine, for this machine, is another matter.
    assert found["citation_forms"]["markdown"].endswith(f"]({found['url']})")


def test_a_reference_has_the_link_that_others_can_follow(reach: Reach) -> None:
    found = passage(reach(base_url=PUBLIC))
    assert re.search(
        rf"\[Z/OL\].*第1段\[\d{{4}}-\d\d-\d\d\]\. {PUBLIC}/passages/\S+\.$", found["citation_forms"]["gbt7714"]
    )


@pytest.mark.parametrize("form", ["docx", "csv", "markdown"])
@pytest.mark.parametrize("base_url", ["", PUBLIC])
def test_what_is_filed_has_links_for_others_or_none(form: str, base_url: str, reach: Reach, folder: Path) -> None:
    change(folder / "index", HashedEncoder(), [outlined("汇编", CASES, "汇编")[0]])
    client = reach(base_url=base_url)
    response = client.post("/compare", params={"format": form}, json={"question": "养老服务中心"})
    assert response.status_code == 200, response.text
    if form == "docx":
        document = docx.Document(io.BytesIO(response.content))
        words = "\n".join(each.text for each in document.paragraphs)
        assert not [each for each in document.part.rels.values() if each.reltype.endswith("/hyperlink")]
    else:
        words = response.content.decode("utf-8-sig")
    assert "第一篇，导语，第1段" in words
    assert "127.0.0.1" not in words
    assert (f"{PUBLIC}/passages/" in words, "[G/OL]" in words.replace("\\", "")) == (bool(base_url),) * 2
