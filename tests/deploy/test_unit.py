"""The systemd unit: read by systemd's own tools where they are, and held against the product."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api.settings import Settings
from tests.deploy.product import ROOT, SETTINGS, settings_named

UNIT = ROOT / "deploy" / "anwen.service"

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


def values(name: str) -> list[str]:
    return re.findall(rf"(?m)^{name}=(.*)$", UNIT.read_text("utf-8"))


def analyzed(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


@needs_systemd
def test_systemd_takes_every_line_of_it(tmp_path: Path) -> None:
    # The program need not be where it is to be installed.
    text = UNIT.read_text("utf-8").replace("/opt/anwen/bin/anwen", sys.executable)
    unit = tmp_path / "anwen.service"
    unit.write_text(text, "utf-8")
    taken = analyzed("verify", "--man=no", str(unit))
    assert (taken.returncode, taken.stderr) == (0, "")
    unit.write_text(text.replace("ProtectSystem=strict", "ProtectSystem=strictly\nProtectAll=yes"), "utf-8")
    assert "ProtectAll" in analyzed("verify", "--man=no", str(unit)).stderr


@needs_systemd
def test_systemd_holds_it_for_well_shut_in() -> None:
    """Of 0 (safe) to 10; what is left is what it needs: the network, and devices such as /dev/null."""
    judged = analyzed("security", "--offline=true", "--threshold=20", "--no-pager", str(UNIT))
    assert judged.returncode == 0, judged.stdout[-200:]


def test_it_writes_nowhere_but_in_its_own_folders_as_nobody_else() -> None:
    wanted = {
        "DynamicUser": "yes",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "CapabilityBoundingSet": "",
        "StateDirectory": "anwen",
        "CacheDirectory": "anwen",
    }
    assert {name: values(name) for name in wanted} == {name: [value] for name, value in wanted.items()}
    assert not values("ReadWritePaths")
    assert values("MemoryMax")


def test_what_it_sets_are_settings_and_lead_to_its_own_folders() -> None:
    pairs = dict(pair.split("=", 1) for line in values("Environment") for pair in line.split())
    assert pairs["ANWEN_HOME"] == "%S/anwen"
    assert pairs["XDG_CACHE_HOME"] == "%C/anwen"
    assert settings_named(UNIT.read_text("utf-8")) <= SETTINGS
    # No secret and no address stands in a file that everybody may read.
    assert not {"ANWEN_ADMIN_KEY", "ANWEN_HOST", "ANWEN_LLM_KEY"} & pairs.keys()
    assert values("EnvironmentFile") == ["-/etc/anwen/anwen.env"]
    assert Settings(log=pairs["ANWEN_LOG"]).log == "json"
