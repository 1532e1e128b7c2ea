"""Feeds every entry with what a coverage-guided fuzzer comes up with: `make fuzz RUNS=100000 [ENTRY=hud]`.

usage: python -m tests.fuzz [--runs 100000] [--seed 1] [--keep DIRECTORY] [ENTRY...]
An entry is a process of its own. The first input that breaks one is written where atheris says; exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # it has no types

with atheris.instrument_imports(include=["chatbot", "msgspec", "ruamel.yaml"]):
    from tests.fuzz.entries import ENTRIES


def fuzz(name: str, *, runs: int, seed: int, keep: Path) -> int:
    """The exit code of a process that feeds one entry."""
    entry, corpus = ENTRIES[name], keep / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(entry.seeds):
        (corpus / f"seed{number}").write_bytes(one)
    pid = os.fork()
    if pid == 0:
        options = [
            f"-runs={runs}",
            f"-seed={seed}",
            f"-max_len={entry.longest}",
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-verbosity=0",
        ]
        atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={corpus}/crash-", str(corpus)], entry.feed)
        atheris.Fuzz()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz every entry")
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help=", ".join(ENTRIES))
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "trunkwatch-fuzz")
    given = parser.parse_args()
    broken = []
    for name in given.entries or ENTRIES:
        began = time.monotonic()
        code = fuzz(name, runs=given.runs, seed=given.seed, keep=given.keep)
        print(
            f"{name}: {given.runs:,} inputs, {time.monotonic() - began:.0f} s, {'ok' if code == 0 else 'BROKEN'}",
            flush=True,
        )
        broken += [name] * (code != 0)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
