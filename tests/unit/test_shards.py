"""Shard numbers, and nothing else, go out of a job's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ConfigError
from chatbot.shards import ALL_SHARDS, Shards

MERGED = {
    "test (1, 4)": "test",
    "test (3, 5)": "test",
    "test (0, 4)": "test",
    "foo (1,2)": "foo",
    "test (1, 4) (gpu)": "test (gpu)",
    "test (3.10, 1, 4)": "test (3.10)",
    "test (ubuntu-latest, 18, 1, 4)": "test (ubuntu-latest, 18)",
    "test (18, 1, 4)": "test (18)",
    "test (3.10, ubuntu-22.04, 2, 4)": "test (3.10, ubuntu-22.04)",
    "linux / test (inductor, 1, 5, linux.g5.4xlarge.gpu)": "linux / test (inductor, linux.g5.4xlarge.gpu)",
    "test (default, 1, 1, linux.2xlarge, unstable)": "test (default, linux.2xlarge, unstable)",
    "test (default, 1, 3, linux.2xlarge) [2/4]": "test (default, linux.2xlarge)",
    "test (a, 1, 2, b, 3, 4)": "test (a, b)",
    "foo (a,1,2,b)": "foo (a,b)",
    "test (default, 7, 1000, gpu)": "test (default, gpu)",
    "test (default, 1000, 1000, gpu)": "test (default, gpu)",
    "RSpec [1000/1000]": "RSpec",
    "test shard 1000 of 1000": "test",
    "test (shard 1000)": "test",
    "test [2/4]": "test",
    "test (2/4)": "test",
    "test 2/4": "test",
    "test 2/4 linux": "test linux",
    "[1/2] test": "test",
    "test / [2/4]": "test",
    "test [2/4] / linux": "test / linux",
    "e2e (chromium, 1/4)": "e2e (chromium)",
    "e2e: 1/4": "e2e",
    "run --shard=1/4": "run",
    "test shard 2 of 4": "test",
    "test (shard 2 of 4)": "test",
    "test (linux, shard 2 of 4)": "test (linux)",
    "test (shard 2 of 4, linux)": "test (linux)",
    "build / test (shard 3)": "build / test",
    "Test (Shard #3)": "Test",
    "test shard-3": "test",
    "test_shard_3_linux": "test_linux",
    "test-shard-3-of-5-gpu": "test-gpu",
    "tests-2-of-4": "tests",
    "tests-2-of-4-linux": "tests-linux",
    "tests 2-of-4": "tests",
    "tests_2of4": "tests",
    "tests / part 1 out of 3": "tests / part",
    "linux / shard 1 / gpu": "linux / gpu",
    "2-of-4": ALL_SHARDS,
    "shard 2 of 4": ALL_SHARDS,
    "(2/4)": ALL_SHARDS,
}

UNTOUCHED = [
    "",
    "lintrunner",
    "linux-jammy-cuda12.8-py3.10-gcc9-sm86 / build",
    "test (3.10, ubuntu-22.04)",
    "test (py3.10, cuda12.8)",
    "test (a, 1, x)",
    "test (3)",
    "build (18)",
    "test (1, 4, 18)",
    "test (5, 4)",
    "test (2204, 2404)",
    "test (default, linux.2xlarge)",
    "wheel-py3_10-cuda12_8-test",
    "release 2026/12",
    "release 12/2026",
    "test (8, 1024)",
    "test (3, 1804)",
    "nightly 2026-01-02",
    "double  space ()",
    "sharded tests",
    "of 4",
    "py3.9/py3.10",
    "upload 4/2",
]


@pytest.mark.parametrize(("name", "merged"), MERGED.items())
def test_shard_numbers_are_taken_out(name: str, merged: str) -> None:
    assert Shards().merge(name) == merged


@pytest.mark.parametrize("name", UNTOUCHED)
def test_everything_else_stays(name: str) -> None:
    assert Shards().merge(name) == name


def test_every_shard_of_a_job_gets_the_same_name() -> None:
    shards = Shards()
    for spelling in (
        "test (gpu, {}, 12, runner)",
        "test [{}/12]",
        "test shard {} of 12",
        "test-{}-of-12",
        "t (18, {}, 12)",
    ):
        assert len({shards.merge(spelling.format(index)) for index in range(1, 13)}) == 1


def test_configured_patterns_come_first_and_keep_head_and_tail() -> None:
    shards = Shards([r"(?P<head>.*), \d+, \d+(?P<tail>.*)", r"-part\d+"])
    assert shards.merge("linux / test (inductor, 7, 5, linux.g5)") == "linux / test (inductor, linux.g5)"
    assert shards.merge("wheels-part17 [2/4]") == "wheels"


def test_a_pattern_that_takes_nothing_out_ends() -> None:
    assert Shards([r"(?P<tail>(?P<head>a)b)", r"x*"]).merge("ab [1/2]") == "ab"


def test_a_pattern_that_re2_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigError, match="look-around"):
        Shards([r"test(?=x)"])


PIECES = st.lists(
    st.sampled_from(
        ["test", "(", ")", "[", "]", ", ", " ", "/", "-", "1", "2", "4", "18", "3.10", "of", "shard", "_", ": ", "gpu"]
    )
)


@given(st.one_of(st.text(), PIECES.map("".join)))
def test_merging_twice_is_merging_once(name: str) -> None:
    shards = Shards()
    assert shards.merge(shards.merge(name)) == shards.merge(name)


@given(PIECES.map("".join))
def test_words_and_versions_survive(name: str) -> None:
    merged = Shards().merge(name)
    for word in ("test", "gpu", "3.10"):
        assert merged.count(word) == name.count(word)
