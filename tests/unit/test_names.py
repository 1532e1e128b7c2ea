"""Names as people type them at night."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import names

WATCHES = ("inductor", "inductor-perf", "linux-cpu", "lint", "trunk-badly-broken")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("inductor", "inductor"),
        ("INDUCTOR", "inductor"),
        ("inductor-p", "inductor-perf"),
        ("trunk", "trunk-badly-broken"),
        ("linux_cpu", "linux-cpu"),
        ("lnit", "lint"),
        ("inductr", "inductor"),
        ("`lint`", "lint"),
        ("#lint,", "lint"),
        ("lin", None),  # two begin like that
        ("", None),
        ("***", None),
        ("macos", None),
    ],
)
def test_a_name_is_found_when_only_one_can_be_meant(typed: str, meant: str | None) -> None:
    assert names.find(typed, WATCHES) == meant


def test_what_two_names_begin_with_suggests_both() -> None:
    assert set(names.nearest("lin", WATCHES)) >= {"lint", "linux-cpu"}


def test_nothing_near_suggests_nothing() -> None:
    assert names.nearest("zzzzzzzzzz", WATCHES) == []


@given(st.sampled_from(WATCHES), st.sampled_from(["{}", " {} ", "`{}`", "#{}", "{}.", "<{}>"]))
def test_marks_around_a_name_and_its_case_do_not_matter(name: str, marks: str) -> None:
    assert names.find(marks.format(name.upper()), WATCHES) == name


@given(st.text(max_size=200))
def test_any_text_finds_a_name_that_exists_or_none(typed: str) -> None:
    assert names.find(typed, WATCHES) in {*WATCHES, None}
    assert set(names.nearest(typed, WATCHES)) <= set(WATCHES)
