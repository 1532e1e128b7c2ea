"""The model's numbers: the defaults that ship, fitted on other people's breakages, and what a trunk adds to them."""

from __future__ import annotations

from importlib.resources import files

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from chatbot.suspects import features, lessons

NAMES = (*features.NAMES, *lessons.LEARNED)
"""All columns: what can be seen, then what was learned."""

LEAST_SCALE = 0.15
"""Of a column, when it is taught: one that the shipped data hardly knew must not jump at its first sight."""

HELD = "confirmed before"
"""A column that is not taught: the first time a culprit is confirmed, only others can have been confirmed before."""

NOTHING = 1e-9
STEP = 0.8
"""How far one confirmed culprit moves the weights, of the full Newton step of the diagonal."""

Row = NDArray[np.float64]


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
        return np.array([self.weights.get(name, 0.0) for name in NAMES])

    def scale(self) -> Row:
        """The scales in the order of `NAMES`."""
        return np.array([self.scales.get(name, 1.0) for name in NAMES])


def shipped() -> Defaults:
    """The defaults of this version, from the package's own data."""
    return msgspec.json.decode(files(__package__).joinpath("weights.json").read_bytes(), type=Defaults)


class Adjustment(Struct, frozen=True):
    """What a trunk's own culprits changed: added weight, and the curvature seen so far, by column name."""

    added: dict[str, float] = {}
    seen: dict[str, float] = {}

    def row(self) -> Row:
        """The added weights in the order of `NAMES`."""
        return np.array([self.added.get(name, 0.0) for name in NAMES])

    def taught(self, rows: Row, culprit: int, defaults: Defaults) -> Adjustment:
        """One step of the conditional logit towards *culprit* (a row of *rows*), held to the defaults by L2."""
        weights = defaults.row() + self.row()
        chance = softmax(rows @ weights)
        mean = chance @ rows
        curvature = chance @ (rows - mean) ** 2
        seen = curvature + np.array([self.seen.get(name, 0.0) for name in NAMES])
        stiffness = defaults.stiffness * np.maximum(defaults.scale(), LEAST_SCALE) ** 2
        pull = rows[culprit] - mean - stiffness * self.row() / max(1.0, defaults.stiffness)
        added = self.row() + STEP * pull / (stiffness + seen)
        added[NAMES.index(HELD)] = 0.0
        moved = {name: round(float(value), 6) for name, value in zip(NAMES, added, strict=True) if abs(value) > NOTHING}
        return Adjustment(moved, {n: round(float(v), 6) for n, v in zip(NAMES, seen, strict=True) if v > NOTHING})


def softmax(scores: Row) -> Row:
    """Probabilities proportional to exp(*scores*)."""
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())
