"""What makes a job a broken one: each condition says why a job meets it, and what its rule is in words.

Pure. What conditions measure along trunk is measured in `chatbot.signals`; how many broken jobs breach a watch is
`chatbot.watch`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from msgspec import Struct

from chatbot import signals
from chatbot.ci import Job
from chatbot.config import FailureRate, When
from chatbot.durations import said
from chatbot.trunk import Trunk

T = TypeVar("T")


class Condition(Struct, Generic[T], frozen=True):
    """One way for a job to be broken, beyond a threshold that the watch gives."""

    met: Callable[[T, Trunk, Job, datetime], str | None]
    """Why the job meets it at that time, or `None`."""
    rule: Callable[[T], str]
    """What a job has to have done to meet it."""
    timed: bool = False
    """Whether the passing of time alone can make a job meet it: then every job is looked at with every poll."""


def given(when: When) -> Iterator[tuple[Condition[Any], Any]]:
    """The conditions that a watch has, each with its threshold."""
    for name, condition in CONDITIONS.items():
        threshold = getattr(when, name)
        if threshold is not None:
            yield condition, threshold


def rule(when: When) -> str:
    """The conditions that a watch has, in words."""
    return " or ".join(condition.rule(threshold) for condition, threshold in given(when))


def in_a_row(streak: int) -> str:
    """What a job did whose newest *streak* outcomes are failures."""
    return f"failed on {streak} commits in a row" if streak > 1 else "failed on its newest commit"


def _streak(commits: int, trunk: Trunk, job: Job, _now: datetime) -> str | None:
    column = trunk.jobs.get(job)
    count = 0 if column is None else signals.streak(trunk, column)
    return in_a_row(count) if count >= commits else None


def _streak_rule(commits: int) -> str:
    return f"failed on {commits} commit{'s' if commits > 1 else ''} in a row"


def _probability(over: float, trunk: Trunk, job: Job, _now: datetime) -> str | None:
    column = trunk.jobs.get(job)
    if column is None or not signals.streak(trunk, column):
        return None
    probability = signals.broken_probability(trunk, job)
    return f"broken with a probability of {probability:.0%}" if probability > over else None


def _probability_rule(over: float) -> str:
    return f"broken with a probability over {over:.0%}"


def _rate(rate: FailureRate, trunk: Trunk, job: Job, _now: datetime) -> str | None:
    share = signals.share_failing(trunk, job, over=rate.over)
    if share is None or share < rate.at_least:
        return None
    return f"failed on {share:.0%} of the last {rate.over} commits"


def _rate_rule(rate: FailureRate) -> str:
    return f"failed on {rate.at_least:.0%} of the last {rate.over} commits"


def _no_green(span: timedelta, trunk: Trunk, job: Job, now: datetime) -> str | None:
    tried = signals.tried_since_success(trunk, job)
    if tried is None:
        return None
    # Counted from the first try after the last success: a quiet weekend is no breakage.
    since = max(tried, signals.last_success(trunk, job) or tried)
    return f"not green for {said(now - since)}" if now - since >= span else None


def _no_green_rule(span: timedelta) -> str:
    return f"not green for {said(span)}"


def _queued(span: timedelta, trunk: Trunk, job: Job, now: datetime) -> str | None:
    since = signals.queued_since(trunk, job)
    return f"queued for {said(now - since)}" if since is not None and now - since >= span else None


def _queued_rule(span: timedelta) -> str:
    return f"queued for {said(span)}"


CONDITIONS: Mapping[str, Condition[Any]] = {
    "consecutive_commits": Condition(_streak, _streak_rule),
    "broken_probability": Condition(_probability, _probability_rule),
    "failure_rate": Condition(_rate, _rate_rule),
    "no_green_for": Condition(_no_green, _no_green_rule, timed=True),
    "queued_for": Condition(_queued, _queued_rule, timed=True),
}
"""By their fields in `When`, in the order in which they are tried: the first that a job meets is its reason."""
