"""Other thresholds tried on the same recording: a grid out of what was typed, and what each of its settings came to.

Pure. A swept condition takes the place of the watch's streak or probability; its conditions on time stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product
from math import isfinite, prod
from statistics import median

from msgspec import Struct
from pydantic import ValidationError

from chatbot.config import WatchConfig, When
from chatbot.errors import ConfigError
from chatbot.trial import Quality, Trial

MOST = 60
"""Settings of a grid: each costs about as much as another backtest."""

_WHOLE = ("consecutive_commits", "failing_jobs")
_SHARES = ("broken_probability",)
_INSTEAD = ("consecutive_commits", "broken_probability")
_FORM = "Write --sweep consecutive_commits=2..5, failing_jobs=1..3 or broken_probability=0.8,0.9,0.95."
_RANGE = re.compile(r"(\d{1,6})\s*\.\.\s*(\d{1,6})")


class Setting(Struct, frozen=True):
    """Thresholds by their names in the configuration."""

    thresholds: dict[str, float]

    def applied(self, watch: WatchConfig) -> WatchConfig:
        """*watch* with these thresholds instead of its own."""
        conditions = watch.when.model_dump(exclude_none=True)
        if any(name in self.thresholds for name in _INSTEAD):
            conditions = {name: value for name, value in conditions.items() if name not in _INSTEAD}
        return watch.model_copy(update={"when": When.model_validate(conditions | self.thresholds)})


class Figures(Struct, frozen=True):
    """What a setting (`None`: the rules as configured) came to.

    `commits_to_alert` is the median of the commits from the first failing one until the alert opened, both
    counted. `flakes` is the share of alerts over nothing: see `Quality`.
    """

    sweep: dict[str, float] | None
    alerts: int
    reopened: int
    commits_to_alert: float | None
    flakes: float | None


def said(thresholds: dict[str, float]) -> str:
    """`consecutive_commits 3, failing_jobs 1`."""
    return ", ".join(f"{name} {value:g}" for name, value in thresholds.items())


def grid(expressions: Iterable[str]) -> list[Setting]:
    """Every combination of what *expressions* name: `consecutive_commits=2..5`, `broken_probability=0.8,0.9`.

    Raises:
        ConfigError: one is not of that form, or the combinations are too many; the text says what to write.
    """
    axes = [_axis(expression) for expression in expressions]
    names = [name for name, _ in axes]
    if len(set(names)) < len(names):
        raise ConfigError(f"--sweep names {max(names, key=names.count)} twice: give all its values at once. {_FORM}")
    if set(_INSTEAD) <= set(names):
        raise ConfigError("--sweep: consecutive_commits and broken_probability replace each other; sweep one at a time")
    count = prod(len(values) for _, values in axes)
    if count > MOST:
        raise ConfigError(f"--sweep asks for {count} combinations, more than {MOST}: give fewer values")
    return [Setting(dict(zip(names, values, strict=True))) for values in product(*(v for _, v in axes))] if axes else []


def _axis(expression: str) -> tuple[str, list[float]]:
    name, equals, values = (part.strip() for part in expression.partition("="))
    if not equals or name not in (*_WHOLE, *_SHARES):
        raise ConfigError(f"--sweep {expression[:80]!r}: is not a threshold that can be swept. {_FORM}")
    found = list(dict.fromkeys(_whole(value) if name in _WHOLE else value for value in _values(expression, values)))
    for value in found:
        try:
            When.model_validate({name: value})
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ConfigError(f"--sweep {expression[:80]!r}: {name} {value:g}: {reason}") from error
    return name, found


def _whole(value: float) -> float:
    """*value* as a whole number, where it is one: JSON tells them apart."""
    return int(value) if isfinite(value) and value == int(value) else value


def _values(expression: str, values: str) -> list[float]:
    spanned = _RANGE.fullmatch(values)
    if spanned:
        first, last = int(spanned[1]), int(spanned[2])
        if not first <= last < first + MOST:
            raise ConfigError(f"--sweep {expression[:80]!r}: a range goes upwards, over at most {MOST} values")
        return [float(value) for value in range(first, last + 1)]
    try:
        return [float(value) for value in values.split(",")]
    except ValueError as error:
        raise ConfigError(f"--sweep {expression[:80]!r}: {values[:40]!r} are no values. {_FORM}") from error


def figures(setting: Setting | None, trials: Sequence[Trial]) -> Figures:
    """What *trials* of one setting came to, all trunks and watches together."""
    qualities: list[Quality] = [quality for trial in trials for quality in trial.quality.values()]
    waited = [quality.commits for quality in qualities if quality.commits is not None]
    return Figures(
        sweep=setting.thresholds if setting else None,
        alerts=len(qualities),
        reopened=sum(fired.reopened for trial in trials for fired in trial.fired.values()),
        commits_to_alert=float(median(waited)) if waited else None,
        flakes=round(sum(q.flake for q in qualities) / len(qualities), 4) if qualities else None,
    )
