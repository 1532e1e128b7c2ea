"""The model's numbers: the defaults that ship, fitted on other people's breakages, and what a trunk adds to them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from operator import add, mul

import msgspec
from msgspec import Struct

from chatbot.suspects import features, lessons
from chatbot.suspects.features import Rows
from chatbot.suspects.logspace import softmax

NAMES = (*features.NAMES, *lessons.LEARNED)
"""All columns: what can be seen, then what was learned."""

LEAST_SCALE = 0.15
"""Of a column, when it is taught: one that the shipped data hardly knew must not jump at its first sight."""

HELD = "confirmed before"
"""A column that is not taught: the first time a culprit is confirmed, only others can have been confirmed before."""

NOTHING = 1e-9
STEP = 0.8
"""How far one confirmed culprit moves the weights, of the full Newton step of the diagonal."""

Row = tuple[float, ...]
"""A number for each of `NAMES`."""


class Defaults(Struct, frozen=True):
    """The file `weights.json`, written by `tests/benchmarks/fit_suspects.py`.

    `weights` and `scales` (the spread of a column within windows) are by name; `stiffness` is how many confirmed
    culprits' worth of evidence a default is. `none` is the prior of "no commit", `outage_share` the part of it that
    is infrastructure; `doubt` is the share of the prior that all candidates get alike, whatever they look like.
    """

    version: int
    weights: dict[str, float]
    scales: dict[str, float]
    stiffness: float
    none: float
    outage_share: float
    doubt: float

    def row(self) -> Row:
        """The weights in the order of `NAMES`; 0 for a column that the file does not know."""
        return _row(self.weights)

    def scale(self) -> Row:
        """The scales in the order of `NAMES`."""
        return _row(self.scales, 1.0)


def shipped() -> Defaults:
    """The defaults of this version, from the package's own data."""
    return msgspec.json.decode(files(__package__).joinpath("weights.json").read_bytes(), type=Defaults)


class Adjustment(Struct, frozen=True):
    """What a trunk's own culprits changed: added weight, and the curvature seen so far, by column name."""

    added: dict[str, float] = {}
    seen: dict[str, float] = {}

    def row(self) -> Row:
        """The added weights in the order of `NAMES`."""
        return _row(self.added)

    def taught(self, rows: Rows, culprit: int, defaults: Defaults) -> Adjustment:
        """One step of the conditional logit towards *culprit* (a row of *rows*), held to the defaults by L2."""
        chance = softmax(scores(rows, tuple(map(add, defaults.row(), self.row()))))
        added, seen = dict[str, float](), dict[str, float]()
        columns = zip(NAMES, self.row(), defaults.scale(), zip(*rows, strict=True), strict=True)
        for name, before, scale, column in columns:
            mean = sum(map(mul, chance, column))
            curvature = sum(share * (value - mean) ** 2 for share, value in zip(chance, column, strict=True))
            seen[name] = self.seen.get(name, 0.0) + curvature
            stiffness = defaults.stiffness * max(scale, LEAST_SCALE) ** 2
            pull = column[culprit] - mean - stiffness * before / max(1.0, defaults.stiffness)
            added[name] = 0.0 if name == HELD else before + STEP * pull / (stiffness + seen[name])
        return Adjustment(_kept(added), _kept(seen))


def scores(rows: Rows, weights: Row) -> list[float]:
    """What each of *rows* adds to the log odds of its commit: its columns times *weights*."""
    return [sum(map(mul, row, weights)) for row in rows]


def _row(named: Mapping[str, float], unnamed: float = 0.0) -> Row:
    return tuple(named.get(name, unnamed) for name in NAMES)


def _kept(named: Mapping[str, float]) -> dict[str, float]:
    """*named* as it is stored, without what is as good as nothing."""
    return {name: round(value, 6) for name, value in named.items() if abs(value) > NOTHING}
