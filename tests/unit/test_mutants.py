"""What `make mutants` is made of: tests that exist, and a source that means the same where mutmut can change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.__main__ import changed, functions, undecorated
from tests.mutants.selection import judging

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    str(path.relative_to(ROOT)) for pattern in ("*.py", "suspects/*.py") for path in (ROOT / "chatbot").glob(pattern)
)

DECORATED = """
class Box:
    def __init__(self, side: int) -> None:
        self.side = side

    @property
    def area(self) -> int:
        return self.side * self.side

    @classmethod
    def unit(cls) -> "Box":
        return cls(1)

    @property
    def double(self) -> int:
        return self.area * 2


@lru_cache(maxsize=8)
def volume(side: int) -> int:
    return side ** 3
"""


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_judged_by_tests_that_exist(module: str) -> None:
    assert all((ROOT / test).exists() for test in judging(module))


def test_what_mutmut_would_leave_alone_is_written_so_that_it_does_not() -> None:
    source = undecorated(DECORATED)
    assert "@property" not in source
    assert "lru_cache" not in source
    found: dict[str, object] = {}
    exec(compile(source, "box", "exec"), found)
    assert eval("(Box(3).area, Box(3).double, Box.unit().area, volume(2))", found) == (9, 18, 1, 8)


def test_a_mutant_is_shown_as_the_lines_that_differ() -> None:
    known = functions(
        "def x_area__mutmut_orig(side):\n    whole = side\n    return whole * side\n\n"
        "def x_area__mutmut_1(side):\n    whole = side\n    return whole / side\n"
    )
    assert changed(known, "chatbot.box.x_area__mutmut_1") == ["- return whole * side", "+ return whole / side"]
