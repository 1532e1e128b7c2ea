"""The tests that a line of a log says failed, spelled as the tool that ran them takes them.

One pattern a format; the group is the name. Failing tests only: what passed, was skipped or was expected
to fail is nobody's name here. Names are never looked up anywhere.
"""

from __future__ import annotations

import re
from typing import Any, Final

import re2  # type: ignore[import-untyped]  # it publishes no stubs

TESTS_LIMIT: Final = 200
"""Tests kept of one log: enough for a person, and a bound on memory."""

NAME_LIMIT: Final = 500
"""Bytes of a name."""

# pytest (short summary, also with a duration, sub-tests, retries), unittest, gtest, go, cargo, vitest and jest,
# gradle, maven, .NET, bazel, ctest, XCTest, RSpec, PyTorch's run_test.py.
PATTERNS: Final = (
    r"^(?:FAILED|ERROR|SUBFAIL(?:ED)?\S*) (?:\[[\d.]+s\] )?(\S+\.py(?:::[^\s\[]+(?:\[[^\n]*?\])?)+)(?: - |\s*$)",
    r"^FAILED CONSISTENTLY: (\S+)",
    r"^(?:FAIL|ERROR)(?: \[[\d.]+s\])?: (\w+ \([\w.]+\))",
    r"^\[  FAILED  \] ([\w/]+\.[\w/]+)",
    r"^\s*--- FAIL: (\S+) \(",
    r"^test (\S.*?) \.\.\. FAILED",
    r"^\s*FAIL +(?:\|\S+\| +)?(\S+\.[cm]?[jt]sx? > .*\S)",
    r"^\s*● (\S.* \x{203A} .*\S)\s*$",  # U+203A is what jest prints
    r"^(\S.* > \S.*) FAILED$",
    r"^\[ERROR\] (\w[\w.$]+)(?:\(.*\))? +(?:--|Time elapsed).* <<< (?:FAILURE|ERROR)!",
    r"^\s*Failed (\S.*) \[[<\d][^\]]*m?s\]$",
    r"^(@{0,2}[\w.~-]*//\S+) +(?:FAILED|TIMEOUT) in ",
    r"^\s*\d+ - (\S+) \((?:Failed|Timeout|SEGFAULT|Subprocess aborted|Exception)",
    r"^Test Case '(-?\[?[^']+\]?)' failed \(",
    r"^rspec (\./\S+:\d+)",
)

_UNITTEST: Final = re.compile(r"(\w+) \(([\w.]+)\)")


def expressions() -> tuple[Any, ...]:
    """`PATTERNS` compiled, each with the name as its first group."""
    options = re2.Options()
    options.never_nl = True
    return tuple(re2.compile(f"(?m:{pattern})".encode(), options) for pattern in PATTERNS)


def spelled(name: str) -> str:
    """*name* in one spelling: unittest's `test_x (module.Class)` becomes `module.Class::test_x`."""
    match = _UNITTEST.fullmatch(name)
    if match is None:
        return name
    test, place = match.group(1), match.group(2).removesuffix("." + match.group(1))
    return f"{place.removeprefix('__main__.')}::{test}"
