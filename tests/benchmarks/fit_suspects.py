"""Fits the weights that ship with the suspects model: a conditional logit with ridge, by Newton's method.

usage: python -m tests.benchmarks.fit_suspects [--write]
Reads the prepared cases (see `shared_data`), goes through them in the order of the file, so that a case's words are
weighed and its lessons learned from earlier cases only, and fits every column's weight. The windows of one breakage
count as one case, and none is taught by another of the same breakage. Prints cross-validated figures for several
strengths of the ridge, and the newest 30 % after fitting on the 70 % before. `--write` fits on everything and writes
`chatbot/suspects/weights.json`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.suspects import Case, Model, candidates, parse_case
from chatbot.suspects.features import Said
from chatbot.suspects.logspace import softmax
from chatbot.suspects.weights import NAMES

Row = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "chatbot" / "suspects" / "weights.json"
RIDGE = 25.0
"""Strength of the pull to `TOWARDS` in standardised units, in breakages' worth; the best of the cross-validation."""
TOWARDS = {
    "lines": 0.13, "files": -0.38, "directories": 0.70, "docs only": -0.40, "title: reland": 0.27,
    "title: revert": -2.1, "title: add": 0.22, "title: small": -0.20, "title overlap": 0.59, "test named": 2.2,
}  # fmt: skip
"""What the weights are pulled to where something is known beforehand (raw units): the published starting values.

The others are pulled to zero."""
BY_HAND = {
    "learned association": 0.25, "files broke before": 0.25, "folders broke before": 0.25, "author broke before": 0.25,
    "confirmed for another failure": -1.0, "watched paths": 1.0, "file named": 1.5,
}  # fmt: skip
"""Columns that are not fitted: what was learned is empty for the first cases, and one weight for all log ratios did
best on later ones; a watch's paths and a named file hardly occur in the data."""
TOLD = {"confirmed before": 6.0}
"""Column that is left out of the fit, since no window is told its own breakage, and its weight in the file."""
NONE, OUTAGE_SHARE, DOUBT = 0.4, 0.5, 0.06
"""Priors chosen by the likelihood of the cases with attempts and by the calibration of left-out windows."""


class Window(NamedTuple):
    """One case as numbers: a row a candidate, the culprit's row, the breakage it belongs to."""

    rows: Row
    culprit: int
    breakage: str


def shared_data() -> Path | None:
    """The folder of the shared cases, from TRUNKWATCH_DATA_SHARED or next to the repository; `None` without it."""
    folder = Path(os.environ.get("TRUNKWATCH_DATA_SHARED", ROOT.parent / "shared" / "data"))
    return folder if (folder / "suspects.jsonl.gz").exists() else None


def read_cases(path: Path) -> list[tuple[Case, str | None]]:
    """Every case of *path* with its culprit."""
    with gzip.open(path, "rb") as lines:
        return [parse_case(line, where=f"{path.name}:{number}") for number, line in enumerate(lines, 1)]


def breakage(case: Case) -> str:
    """What the windows of one breakage have in common: the id without the window's number."""
    return case.id.rpartition("-")[0]


def windows(cases: Sequence[tuple[Case, str | None]]) -> list[Window]:
    """The cases as numbers; a breakage teaches after its last window. Its own weights do not move."""
    model, found, waiting = Model(), list[Window](), None
    for case, culprit in cases:
        if waiting and breakage(waiting[0]) != breakage(case):
            model = _taught(model, *waiting)
        commits = candidates(case)
        shas = [commit.sha for commit in commits]
        if culprit in shas:
            rows = np.array(model.rows(case, commits, Said(case))) * [name not in TOLD for name in NAMES]
            found.append(Window(rows, shas.index(culprit), breakage(case)))
            waiting = (case, culprit)
        model = model.observe(commits)
    return found


def _taught(model: Model, case: Case, culprit: str) -> Model:
    after = model.learn(case, culprit)
    learned = type(after.learned)(after.learned.version, after.learned.background, after.learned.lessons)
    return Model(learned, model.defaults)


def spread(data: Sequence[Window]) -> Row:
    """The standard deviation of every column within windows."""
    return np.asarray(np.vstack([window.rows - window.rows.mean(0) for window in data]).std(0))


def by_looks(window: Window, weights: Row) -> Row:
    """The probability of each candidate of *window* under *weights*, nothing else being known."""
    return np.array(softmax((window.rows @ weights).tolist()))


def fit(data: Sequence[Window], ridge: float = RIDGE) -> Row:
    """The weights that make the culprits likeliest, pulled to `TOWARDS` and held to `BY_HAND`."""
    towards = np.array([(TOWARDS | BY_HAND).get(name, 0.0) for name in NAMES])
    scale = np.maximum(spread(data), 1e-3)
    stiff = np.array([1e6 if name in BY_HAND else ridge for name in NAMES]) * scale**2
    share = {name: 1 / sum(window.breakage == name for window in data) for name in {w.breakage for w in data}}
    weights = towards.copy()
    for _ in range(30):
        slope, bend = -stiff * (weights - towards), np.diag(stiff)
        for window in data:
            chance = by_looks(window, weights)
            mean = chance @ window.rows
            apart = window.rows - mean
            slope += share[window.breakage] * (window.rows[window.culprit] - mean)
            bend += share[window.breakage] * (apart.T * chance) @ apart
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step * scale).max() < 1e-6:
            break
    return weights


def figures(chances: Sequence[tuple[Row, int]]) -> Row:
    """Top-1, top-3, mean reciprocal rank and log-loss in nats, of windows as (probabilities, culprit's index)."""
    found = []
    for chance, culprit in chances:
        mine = chance[culprit]
        place = int((chance > mine).sum()) + (int((chance == mine).sum()) - 1) / 2
        found.append([place < 0.6, place < 2.6, 1 / (1 + place), -math.log(max(mine, 1e-6))])
    return np.asarray(np.mean(found, axis=0))


def chances(data: Sequence[Window], weights: Row) -> list[tuple[Row, int]]:
    """What *weights* say of every window, with the shipped doubt."""
    found = []
    for window in data:
        chance = (1 - DOUBT) * by_looks(window, weights) + DOUBT / len(window.rows)
        found.append((chance, window.culprit))
    return found


def left_out(data: Sequence[Window], ridge: float = RIDGE, folds: int = 6) -> list[tuple[Row, int]]:
    """`chances` of every window under weights fitted without its breakage."""
    names = sorted({window.breakage for window in data})
    np.random.default_rng(0).shuffle(names)
    fold = {name: index % folds for index, name in enumerate(names)}
    found: list[tuple[Row, int]] = []
    for index in range(folds):
        weights = fit([window for window in data if fold[window.breakage] != index], ridge)
        found += chances([window for window in data if fold[window.breakage] == index], weights)
    return found


def write(data: Sequence[Window]) -> None:
    """Fit on everything and write the file that ships."""
    weights, scales = fit(data), spread(data)
    content = {
        "version": 1,
        "weights": {name: round(float(value), 4) for name, value in zip(NAMES, weights, strict=True)} | TOLD,
        "scales": {name: round(float(value), 4) for name, value in zip(NAMES, scales, strict=True)},
        "stiffness": 100.0,
        "none": NONE,
        "outage_share": OUTAGE_SHARE,
        "doubt": DOUBT,
    }
    TARGET.write_text(json.dumps(content, indent=1) + "\n")


def main() -> None:
    """Print the figures; write the weights when asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--write", action="store_true", help="fit on everything and write weights.json")
    arguments = parser.parse_args()
    folder = shared_data()
    if folder is None:
        parser.exit(1, "no shared data: set TRUNKWATCH_DATA_SHARED to the folder with suspects.jsonl.gz\n")
    data = windows(read_cases(folder / "suspects.jsonl.gz"))
    earlier, later = data[: len(data) * 7 // 10], data[len(data) * 7 // 10 :]
    for ridge in (5.0, 10.0, 15.0, RIDGE, 40.0):
        newest = figures(chances(later, fit(earlier, ridge)))
        shown = (np.round(figures(left_out(data, ridge)), 3), np.round(newest, 3))
        print(f"ridge {ridge:5.1f}: cross-validated {shown[0]}, newest 30 % {shown[1]}  (top-1, top-3, MRR, log-loss)")
    if arguments.write:
        write(data)


if __name__ == "__main__":
    main()
