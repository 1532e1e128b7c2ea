"""Sums of probabilities that are kept as natural logs, since a product of hundreds of them is below what a float holds.

`-inf` is the log of nothing and may be among what is added. Only arithmetic: it knows no commit and no case.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate

_LOG_2 = math.log(2)


def log_add(one: float, other: float) -> float:
    """The log of exp(*one*) + exp(*other*), as NumPy's `logaddexp` computes it."""
    if one == other:  # the infinities too, which have no difference
        return one + _LOG_2
    high, low = (one, other) if one > other else (other, one)
    return high + math.log1p(math.exp(low - high))


def log_sum(logs: Sequence[float]) -> float:
    """The log of the sum of exp of *logs*, the greatest taken off beforehand (log-sum-exp); `-inf` of none."""
    high = max(logs, default=-math.inf)
    return high if math.isinf(high) else high + math.log(sum([math.exp(one - high) for one in logs]))


def log_sums(logs: Iterable[float]) -> list[float]:
    """The running `log_sum` of *logs*: as many as they are, the last one that of all."""
    return list(accumulate(logs, log_add))


def softmax(logs: Sequence[float]) -> list[float]:
    """Probabilities proportional to exp(*logs*), which are not empty: they sum to 1, the greatest is never lost."""
    high = max(logs)
    raised = [math.exp(one - high) for one in logs]
    total = sum(raised)
    return [one / total for one in raised]
