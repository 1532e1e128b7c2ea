"""Small cases for tests of the suspects model: commits by letter, attempts drawn as text."""

from __future__ import annotations

from datetime import UTC, datetime

from chatbot.ci import Author, ChangedFile, Commit
from chatbot.suspects import Case, Evidence, Ranking, rank

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LETTERS = "abcdefghijklmnop"


def commit(sha: str, *paths: str, title: str = "Change things", author: str = "someone") -> Commit:
    return Commit(sha, NOON, title, Author(login=author), files=tuple(ChangedFile(path, 5, 2) for path in paths))


def row(count: int) -> tuple[Commit, ...]:
    return tuple(commit(sha, f"src/part{sha}.py") for sha in LETTERS[:count])


def attempts(job: str, marks: str) -> tuple[Evidence, ...]:
    """`..XX` is green, green, red, red on commits a, b, c, d; `_` is untested."""
    pairs = zip(LETTERS, marks, strict=False)
    return tuple(Evidence(sha, job, mark == "X") for sha, mark in pairs if mark in ".X")


def graded(marks: str, rate: float = 0.05) -> Ranking:
    return rank(Case(commits=row(len(marks)), outcomes=attempts("j", marks), flake_rate=rate))


def chances(ranking: Ranking) -> dict[str, float]:
    return {suspect.sha: suspect.probability for suspect in ranking.suspects}
