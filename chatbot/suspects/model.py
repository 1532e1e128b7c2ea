"""Who did it: a probability for each commit, and for no commit at all, out of attempts, texts and history.

`P(k | E)  proportional to  prior(k) x P(attempts | k)`: the prior is a conditional logit over the columns of
`features` and `lessons`, the likelihood comes from `grid`. A model is a frozen value; learning gives a new one. It
keeps nothing anywhere and asks nobody: who stores it uses `to_json`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import add

import msgspec
from msgspec import Struct

from chatbot.ci import Commit
from chatbot.errors import PermanentError
from chatbot.suspects import features, grid, lessons
from chatbot.suspects.background import Background, View
from chatbot.suspects.case import Case, candidates
from chatbot.suspects.features import Rows
from chatbot.suspects.lessons import Lessons
from chatbot.suspects.logspace import softmax
from chatbot.suspects.ranking import Ranking, ranked
from chatbot.suspects.weights import Adjustment, Defaults, Row, scores, shipped

VERSION = 1
"""Of the learned state as JSON. A newer one is refused."""

LINE_OF_INFRASTRUCTURE = 3.0
TRUNK_WIDE = 5.0
"""What a runner's error in the log, and all other jobs turning red at once, add to the log odds of an outage."""

DEFAULTS = shipped()


class Learned(Struct, frozen=True):
    """Everything that a trunk taught; an empty one is the shipped model."""

    version: int = VERSION
    background: Background = Background()
    lessons: Lessons = Lessons()
    adjustment: Adjustment = Adjustment()


class Model(Struct, frozen=True):
    """The shipped defaults and what was learned on top. `Model()` is the reset."""

    learned: Learned = Learned()
    defaults: Defaults = DEFAULTS

    @property
    def weights(self) -> Row:
        """The weights in force, in the order of `weights.NAMES`."""
        return tuple(map(add, self.defaults.row(), self.learned.adjustment.row()))

    def observe(self, commits: Sequence[Commit]) -> Model:
        """Count *commits* into what is usual on this trunk, without blaming any."""
        background = self.learned.background.observe(commits)
        return self._with(Learned(VERSION, background, self.learned.lessons, self.learned.adjustment))

    def learn(self, case: Case, culprit: str) -> Model:
        """The model after *culprit* (a sha) was confirmed for *case*.

        A culprit that is not among the commits teaches nothing but the commits. The same sha again only adds the
        words of its failure.
        """
        commits, after = candidates(case), self.observe(case.commits)
        by_sha = {commit.sha: commit for commit in case.commits}
        if culprit not in by_sha:
            return after
        old, said = after.learned, features.Said(case)
        known = any(one.sha == culprit for one in old.lessons.recent)
        taught = old.lessons.confirmed(by_sha[culprit], said.words, View(old.background, ()))
        shas = [commit.sha for commit in commits]
        adjustment = old.adjustment
        if culprit in shas and not known:
            adjustment = adjustment.taught(self.rows(case, commits, said), shas.index(culprit), self.defaults)
        return self._with(Learned(VERSION, old.background, taught, adjustment))

    def rows(self, case: Case, commits: Sequence[Commit], said: features.Said) -> Rows:
        """The columns of `weights.NAMES` for each of *commits*; *said* is what the case's failures say."""
        known = View(self.learned.background, commits)
        seen = features.rows(case, commits, known, said)
        learned = lessons.rows(self.learned.lessons, commits, said.words, known)
        return tuple((*one, *other) for one, other in zip(seen, learned, strict=True))

    def to_json(self) -> bytes:
        """The learned state (not the defaults) with its version."""
        return msgspec.json.encode(self.learned)

    @classmethod
    def from_json(cls, data: bytes | str) -> Model:
        """The model of a stored state.

        Raises:
            PermanentError: the state is not one, or a newer version wrote it.
        """
        try:
            version = msgspec.json.decode(data, type=_Versioned).version
            if version > VERSION:
                raise PermanentError(
                    f"the learned suspects are of version {version}, this program knows up to {VERSION}: "
                    "update it, or reset what was learned",
                    code="suspects_version",
                )
            return cls(msgspec.json.decode(data, type=Learned))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise PermanentError(f"the learned suspects cannot be read: {error}", code="suspects_state") from error

    def _with(self, learned: Learned) -> Model:
        return Model(learned, self.defaults)


class _Versioned(Struct):
    version: int


DEFAULT = Model()


def rank(case: Case, model: Model = DEFAULT) -> Ranking:
    """Every candidate of *case* with its probability, most likely first, and what is left for no commit."""
    commits = candidates(case)
    said, weights = features.Said(case), model.weights
    rows = model.rows(case, commits, said)
    if not commits:
        return ranked(case, commits, (), none=(0.5, 0.5), rows=rows, weights=weights, said=said)
    none, share, doubt = model.defaults.none, model.defaults.outage_share, model.defaults.doubt
    told = grid.likelihood(case, commits)
    looks = softmax(scores(rows, weights))
    prior = [math.log((1 - doubt) * look + doubt / len(commits)) for look in looks]
    *chance, flake, outage = softmax([
        *(math.log1p(-none) + before + attempts for before, attempts in zip(prior, told.commits, strict=True)),
        math.log(none * (1 - share)) + told.flake,
        math.log(none * share) + told.outage + _outage_signs(case),
    ])  # fmt: skip
    return ranked(case, commits, chance, none=(flake, outage), rows=rows, weights=weights, said=said)


def _outage_signs(case: Case) -> float:
    """What the log and the other jobs add to the log odds of an outage."""
    lost = LINE_OF_INFRASTRUCTURE if any(failure.infrastructure for failure in case.failures) else 0.0
    return lost + TRUNK_WIDE * min(1.0, max(0.0, case.trunk_wide_failures))
