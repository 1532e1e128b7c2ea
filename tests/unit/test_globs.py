"""Patterns of names and of paths."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ConfigError
from chatbot.globs import Globs, PathGlobs


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*", ""),
        ("*", "anything / at all"),
        ("inductor*", "Inductor-Periodic"),
        ("*unstable*", "test (default, linux, UNSTABLE)"),
        ("linux-?", "linux-a"),
        ("linux-[ab]", "linux-B"),
        ("linux-[!ab]", "linux-c"),
        ("test (a, *)", "test (a, b)"),
        ("[x", "[x"),
        ("[]]", "]"),
        ("a.b", "a.b"),
        ("*", "two\nlines"),
        ("re:^linux-(jammy|focal)", "linux-jammy / test"),
        ("re:CUDA", "linux-cuda12"),
        ("re:(?-i)cuda", "linux-cuda12"),
    ],
)
def test_a_pattern_matches(pattern: str, text: str) -> None:
    assert Globs([pattern]).matches(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("inductor", "inductor-periodic"),
        ("linux-?", "linux-"),
        ("linux-[ab]", "linux-c"),
        ("linux-[!ab]", "linux-A"),
        ("a.b", "axb"),
        ("re:^test", "linux / test"),
        ("re:(?-i)CUDA", "linux-cuda12"),
        ("re:a|b", "c"),
    ],
)
def test_a_pattern_does_not_match(pattern: str, text: str) -> None:
    assert not Globs([pattern]).matches(text)


def test_one_of_several_patterns_is_enough() -> None:
    globs = Globs(["inductor*", "re:^trunk$", r"re:(?P<a>x)", r"re:(?P<a>y)"])
    assert [globs.matches(text) for text in ("inductor", "TRUNK", "x", "y", "pull")] == [True, True, True, True, False]


def test_no_patterns_match_nothing() -> None:
    assert not Globs([]).matches("")


@pytest.mark.parametrize("pattern", ["", " ", "re:", "re:(", "re:(?<=a)b", "re:a{2000}", "[z-a]", "re:" + "a" * 2000])
def test_a_pattern_that_cannot_be_meant_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError):
        Globs(["fine", pattern])


SIMPLE = st.text("abAB*?[]!-./é\\^ ", min_size=1).filter(str.strip)


@given(SIMPLE.filter(lambda pattern: "[" not in pattern), st.text("abAB-./é\\^ "))
def test_globs_mean_what_fnmatch_means(pattern: str, text: str) -> None:
    assert Globs([pattern]).matches(text) == fnmatch.fnmatchcase(text.lower(), pattern.lower())


@given(SIMPLE)
def test_any_glob_compiles_or_says_why(pattern: str) -> None:
    try:
        Globs([pattern]).matches(pattern)
    except ConfigError as error:
        assert "set of characters" in str(error)  # noqa: PT017  refusing is allowed, only an unclear reason is not


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("torch/_inductor/**", "torch/_inductor/codegen/cpp.py", True),
        ("torch/_inductor/", "torch/_inductor/codegen/cpp.py", True),
        ("torch/_inductor/**", "test/torch/_inductor/a.py", False),
        ("torch/*.py", "torch/nn.py", True),
        ("torch/*.py", "torch/nn/modules.py", False),
        ("torch/**/*.py", "torch/nn.py", True),
        ("torch/**/*.py", "torch/a/b/c.py", True),
        ("**/scheduler.py", "scheduler.py", True),
        ("**/scheduler.py", "torch/scheduler.py", True),
        ("*.cpp", "aten/src/a.cpp", True),
        ("*.cpp", "aten/src/a.cpp.in", False),
        ("./torch/**", "torch/a", True),
        ("Torch/**", "torch/A", True),
        ("**", "a/b", True),
        ("torch/?.py", "torch//.py", False),
        ("re:_inductor", "torch/_inductor/a.py", True),
    ],
)
def test_paths(pattern: str, path: str, matches: bool) -> None:
    assert PathGlobs([pattern]).matches(path) is matches
