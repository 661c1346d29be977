"""Settings, read from the environment once, at the edge."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.encoder import BUNDLED


class SettingsError(Exception):
    """A setting in the environment has a value that cannot be used."""


class Settings(BaseSettings):
    """Where to listen, where the data lies, which models work, who may import. Each is ANWEN_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ANWEN_", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    home: Path = Path("var")
    model: str = BUNDLED
    reranker: str = ""
    base_url: str = ""
    llm_base_url: str = ""
    llm_model: str = ""
    llm_key: SecretStr = SecretStr("")
    admin_key: SecretStr = SecretStr("")

    @property
    def imports_root(self) -> Path:
        """The folder that holds what was sent to be imported, until it is."""
        return self.home / "imports"

    @property
    def lexicon_file(self) -> Path:
        """The user's own words and synonyms."""
        return self.home / "lexicon.txt"

    @property
    def index_root(self) -> Path:
        """The folder that holds the generations of the index."""
        return self.home / "index"


def from_environment() -> Settings:
    """Return the settings. Raises SettingsError, naming the variable and its value."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "；".join(f"ANWEN_{str(fault['loc'][0]).upper()}={fault['input']!r}" for fault in error.errors())
        raise SettingsError(f"环境变量的值不能用：{faults}。请改正后再启动。") from error
