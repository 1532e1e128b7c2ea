"""The audit of the pins says what is known, and where nobody could be asked that nothing is; it never pretends."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "audit.py"
SOUND = {"name": "attrs", "version": "1.0", "vulns": []}
BROKEN = {"name": "yarl", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1"]}]}
SKIPPED = {"name": "idna", "skip_reason": "not found"}


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        ([SOUND], 0, "1 pins, nothing is known against them"),
        ([SOUND, BROKEN], 1, "yarl 1.0: CVE-1, mended in 1.1"),
        ([SKIPPED, BROKEN], 1, "CVE-1"),
        ([SOUND, SKIPPED], 3, "Not audited: .* could not say anything of 1 of 2 pins .idna."),
        ([], 3, "Not audited"),
    ],
)
def test_what_is_known_is_said(
    audit: ModuleType, capsys: pytest.CaptureFixture[str], asked: list[dict[str, Any]], code: int, says: str
) -> None:
    assert audit.report(json.dumps({"dependencies": asked}), "") == code
    out, err = capsys.readouterr()
    assert re.search(says, out + err)


@pytest.mark.parametrize("complaint", ["", "ConnectionError: https://vulnerable.example/x timed out", "\n\n"])
@pytest.mark.parametrize("output", ["", "{}", "[]", "null", '{"dependencies": null}', "half a docu"])
def test_half_an_answer_is_none(
    audit: ModuleType, capsys: pytest.CaptureFixture[str], output: str, complaint: str
) -> None:
    assert audit.report(output, complaint) == 3
    _, err = capsys.readouterr()
    assert err.startswith("Not audited: ")
    assert "example" not in err


def test_wrong_usage_says_so() -> None:
    told = subprocess.run([sys.executable, SCRIPT, "nowhere.txt"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (2, "usage: python deploy/audit.py [requirements.txt]\n")
