"""Where a key is needed, each interface refuses who has none in the form that its clients understand."""

from collections.abc import Iterator

import httpx2
import openai
import pytest
from pydantic import SecretStr

from api.app import create_app
from api.settings import Settings
from api.state import opened
from tests.api.live import live
from tests.api.sending import small_home
from tests.fakes import HashedEncoder

KEY = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(home=small_home(tmp_path_factory.mktemp("refused")), require_key=True, admin_key=SecretStr(KEY))
    with live(create_app(settings, lambda: opened(settings, HashedEncoder()))) as address:
        yield address


def test_openai_without_a_key(address: str) -> None:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="wrong", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError, match="口令不对") as error:
            client.models.list()
        assert (error.value.code, error.value.type) == ("invalid_api_key", "authentication_error")
        for stream in (False, True):
            with pytest.raises(openai.AuthenticationError):
                client.chat.completions.create(
                    model="anwen", messages=[{"role": "user", "content": "养老"}], stream=stream
                )


def test_openai_with_the_key(address: str) -> None:
    with openai.OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0) as client:
        answer = client.chat.completions.create(model="anwen", messages=[{"role": "user", "content": "养老"}])
    assert answer.choices[0].message.content


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 403, 1001),
        ({"authorization": KEY}, 403, 1001),
        ({"authorization": "Bearer wrong"}, 403, 1002),
        ({"authorization": f"Bearer {KEY}"}, 200, None),
    ],
)
def test_dify_saving_a_connection(address: str, headers: dict[str, str], status: int, code: int | None) -> None:
    """It sends a key, and no body."""
    response = httpx2.post(f"{address}/retrieval", headers=headers)
    assert (response.status_code, response.json().get("error_code")) == (status, code)


@pytest.mark.parametrize(("key", "code"), [("wrong", 109), (KEY, 0)])
def test_ragflow(address: str, key: str, code: int) -> None:
    body = {"question": "养老服务中心", "dataset_ids": ["anwen"]}
    response = httpx2.post(f"{address}/api/v1/retrieval", json=body, headers={"authorization": f"Bearer {key}"})
    assert (response.status_code, response.json()["code"]) == (200, code)
    if code == 0:
        assert "热饭" in response.json()["data"]["chunks"][0]["content"]
