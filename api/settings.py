"""Settings, read from the environment once, at the edge."""

from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, HttpUrl, SecretStr, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.security.addresses import Network, split_host
from index.encoder import BUNDLED


class SettingsError(Exception):
    """A setting in the environment has a value that cannot be used."""


_URL = TypeAdapter(HttpUrl)


def _origins(value: str | Iterable[str]) -> tuple[str, ...]:
    """Return origins as browsers write them; from the environment they come with commas between."""
    each = (part.strip() for part in (value.split(",") if isinstance(value, str) else value))
    return tuple(_origin(part) for part in each if part)


def _origin(value: str) -> str:
    wrong = PydanticCustomError("origin", "要写明协议和主机，如 https://oa.example.gov.cn，多个用逗号隔开")
    try:
        url = _URL.validate_python(value)
    except ValidationError as error:
        raise wrong from error
    # Browsers leave a default port out, and so does this.
    origin = str(url).removesuffix("/")
    if "*" in value or "@" in value or origin.count("/") > 2 or url.query is not None or url.fragment is not None:
        raise wrong
    return origin


def _parts(value: str | Iterable[object]) -> list[object]:
    """Return what commas part in the environment."""
    parts = value.split(",") if isinstance(value, str) else value
    return [part for part in (each.strip() if isinstance(each, str) else each for each in parts) if part]


def _networks(value: str | Iterable[object]) -> tuple[Network, ...]:
    return tuple(map(_network, _parts(value)))


def _network(part: object) -> Network:
    try:
        return ip_network(str(part))
    except ValueError as error:
        raise PydanticCustomError("address", "要写地址或网段，如 10.0.0.5 或 10.0.0.0/24，多个用逗号隔开") from error


def _hosts(value: str | Iterable[object]) -> tuple[str, ...]:
    hosts = tuple(map(str, _parts(value)))
    if any(split_host(host) is None for host in hosts):
        raise PydanticCustomError("address", "要写主机名，如 anwen.example.gov.cn，可带端口，多个用逗号隔开")
    return hosts


def _base(value: str) -> str:
    """Return what links begin with; empty is none."""
    if not value:
        return ""
    wrong = PydanticCustomError("origin", "要写完整的地址，如 https://anwen.example.gov.cn")
    try:
        url = _URL.validate_python(value)
    except ValidationError as error:
        raise wrong from error
    if url.query is not None or url.fragment is not None or url.username is not None:
        raise wrong
    return value


class Settings(BaseSettings):
    """Where to listen, where the data lies, which models work, who may import and embed. Each is ANWEN_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ANWEN_", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    home: Path = Path("var")
    model: str = BUNDLED
    reranker: str = ""
    base_url: Annotated[str, BeforeValidator(_base)] = ""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_hosts)] = ()
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)] = ()
    require_key: bool = False
    audit: bool = True
    audit_questions: bool = True
    llm_base_url: str = ""
    llm_model: str = ""
    llm_key: SecretStr = SecretStr("")
    admin_key: SecretStr = SecretStr("")
    feedback: bool = True
    dingtalk_app_key: str = ""
    dingtalk_app_secret: SecretStr = SecretStr("")
    dingtalk_stream: bool = False
    feishu_app_id: str = ""
    feishu_app_secret: SecretStr = SecretStr("")
    feishu_verification_token: SecretStr = SecretStr("")
    feishu_encrypt_key: SecretStr = SecretStr("")
    feishu_region: Literal["feishu", "lark"] = "feishu"
    wecom_bot_token: SecretStr = SecretStr("")
    wecom_bot_aes_key: SecretStr = SecretStr("")
    wecom_bot_name: str = ""
    wecom_corp_id: str = ""
    wecom_app_agent_id: int = 0
    wecom_app_secret: SecretStr = SecretStr("")
    wecom_app_token: SecretStr = SecretStr("")
    wecom_app_aes_key: SecretStr = SecretStr("")
    log: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    otlp_endpoint: str = ""
    widget_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = ()

    @property
    def imports_root(self) -> Path:
        """The folder that holds what was sent to be imported, until it is."""
        return self.home / "imports"

    @property
    def originals_root(self) -> Path:
        """The folder that holds the PDF files that documents were read out of."""
        return self.home / "originals"

    @property
    def lexicon_file(self) -> Path:
        """The user's own words and synonyms."""
        return self.home / "lexicon.txt"

    @property
    def feedback_file(self) -> Path:
        """What people said of answers, and the test questions they made."""
        return self.home / "feedback.jsonl"

    @property
    def keys_file(self) -> Path:
        """The keys of those who may ask and change, as hashes."""
        return self.home / "keys.json"

    @property
    def quotas_file(self) -> Path:
        """What is used of the day's requests, by key."""
        return self.home / "quotas.json"

    @property
    def audit_file(self) -> Path:
        """Who asked and changed what, and when."""
        return self.home / "audit.jsonl"

    @property
    def index_root(self) -> Path:
        """The folder that holds the generations of the index."""
        return self.home / "index"


def from_environment() -> Settings:
    """Return the settings. Raises SettingsError, naming the variable and its value."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "；".join(_told(fault) for fault in error.errors())
        raise SettingsError(f"环境变量的值不能用：{faults}。请改正后再启动。") from error


def _told(fault: ErrorDetails) -> str:
    reason = f"（{fault['msg']}）" if fault["type"] in ("origin", "address") else ""
    return f"ANWEN_{str(fault['loc'][0]).upper()}={fault['input']!r}{reason}"
