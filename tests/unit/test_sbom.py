"""The bill of materials lists every pin, with the hashes that the installation checks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def made() -> dict[str, Any]:
    told = subprocess.run([sys.executable, "deploy/sbom.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_every_pin_is_a_component_with_its_hashes() -> None:
    pins = (ROOT / "requirements.txt").read_text()
    listed = {(one["name"], one["version"]) for one in made()["components"]}
    pinned = set(re.findall(r"^([a-z0-9.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", pins, re.MULTILINE))
    assert listed == pinned
    assert sum(len(one["hashes"]) for one in made()["components"]) == pins.count("--hash=sha256:")


def test_it_is_cyclonedx_and_the_same_every_time() -> None:
    one = made()
    assert (one["bomFormat"], one["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", one["serialNumber"])
    assert {part["bom-ref"] for part in one["components"]} == set(one["dependencies"][0]["dependsOn"])
    assert one == made()
