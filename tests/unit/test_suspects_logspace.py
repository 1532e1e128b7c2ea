"""Sums of logs, beside NumPy's and beside the sums of what they are the logs of."""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.suspects.logspace import log_add, log_sum, log_sums, softmax

NOTHING = -math.inf
FINITE = st.floats(-1e4, 1e4)
LOGS = FINITE | st.just(NOTHING)


def nearly(value: object) -> object:
    return pytest.approx(value, rel=1e-12, abs=1e-12)


@given(LOGS, LOGS)
def test_two_logs_are_added_as_numpy_does(one: float, other: float) -> None:
    assert log_add(one, other) == nearly(float(np.logaddexp(one, other)))


@given(st.lists(LOGS, min_size=1))
def test_many_logs_are_added_as_numpy_does_at_once_and_one_after_the_other(logs: list[float]) -> None:
    assert log_sum(logs) == nearly(float(np.logaddexp.reduce(logs)))
    assert log_sums(logs) == nearly(np.logaddexp.accumulate(logs).tolist())


def test_nothing_is_added_where_there_is_nothing() -> None:
    assert log_sum([]) == NOTHING
    assert log_sums([]) == []
    assert log_sum([NOTHING, NOTHING]) == log_add(NOTHING, NOTHING) == NOTHING
    assert log_add(NOTHING, -3.0) == log_add(-3.0, NOTHING) == log_sum([NOTHING, -3.0]) == -3.0
    assert log_add(math.inf, math.inf) == log_sum([math.inf, 0.0]) == math.inf


@given(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=20))
def test_the_log_of_a_sum_is_that_of_the_probabilities_themselves(chances: list[float]) -> None:
    logs = list(map(math.log, chances))
    assert log_sum(logs) == nearly(math.log(math.fsum(chances)))
    assert log_sums(logs) == nearly([math.log(one) for one in accumulate(chances)])
    assert softmax(logs) == nearly([one / math.fsum(chances) for one in chances])


def test_what_no_float_holds_is_still_compared() -> None:
    assert log_sum([-5000.0, -5000.0]) == pytest.approx(-5000 + math.log(2))
    assert softmax([-5000.0, -5000.0 + math.log(3)]) == pytest.approx([0.25, 0.75])
    assert softmax([5000.0, 5000.0, NOTHING]) == [0.5, 0.5, 0.0]
    assert softmax([0.0, -1000.0]) == [1.0, 0.0]


@given(st.lists(FINITE, min_size=1, max_size=20))
def test_probabilities_sum_to_one_and_keep_the_order(logs: list[float]) -> None:
    chances = softmax(logs)
    assert math.fsum(chances) == pytest.approx(1.0)
    assert sorted(range(len(logs)), key=logs.__getitem__) == sorted(
        range(len(logs)), key=lambda index: (chances[index], logs[index])
    )
