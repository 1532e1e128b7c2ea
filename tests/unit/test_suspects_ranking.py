"""Who is named, who is likely, what is to be run again: read off probabilities alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import pytest

from chatbot.suspects import Case, Evidence, Ranking
from chatbot.suspects.features import Rows, Said
from chatbot.suspects.ranking import ranked
from chatbot.suspects.weights import NAMES, Row
from tests.suspected import row

WEIGHTS = tuple(2 * index / (len(NAMES) - 1) - 1 for index in range(len(NAMES)))


def ranking(
    chance: Sequence[float],
    *,
    none: tuple[float, float] = (0.0, 0.0),
    tested: str = "",
    rows: Rows | None = None,
    weights: Row = WEIGHTS,
    **fields: object,
) -> Ranking:
    """The ranking of commits a, b, c ... with these probabilities; *tested* are those with an attempt."""
    outcomes = tuple(Evidence(sha, "j", failed=True) for sha in tested)
    case = Case(commits=row(len(chance)), outcomes=outcomes, **fields)  # type: ignore[arg-type]  # fields by name
    counted = tuple(tuple(float(at * len(NAMES) + column) for column in range(len(NAMES))) for at in range(len(chance)))
    rows = counted if rows is None else rows
    return ranked(case, case.commits, chance, none=none, rows=rows, weights=weights, said=Said(case))


def test_suspects_come_most_likely_first_and_equals_in_trunk_order() -> None:
    found = ranking([0.2, 0.4, 0.2, 0.1], none=(0.06, 0.04))
    assert [(one.sha, one.probability) for one in found.suspects] == [("b", 0.4), ("a", 0.2), ("c", 0.2), ("d", 0.1)]
    assert found.not_a_commit == pytest.approx(0.1)


def explained(chance: Sequence[float]) -> str:
    """Who gets reasons, where there are some to give for everybody: every other commit is one's own two columns."""
    own = zip(chance, cycle(("watched paths", "author broke before")), strict=False)
    rows = tuple(tuple(float(column == name) for column in NAMES) for _, name in own)
    weights = (1.0,) * len(NAMES)
    return "".join(one.sha for one in ranking(chance, rows=rows, weights=weights).suspects if one.reasons)


def test_only_the_first_five_get_reasons_and_nobody_below_a_hundredth() -> None:
    assert explained([0.3, 0.2, 0.2, 0.1, 0.1, 0.09, 0.01]) == "abcde"
    assert explained([0.95, 0.03, 0.01, 0.009, 0.001]) == "abc"


@pytest.mark.parametrize(
    ("chance", "none", "named"),
    [
        ([0.3, 0.2, 0.2], (0.15, 0.15), "a"),
        ([0.29, 0.28, 0.28], (0.1, 0.05), None),
        ([0.45, 0.05], (0.3, 0.2), None),
        ([0.5], (0.25, 0.25), "a"),
        ([], (0.5, 0.5), None),
    ],
)
def test_whoever_is_likelier_than_no_commit_and_than_three_in_ten_is_named(
    chance: list[float], none: tuple[float, float], named: str | None
) -> None:
    first = ranking(chance, none=none).named
    assert (first.sha if first else None) == named


@pytest.mark.parametrize(
    ("chance", "likely"),
    [([0.5, 0.25, 0.15, 0.1], "abc"), ([0.36, 0.04], "a"), ([0.9, 0.05, 0.05], "a"), ([0.25] * 4, "abcd")],
)
def test_the_likely_are_as_few_as_hold_nine_tenths_of_what_all_commits_hold(chance: list[float], likely: str) -> None:
    assert "".join(ranking(chance).likely_set) == likely


@pytest.mark.parametrize(
    ("chance", "tested", "bounds", "rerun"),
    [
        ([0.1, 0.1, 0.7, 0.1], "cd", {}, "b"),
        ([0.1, 0.3, 0.3, 0.2, 0.1], "ab", {}, "c"),
        ([0.7, 0.1, 0.1, 0.1], "a", {}, "b"),
        ([0.1, 0.1, 0.1, 0.7], "ac", {}, "d"),
        ([0.05, 0.05, 0.2, 0.7], "cd", {}, "b"),
        ([0.25, 0.25, 0.25, 0.25], "", {}, "b"),
        ([0.2, 0.1, 0.7], "", {"last_green": "b", "first_failing": "c"}, "a"),
        ([0.5, 0.5], "ab", {}, None),
        ([0.0, 0.0, 0.0], "", {}, "c"),
    ],
)
def test_what_is_run_again_is_the_favourites_parent_or_the_middle_of_the_probability(
    chance: list[float], tested: str, bounds: dict[str, Any], rerun: str | None
) -> None:
    assert ranking(chance, tested=tested, **bounds).next_rerun == rerun


def test_what_counted_for_a_suspect_is_told_by_name_the_weightiest_first_and_nothing_that_did_not() -> None:
    found = ranking([0.5, 0.5])
    factors = found.why("b")
    weights = dict(zip(NAMES, WEIGHTS, strict=True))
    assert {one.feature for one in factors} == {name for name, weight in weights.items() if weight}
    assert all(one.weight == weights[one.feature] for one in factors)
    assert all(one.value == len(NAMES) + NAMES.index(one.feature) for one in factors)
    assert all(one.contribution == pytest.approx(one.value * one.weight) for one in factors)
    sizes = [abs(one.contribution) for one in factors]
    assert sizes == sorted(sizes, reverse=True)
    assert found.why("z") == []
