"""What the product has, for what is written beside it to be held against."""

import re
from pathlib import Path

from api.app import create_app
from api.settings import Settings

ROOT = Path(__file__).parents[2]

SETTINGS = {f"ANWEN_{name.upper()}" for name in Settings.model_fields}
"""The environment variables that the product reads."""


def routes() -> set[str]:
    """Return the addresses that the product answers at."""
    return set(create_app(Settings()).openapi()["paths"])


def settings_named(text: str) -> set[str]:
    """Return the settings that a text speaks of."""
    return set(re.findall(r"\bANWEN_[A-Z0-9_]*[A-Z0-9]\b", text))
