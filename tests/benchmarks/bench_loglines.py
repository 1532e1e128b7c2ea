"""How right and how fast the log-line classifier is, beside the ways people usually do it.

Right: real logs with the line that PyTorch's own classifier points at, where the shared data is present (the
environment variable TRUNKWATCH_DATA_SHARED, or ../shared/data beside the repository). Fast: made-up logs of the
usual kinds, fed in pieces of 1 MiB, on one core. Run: `python -m tests.benchmarks.bench_loglines [MEGABYTES]`.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from chatbot.loglines import Classifier, classify, shipped_rules
from chatbot.loglines.clean import clean

CHUNK = 1 << 20
STAMP = b"2026-03-01T10:20:%02d.%07dZ "
KINDS: dict[str, tuple[bytes, ...]] = {
    "passing tests": (b"test_ops.py::TestOps::test_error_inputs_add_cuda_float32 PASSED [0.0901s] [ 89%]",),
    "a build": (b"[1266/3874] Building CXX object c10/cuda/CMakeFiles/c10_cuda.dir/CUDAException.cpp.o",),
    "colours": (b"\x1b[32mPASSED\x1b[0m tests/test_cart.py::\x1b[1mtest_total\x1b[0m",),
    "many failures": (
        b"FAILED tests/test_cart.py::TestCart::test_total - AssertionError: assert 11 == 12",
        b"src/cart.cpp:12:5: error: 'totl' was not declared in this scope",
        b"RuntimeError: the ledger is not open",
    ),
    "mixed": (
        *(
            b"Requirement already satisfied: numpy in ./lib/python3.11/site-packages (1.26.0)",
            b"+ python -m pip install --no-cache-dir -r requirements.txt",
            b"##[group]Run actions/checkout@v4",
            b"E0730 10:12:17.911 site-packages/common.py:1133] Could not retrieve traceback",
            b'  File "/srv/shop/cart.py", line 12, in total',
            b"",
        )
        * 20,
        b"warning: retrying after connection reset by peer",
    ),
    "retries only": (b"warning: retrying after connection reset by peer",),
}
ERROR_LIKE = re.compile(r"(?i)\b(?:error|failed|failure|fatal|exception)\b")


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    classify(b"")
    memory(megabytes)
    speed()
    accuracy()


def memory(megabytes: int) -> None:
    """Streams one long log and prints by how much the process grew."""
    before = resident()
    piece = made(KINDS["mixed"], CHUNK)
    classifier = Classifier()
    began = time.process_time()
    for _ in range(megabytes):
        classifier.feed(piece)
    found = classifier.finish()
    took = time.process_time() - began
    print(f"a log of {megabytes} MiB: {megabytes * CHUNK / took / 1e6:.0f} MB/s, line {found.line_number}")
    print(f"peak resident memory: {before} MiB before, {resident()} MiB after")


def speed() -> None:
    """Megabytes a second, ours and line by line with Python's `re`."""
    naive = [re.compile(rule.pattern) for rule in shipped_rules().ordered if not python_differs(rule.pattern)]
    print(f"\n{'MB/s':16}{'ours':>8}{'re, a line, a rule':>20}")
    for kind, lines in KINDS.items():
        data = made(lines, 32 * CHUNK)
        part = data[:200_000]
        ours = rate(partial(ours_in_pieces, data), len(data))
        theirs = rate(partial(by_line, part, naive), len(part))
        print(f"{kind:16}{ours:8.0f}{theirs:20.2f}")


def python_differs(pattern: str) -> bool:
    """Python's `re` knows a flag only at the beginning."""
    return "(?i" in pattern[1:]


def by_line(data: bytes, rules: list[re.Pattern[str]]) -> int | None:
    """What the same rules answer when every line is held against every rule."""
    best, number = len(rules), None
    for count, line in enumerate(clean(data).decode().split("\n"), 1):
        for rank, rule in enumerate(rules[: best + 1]):
            if rule.search(line):
                best, number = rank, count
                break
    return number


def accuracy() -> None:
    """Exact line, and within three lines, on the logs whose line is known."""
    folder = shared() / "loglines"
    if not (folder / "expected.jsonl").exists():
        print(f"\naccuracy: skipped, {folder} is not there")
        return
    cases = [json.loads(line) for line in (folder / "expected.jsonl").read_text().splitlines()]
    ways: dict[str, Callable[[bytes], int | None]] = {
        "ours": lambda data: classify(data).line_number,
        "last error-like line": lambda data: last(data, lambda line: ERROR_LIKE.search(line) is not None),
        "first ##[error]": lambda data: first(data, lambda line: "##[error]" in line),
        "last ##[error]": lambda data: last(data, lambda line: "##[error]" in line),
    }
    print(f"\n{len(cases)} real logs{'':15}exact  within 3")
    for name, way in ways.items():
        off = [distance(way(gzip.decompress((folder / case["file"]).read_bytes())), case) for case in cases]
        exact, near = (sum(value <= most for value in off) / len(off) for most in (0, 3))
        print(f"{name:26}{exact:5.0%}{near:10.0%}")


def distance(number: int | None, case: dict[str, Any]) -> float:
    return float("inf") if number is None else abs(number - case["line_number"])


def last(data: bytes, wanted: Callable[[str], bool]) -> int | None:
    return max(numbers(data, wanted), default=None)


def first(data: bytes, wanted: Callable[[str], bool]) -> int | None:
    return min(numbers(data, wanted), default=None)


def numbers(data: bytes, wanted: Callable[[str], bool]) -> Iterator[int]:
    lines = data.decode("utf-8", "replace").split("\n")
    return (number for number, line in enumerate(lines, 1) if wanted(line))


def made(lines: tuple[bytes, ...], size: int) -> bytes:
    """About *size* bytes of *lines* in turn, each with a timestamp."""
    count = size // (sum(map(len, lines)) // len(lines) + 30)
    return b"".join(STAMP % (i % 60, i * 7_919 % 10**7) + lines[i % len(lines)] + b"\n" for i in range(count))


def ours_in_pieces(data: bytes) -> object:
    return classify(pieces(data))


def pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))


def rate(work: Callable[[], object], size: int) -> float:
    began = time.process_time()
    work()
    return size / (time.process_time() - began) / 1e6


def resident() -> int:
    """Peak of the resident memory in MiB; Linux counts in KiB, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def shared() -> Path:
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    return Path(os.environ.get("TRUNKWATCH_DATA_SHARED", beside))


if __name__ == "__main__":
    main()
