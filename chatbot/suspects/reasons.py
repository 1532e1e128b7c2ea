"""Why a commit is suspected, in plain words: the facts behind its weightiest columns. It decides no probability."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import sub
from posixpath import splitext

from chatbot.ci import Commit
from chatbot.suspects.case import Case
from chatbot.suspects.features import Said, names_file
from chatbot.suspects.shape import look
from chatbot.suspects.vocabulary import AFFINE
from chatbot.suspects.weights import NAMES, Row
from chatbot.suspects.words import path_words, text_words

MOST = 3
WORTH_SAYING = 0.15
"""Least contribution to the log odds, against the mean candidate, that makes a reason."""

MANY_LINES = 200

FEW_TESTED = 5
"""Commits before that a job must have run on before its flakes are worth a word."""

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("file", ("file named", "test named")),
    ("quoted", ("title quoted",)),
    ("confirmed", ("confirmed before",)),
    ("words", ("title overlap", "best file overlap", "letters alike")),
    ("kind", ("failure kind fits", "kind share fits", "lint")),
    ("watched", ("watched paths",)),
    ("history", ("learned association", "files broke before", "folders broke before")),
    ("author", ("author broke before",)),
    ("busy", ("busiest file",)),
    ("reland", ("title: reland",)),
    ("roll", ("title: roll", "pin only")),
    ("size", ("lines", "files", "directories", "entropy")),
)


Results = dict[str, list[bool]]
"""A job's attempts by sha; true is red."""


def all_red(results: Results, sha: str) -> bool:
    """Whether the job ran on *sha* and never passed."""
    return sha in results and all(results[sha])


class Reasons:
    """The reasons of each candidate of one case."""

    def __init__(self, case: Case, commits: Sequence[Commit], counted: Sequence[Row], said: Said) -> None:
        """*counted* is each candidate's row of features times weights."""
        self._commits, self._said = commits, said
        self._jobs: dict[str, Results] = {}
        for one in case.outcomes:
            self._jobs.setdefault(str(one.job), {}).setdefault(one.sha, []).append(one.failed)
        self._counted = counted
        self._mean = [sum(column) / len(commits) for column in zip(*counted, strict=True)]
        self._say: dict[str, Callable[[Commit], str]] = {
            "file": self._file,
            "quoted": lambda _: "its title is quoted in the failure",
            "confirmed": lambda _: "already confirmed as the culprit of the same failure",
            "words": self._words,
            "kind": self._kind,
            "watched": lambda _: "touches the paths that this watch is about",
            "history": lambda _: "touches files that broke this way before",
            "author": lambda _: "its author's commits broke trunk more often than most",
            "busy": lambda _: "touches a file that many commits touch",
            "reland": lambda _: "lands again what was reverted before",
            "roll": lambda _: "moves a pinned dependency",
            "size": self._size,
        }

    def of(self, index: int) -> tuple[str, ...]:
        """At most `MOST` reasons for the candidate at *index*, attempts first."""
        if len(self._commits) == 1:
            return ("the only commit between the last green and the first failure",)
        said = list(self._attempts(index))
        above = dict(zip(NAMES, map(sub, self._counted[index], self._mean), strict=True))
        totals = [(sum(above[name] for name in names), group) for group, names in _GROUPS]
        for total, group in sorted(totals, reverse=True):
            if total < WORTH_SAYING or len(said) >= MOST:
                break
            words = self._say[group](self._commits[index])
            if words:
                said.append(words)
        return tuple(said[:MOST])

    def _attempts(self, index: int) -> Iterator[str]:
        """What the jobs did on this commit and on the last commit before it that they ran on."""
        own = self._commits[index].sha
        began = {
            job: self._greens_before(index, results) for job, results in self._jobs.items() if all_red(results, own)
        }
        fresh = {job: back for job, back in began.items() if back}
        if fresh:
            back, job = min((back, job) for job, back in fresh.items())
            what = "the job" if len(fresh) == 1 else f"{len(fresh)} jobs"
            parent = "green on its parent" if back == 1 else f"green {back} commits before"
            yield f"first commit {what} failed on; {parent}"
            yield from self._flakes(index, self._jobs[job])
        elif not any(own in results for results in self._jobs.values()):
            back = min(filter(None, (self._greens_before(index, one) for one in self._jobs.values())), default=0)
            if back == 1:
                yield "the job was green on its parent and has not run on it"

    def _greens_before(self, index: int, results: Results) -> int:
        """How many commits back the job last ran, if it was green there; else 0."""
        for back in range(1, index + 1):
            attempts = results.get(self._commits[index - back].sha)
            if attempts:
                return 0 if any(attempts) else back
        return 0

    def _flakes(self, index: int, results: Results) -> Iterator[str]:
        earlier = [results[one.sha] for one in self._commits[:index] if one.sha in results]
        red = sum(map(any, earlier))
        if len(earlier) >= FEW_TESTED and red * 10 <= len(earlier):
            yield f"the job failed on {red} of {len(earlier)} commits before: unlikely a flake"

    def _file(self, commit: Commit) -> str:
        for path in sorted(look(commit).paths):
            if any(names_file(named, path.lower()) for named in self._said.files):
                return f"touches {path}, named in the failure"
        return "touches what the failing test is about"

    def _words(self, commit: Commit) -> str:
        paths = sorted(look(commit).paths)
        best = max(paths, key=lambda path: len(self._shared(path)), default="")
        shared = _quoted(self._shared(best))
        if shared:
            return f"touches {best}; the failure speaks of {shared}"
        shared = _quoted(text_words(commit.title) & self._said.words)
        return f"its title and the failure share {shared}" if shared else ""

    def _shared(self, path: str) -> frozenset[str]:
        """The words of *path* that the failure has too; its ending aside: that both are Python says nothing."""
        return path_words(splitext(path)[0]) & self._said.words

    def _kind(self, commit: Commit) -> str:
        kinds = frozenset[str]().union(*look(commit).kinds)
        for failure in sorted(self._said.kinds):
            fitting = sorted(kinds & AFFINE[failure])
            if fitting:
                return f"changes {fitting[0]} files, where {failure} failures often come from"
        return ""

    def _size(self, commit: Commit) -> str:
        one = look(commit)
        count, folders = f"{len(commit.files or ()):,} files", len(one.folders)
        lines = sum(max(0, file.added or 0) + max(0, file.deleted or 0) for file in commit.files or ())
        if lines >= MANY_LINES:
            return f"a large change next to the others: {lines:,} lines in {count}"
        return f"touches {count} in {folders} folders, more than the others" if folders > 1 else ""


def _quoted(words: frozenset[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words, key=lambda word: (-len(word), word))[:2])
