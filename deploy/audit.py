# ruff: noqa: INP001, T201  a script that prints, no part of a package
"""Asks a vulnerability service about every pinned requirement, and says plainly where it could not.

usage: python deploy/audit.py [requirements.txt]
Exit codes: 0 nothing is known against the pins, 1 something is, 2 bad usage, 3 nobody could be asked, so nothing is
known either way. Which service is asked is pip-audit's own choice; nothing is installed and nothing is changed.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
GOOD, FOUND, USAGE, NOT_ASKED = range(4)
_WAIT = 15  # seconds for one answer
_SHOWN = 5


def main(arguments: list[str]) -> int:
    """The exit code; what was found is printed."""
    pins = Path(arguments[0]) if arguments else TOP / "requirements.txt"
    if len(arguments) > 1 or not pins.is_file():
        print("usage: python deploy/audit.py [requirements.txt]", file=sys.stderr)
        return USAGE
    if importlib.util.find_spec("pip_audit") is None:
        print("Not audited: pip-audit is not installed. `make audit` installs it.", file=sys.stderr)
        return NOT_ASKED
    options = ["--requirement", str(pins), "--require-hashes", "--disable-pip", "--format", "json"]
    quiet = ["--progress-spinner", "off", "--timeout", str(_WAIT)]
    ran = subprocess.run(  # noqa: S603  our own interpreter, and a path
        [sys.executable, "-m", "pip_audit", *options, *quiet], capture_output=True, text=True, check=False
    )
    return report(ran.stdout, ran.stderr)


def report(output: str, complaint: str) -> int:
    """What pip-audit's *output* comes to. Without a whole answer nothing is known, whatever its exit code was."""
    try:
        asked: list[dict[str, Any]] = list(json.loads(output)["dependencies"])
    except (ValueError, KeyError, TypeError):
        last = (complaint.strip().splitlines() or ["it gave no reason"])[-1]
        print(f"Not audited: the vulnerability service could not be asked ({reason(last)}).", file=sys.stderr)
        return NOT_ASKED
    skipped = [one["name"] for one in asked if "skip_reason" in one]
    known = [(one, each) for one in asked for each in one.get("vulns", ())]
    for one, each in known:
        fixed = ", ".join(each.get("fix_versions") or ()) or "no version"
        print(f"{one['name']} {one.get('version', '?')}: {each['id']}, mended in {fixed}")
    if known:
        return FOUND
    if skipped or not asked:
        some = ", ".join(skipped[:_SHOWN]) + (" and others" if len(skipped) > _SHOWN else "")
        print(
            f"Not audited: the vulnerability service could not say anything of {len(skipped)} of {len(asked)} pins"
            f" ({some or 'there are none'}).",
            file=sys.stderr,
        )
        return NOT_ASKED
    print(f"{len(asked)} pins, nothing is known against them.")
    return GOOD


def reason(line: str) -> str:
    """The kind of trouble in a line of pip-audit's, without the addresses that it names."""
    for kind in ("timed out", "Timeout", "resolve", "refused", "SSL", "certificate", "ProxyError", "No module"):
        if kind.lower() in line.lower():
            return kind.lower()
    return "no answer"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
