"""What is asked of GitHub about one commit or one attempt, only when somebody needs it.

Keeps nothing: the caller's store does. Each list is bounded.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from chatbot.budgets import Budget
from chatbot.ci import Attempt, ChangedFile
from chatbot.errors import PermanentError
from chatbot.sources import logs
from chatbot.sources.github import wire
from chatbot.sources.github.transport import Reader, Transport
from chatbot.sources.github.wire import GitCommit, Person, RunPage, decode

S = TypeVar("S")
T = TypeVar("T")

MOST_FILES = 3000
"""GitHub shows no more files of a commit. https://docs.github.com/rest/commits/commits#get-a-commit"""

MOST_PAGES = 10
"""Pages of other lists read at most."""


class Annotation(Struct, frozen=True):
    """A remark that a check left: `level` is `notice`, `warning` or `failure`."""

    path: str | None
    line: int | None
    level: str | None
    title: str | None
    message: str | None


class Pull(Struct, frozen=True):
    """A pull request that brought a commit; `node_id` is its name in GraphQL."""

    number: int
    title: str
    url: str | None = None
    author: str | None = None
    merged_at: datetime | None = None
    node_id: str | None = None


class _Annotation(Struct, frozen=True):
    path: str | None = None
    start_line: int | None = None
    annotation_level: str | None = None
    title: str | None = None
    message: str | None = None


class _Pull(Struct, frozen=True):
    number: int
    title: str = ""
    html_url: str | None = None
    user: Person | None = None
    merged_at: datetime | None = None
    node_id: str | None = None


class _Repository(Struct, frozen=True):
    full_name: str
    private: bool = False


class Lookups:
    """Single questions about a repository's branch."""

    def __init__(self, transport: Transport, repo: str, branch: str) -> None:
        self._transport = transport
        self._repo = repo
        self._branch = branch

    @property
    def budget(self) -> Budget | None:
        """What the rate limit leaves, `None` before the first answer."""
        return self._transport.budget

    async def files(self, sha: str) -> Sequence[ChangedFile]:
        """The files that commit *sha* touched, at most 3,000."""
        found: list[ChangedFile] = []
        following: str | None = f"/repos/{self._repo}/commits/{sha}?per_page=100"
        reader = Reader(self._transport)
        while following is not None and len(found) < MOST_FILES:
            answer = await reader.get(following)
            seen = decode(answer.body or b"", GitCommit, f"commit {sha}")
            found.extend(wire.changed_file(file) for file in seen.files)
            following = answer.following if seen.files else None
        return found[:MOST_FILES]

    async def log(self, attempt: Attempt, *, limit: int = logs.LIMIT) -> AsyncIterator[bytes]:
        """The log of *attempt*, at most its last *limit* bytes.

        Raises:
            PermanentError: it has expired, or the attempt has not ended.
        """
        try:
            where = await self._transport.location(f"/repos/{self._repo}/actions/jobs/{attempt.job_id}/logs")
        except PermanentError as error:
            if error.code not in {"404", "410"}:
                raise
            raise PermanentError(
                f"There is no log of job {attempt.job_id}: it has expired, or the job has not ended", code=error.code
            ) from error
        async for chunk in logs.read(self._transport.http, where, limit=limit, wait=self._transport.timeout):
            yield chunk

    async def annotations(self, attempt: Attempt) -> Sequence[Annotation]:
        """What the job's check run remarks; GitHub gives a job and its check run the same number."""
        url = f"/repos/{self._repo}/check-runs/{attempt.job_id}/annotations?per_page=100"
        return await self._list(url, _Annotation, "the annotations", _annotation)

    async def pulls(self, sha: str) -> Sequence[Pull]:
        """The pull requests that commit *sha* belongs to."""
        url = f"/repos/{self._repo}/commits/{sha}/pulls?per_page=100"
        return await self._list(url, _Pull, "the pull requests", _pull)

    async def _list(self, url: str, kind: type[T], what: str, ours: Callable[[T], S]) -> Sequence[S]:
        found: list[S] = []
        following: str | None = url
        reader = Reader(self._transport)
        while following is not None and reader.requests < MOST_PAGES:
            answer = await reader.get(following)
            found.extend(ours(seen) for seen in decode(answer.body or b"", list[kind], what))  # type: ignore[valid-type]  # a type made at run time
            following = answer.following
        return found

    async def check(self) -> str:
        """One line: what is reached, as whom, that commits and runs can be read, and the remaining limit.

        Raises:
            PermanentError, TransientError: with what to do about it.
        """
        reader = Reader(self._transport)
        found = await reader.get(f"/repos/{self._repo}")
        repository = decode(found.body or b"", _Repository, "the repository")
        commits = await reader.get(f"/repos/{self._repo}/commits?sha={self._branch}&per_page=1")
        decode(commits.body or b"", list[GitCommit], "the commits")
        runs = await reader.get(f"/repos/{self._repo}/actions/runs?per_page=1")
        decode(runs.body or b"", RunPage, "the runs")
        kind = "private" if repository.private else "public"
        line = (
            f"{repository.full_name}@{self._branch} ({kind}), {self._transport.credentials}: commits and runs readable"
        )
        return line + _left(self.budget)


def _left(budget: Budget | None) -> str:
    if budget is None:
        return ", no rate limit"
    return f", {budget.remaining:,} of {budget.limit:,} requests left until {budget.reset:%H:%M} UTC"


def _annotation(seen: _Annotation) -> Annotation:
    return Annotation(seen.path, seen.start_line, seen.annotation_level, seen.title, seen.message)


def _pull(seen: _Pull) -> Pull:
    author = seen.user.login if seen.user else None
    return Pull(seen.number, seen.title, seen.html_url, author, seen.merged_at, seen.node_id)
