"""Measures the suspects model on the shared cases, beside the trivial rankings, with and without learning.

usage: python -m tests.benchmarks.bench_suspects
One run prints a table: top-1, top-3, mean reciprocal rank, log-loss (nats) and calibration (the greatest difference
between predicted and seen in a tenth with 50 or more predictions) for both files, and the time a case takes once warm.
The weights that ship were fitted on all of `suspects.jsonl.gz`, so the rows "as shipped" flatter: compare "left out"
(each breakage predicted by weights fitted on the others) and "fitted on the 70 % before". With learning, the second and
third window of a breakage have been told the answer; "new breakages" counts only the first. "Without confirmed shas"
switches the memory of confirmed culprits off and leaves what was learned about files, authors and words.
Exits with a reason where the shared data is missing.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from chatbot.suspects import Case, Model, Ranking, candidates, rank
from chatbot.suspects.lessons import LEARNED
from chatbot.suspects.model import DEFAULTS
from chatbot.suspects.weights import NAMES
from tests.benchmarks.fit_suspects import TOLD, Window, breakage, fit, left_out, read_cases, shared_data, windows

Read = Sequence[tuple[Case, str | None]]
Scored = tuple[str, dict[str, float]]


class Answer(NamedTuple):
    """One case, its culprit, the probabilities of its candidates, and that of no commit."""

    case: Case
    culprit: str | None
    chances: dict[str, float]
    none: float


def answers(cases: Read, model: Model, *, learn: bool) -> list[Answer]:
    """Every case ranked in order; with *learn* each culprit teaches the cases after it."""
    found = []
    for case, culprit in cases:
        ranking = rank(case, model)
        found.append(Answer(case, culprit, _among_commits(ranking), ranking.not_a_commit))
        model = model.learn(case, culprit) if learn and culprit else model.observe(case.commits)
    return found


def _among_commits(ranking: Ranking) -> dict[str, float]:
    total = sum(one.probability for one in ranking.suspects) or 1.0
    return {one.sha: one.probability / total for one in ranking.suspects}


def trivial(cases: Read, weight: Callable[[Case, str], float]) -> list[Scored]:
    """A ranking by a weight a candidate, of the cases that have a culprit."""
    found = []
    for case, culprit in cases:
        if culprit:
            weights = {commit.sha: weight(case, commit.sha) for commit in candidates(case)}
            found.append((culprit, {sha: value / sum(weights.values()) for sha, value in weights.items()}))
    return found


def _size(case: Case, sha: str) -> float:
    commit = next(one for one in case.commits if one.sha == sha)
    lines = sum((file.added or 0) + (file.deleted or 0) for file in commit.files or ())
    return 1 + math.log1p(max(0, lines))


TRIVIAL: dict[str, Callable[[Case, str], float]] = {
    "uniform": lambda _case, _sha: 1.0,
    "first failing": lambda case, sha: 20.0 if sha == case.first_failing else 1.0,
    "largest diff": _size,
}


def show(name: str, scored: Sequence[Scored]) -> None:
    """One line of the table; a tie counts in expectation."""
    rows, tenths = [], [[0.0, 0.0, 0.0] for _ in range(10)]
    for culprit, chances in scored:
        mine = chances.get(culprit, 0.0)
        above, same = sum(v > mine for v in chances.values()), sum(v == mine for v in chances.values()) or 1
        reciprocal = sum(1 / (above + place) for place in range(1, same + 1)) / same
        top = [max(0.0, min(1.0, (places - above) / same)) for places in (1, 3)]
        rows.append([*top, reciprocal, -math.log(max(mine, 1e-6))])
        for sha, value in chances.items():
            tenth = tenths[min(9, int(value * 10))]
            tenth[0], tenth[1], tenth[2] = tenth[0] + 1, tenth[1] + value, tenth[2] + (sha == culprit)
    one, three, reciprocal, loss = np.mean(rows, axis=0)
    off = max((abs(said - seen) / count for count, said, seen in tenths if count >= 50), default=0.0)
    print(f"{name:52s} {len(rows):4d}  {one:.3f}  {three:.3f}  {reciprocal:.3f}  {loss:.3f}  {off:.3f}")


def scored(found: Sequence[Answer]) -> list[Scored]:
    """The answers of the cases that have a culprit."""
    return [(answer.culprit, answer.chances) for answer in found if answer.culprit]


def first_windows(found: Sequence[Answer]) -> list[Answer]:
    """The first answer of each breakage."""
    seen: dict[str, Answer] = {}
    for answer in found:
        seen.setdefault(breakage(answer.case), answer)
    return list(seen.values())


def earlier_model(cases: Read, *, told: bool = True) -> Model:
    """The model with weights fitted on the oldest 70 % of *cases*; *told* gives the confirmed shas their weight."""
    weights = fit(windows(cases[: len(cases) * 7 // 10]))
    named = {name: float(value) for name, value in zip(NAMES, weights, strict=True)}
    return Model(defaults=msgspec.structs.replace(DEFAULTS, weights=named | (TOLD if told else {})))


def without_lessons(window: Window) -> Window:
    """*window* as it is before anything was learned."""
    return window._replace(rows=window.rows * [name not in LEARNED for name in NAMES])


def show_commits(cases: Read) -> None:
    """The table of the cases without attempts."""
    for name, weight in TRIVIAL.items():
        show(name, trivial(cases, weight))
    data = windows(cases)
    for name, seen in (
        ("left out", [without_lessons(one) for one in data]),
        ("left out, earlier breakages learned", data),
    ):
        found = left_out(seen)
        show(name, [(str(culprit), {str(i): float(p) for i, p in enumerate(chance)}) for chance, culprit in found])
    cut = len(cases) * 7 // 10
    for name, weight in TRIVIAL.items():
        show(f"newest 30 %: {name}", trivial(cases[cut:], weight))
    for name, model, learn in (
        ("newest 30 %: fitted on the 70 % before", earlier_model(cases), False),
        ("newest 30 %: fitted on the 70 % before, --learn", earlier_model(cases), True),
        ("newest 30 %: the same without confirmed shas", earlier_model(cases, told=False), True),
    ):
        later = answers(cases, model, learn=learn)[cut:]
        show(name, scored(later))
        show("    new breakages", scored(first_windows(later)))
    for name, learn in (("as shipped (fitted on these)", False), ("as shipped, --learn", True)):
        found_all = answers(cases, Model(), learn=learn)
        show(name, scored(found_all))
        show("    new breakages", scored(first_windows(found_all)))


def show_grid(cases: Read, earlier: Model) -> None:
    """The table of the cases with attempts, by flake rate, and what became of "no commit"."""
    for name, weight in TRIVIAL.items():
        show(f"grid: {name}", trivial(cases, weight))
    for name, model, learn in (
        ("grid: fitted on the 70 % before", earlier, False),
        ("grid: as shipped", Model(), False),
        ("grid: as shipped, --learn", Model(), True),
    ):
        found = answers(cases, model, learn=learn)
        show(name, scored(found))
        for low, high in ((0.0, 0.025), (0.025, 0.09), (0.09, 1.0)):
            rate = [answer for answer in found if low <= (answer.case.flake_rate or 0.0) < high]
            show(f"... flake rate {low} to {high}", scored(rate))
        full = [answer for answer in found if tested(answer.case)]
        show("... every commit tested", scored(full))
        show("    first failing there", trivial([(a.case, a.culprit) for a in full], TRIVIAL["first failing"]))
        over = {kind: [a.none > 0.5 for a in found if bool(a.culprit) == kind] for kind in (False, True)}
        print(f"    no commit over 0.5: {np.mean(over[False]):.2f} of those without culprit, "
              f"{np.mean(over[True]):.3f} of those with one")  # fmt: skip


def tested(case: Case) -> bool:
    """Whether the job ran on every commit of the case."""
    return {commit.sha for commit in case.commits} <= {outcome.sha for outcome in case.outcomes}


def show_speed(cases: Read) -> None:
    """Milliseconds a case once warm."""
    model = Model()
    for case, _ in cases[:100]:
        model = model.observe(case.commits)
    for label, wanted in (("9 to 11 candidates", range(9, 12)), ("all", range(1, 1000))):
        chosen = [case for case, _ in cases if len(candidates(case)) in wanted]
        for case in chosen:
            rank(case, model)
        started = time.perf_counter()
        for case in chosen:
            rank(case, model)
        print(f"{1000 * (time.perf_counter() - started) / len(chosen):.2f} ms a case ({label}, warm)")


def main() -> None:
    """Print the whole table."""
    folder = shared_data()
    if folder is None:
        sys.exit("skipped: no shared data; set TRUNKWATCH_DATA_SHARED to the folder with suspects.jsonl.gz")
    cases, grid = (read_cases(folder / name) for name in ("suspects.jsonl.gz", "suspects-grid.jsonl.gz"))
    print(f"{'ranking':52s}    n  top-1  top-3    MRR  log-loss  worst tenth")
    show_commits(cases)
    show_grid(grid, earlier_model(cases))
    show_speed(cases)


if __name__ == "__main__":
    main()
