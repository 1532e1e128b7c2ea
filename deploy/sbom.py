# ruff: noqa: INP001  a script, no part of a package
"""Writes what an installation consists of, as CycloneDX 1.6 JSON: every pinned requirement with its hashes.

usage: python deploy/sbom.py [requirements.txt] > sbom.json
It reads the pins and nothing else, so that it runs without a network and says what would be installed, not what is.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

TOP = Path(__file__).resolve().parents[1]
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VERSION = re.compile(r'^version = "([^"]+)"', re.MULTILINE)


def components(pins: str) -> Iterator[dict[str, Any]]:
    """A component for every pin of *pins*, the text of a requirements file with hashes."""
    for block in re.split(r"\n(?=[A-Za-z0-9])", pins):
        found = _PIN.match(block)
        if found is None:
            continue
        name, version = found[1].lower().replace("_", "-"), found[2]
        yield {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
            "hashes": [{"alg": "SHA-256", "content": one} for one in _HASH.findall(block)],
        }


def bill(pins: str, version: str) -> dict[str, Any]:
    """The whole document. The same pins give the same document."""
    found = list(components(pins))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, pins)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "trunkwatch",
                "name": "trunkwatch",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": found,
        "dependencies": [{"ref": "trunkwatch", "dependsOn": [one["bom-ref"] for one in found]}],
    }


def main() -> None:
    """Print it."""
    pins = Path(sys.argv[1] if len(sys.argv) > 1 else TOP / "requirements.txt").read_text(encoding="utf-8")
    version = _VERSION.search((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    json.dump(bill(pins, version[1] if version else "0"), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
