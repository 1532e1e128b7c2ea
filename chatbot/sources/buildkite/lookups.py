"""What is asked of Buildkite only when somebody needs it: a job's log, whether all can be read. Keeps nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from urllib.parse import quote

from msgspec import Struct

from chatbot.budgets import Budget
from chatbot.ci import Attempt, ChangedFile
from chatbot.errors import PermanentError
from chatbot.sources import logs
from chatbot.sources.buildkite.jobs import job_number
from chatbot.sources.buildkite.wire import Build, Pipeline
from chatbot.sources.reader import Reader
from chatbot.sources.rest import Rest, Words

GONE = "404"

WORDS = Words(
    name="Buildkite",
    address="`api_url`",
    remedies={
        401: "the token is wrong or was revoked: set BUILDKITE_API_TOKEN anew",
        403: "the token needs the scopes read_builds, read_build_logs and read_pipelines, and access to the"
        " organization",
        404: "it does not exist, or the token may not see it: check `org` and `pipeline` (their slugs, as in the"
        " address of the page) and the token's organizations",
    },
    moved="put the new slugs into `org` and `pipeline`",
    html="check that `api_url` is the address of the REST API (https://api.buildkite.com/v2), not of the pages",
)

_SCOPES = ("read_builds", "read_build_logs")
Files = Callable[[str], Awaitable[Sequence[ChangedFile]]]


class _Token(Struct, frozen=True):
    scopes: tuple[str, ...] | None = None


class Lookups:
    """Single questions about a pipeline."""

    def __init__(self, rest: Rest, org: str, pipeline: str, branch: str, files: Files | None) -> None:
        self._rest = rest
        self._org = org
        self._pipeline = pipeline
        self._branch = branch
        self._files = files
        self._url = f"/organizations/{quote(org, safe='')}/pipelines/{quote(pipeline, safe='')}"

    @property
    def budget(self) -> Budget | None:
        """What the rate limit leaves, `None` before the first answer."""
        return self._rest.budget

    async def files(self, sha: str) -> Sequence[ChangedFile]:
        """The files that commit *sha* touched, where a repository is configured: Buildkite itself knows none."""
        return () if self._files is None else await self._files(sha)

    async def log(self, attempt: Attempt, *, limit: int = logs.LIMIT) -> AsyncIterator[bytes]:
        """The log of *attempt*, at most its last *limit* bytes.

        Raises:
            PermanentError: there is none, it was deleted, or the token may not read it.
        """
        uuid = _uuid_in(attempt.url, attempt.job_id) or await self._uuid(attempt)
        url = f"{self._url}/builds/{attempt.run_id}/jobs/{uuid}/log"
        async for chunk in self._rest.log(url, limit=limit, suffix=True):
            yield chunk

    async def _uuid(self, attempt: Attempt) -> str:
        """What Buildkite calls the job, of which we know a number."""
        reader = Reader(self._rest)
        answer = await reader.get(f"{self._url}/builds/{attempt.run_id}?include_retried_jobs=true")
        build = reader.decode(answer, Build, f"build {attempt.run_id}")
        for job in build.jobs or ():
            if job.id and job_number(job.id) == attempt.job_id:
                return job.id
        raise PermanentError(f"Build {attempt.run_id} does not have that job any more", code="no_log")

    async def check(self) -> str:
        """One line: what is reached, that builds can be read and logs may be, and the remaining limit.

        Raises:
            PermanentError, TransientError: with what to do about it.
        """
        reader = Reader(self._rest)
        pipeline = reader.decode(await reader.get(self._url), Pipeline, "the pipeline")
        url = f"{self._url}/builds?branch={quote(self._branch, safe='')}&exclude_jobs=true&per_page=1"
        builds = reader.decode(await reader.get(url), tuple[Build, ...], "the builds")
        scopes = reader.decode(await reader.get("/access-token"), _Token, "the token").scopes or ()
        missing = [scope for scope in _SCOPES if scope not in scopes]
        if scopes and missing:
            raise PermanentError(f"The token lacks the scopes {', '.join(missing)}: make another, or add them")
        if not builds:
            raise PermanentError(no_builds(self._org, self._pipeline, self._branch, pipeline.default_branch))
        at = builds[0].created_at
        newest = f"the newest is {builds[0].number}" + (f" of {at:%Y-%m-%d %H:%M} UTC" if at else "")
        budget = self.budget
        left = f", {budget.remaining} of {budget.limit} requests left this minute" if budget else ""
        return f"{self._org}/{self._pipeline}@{self._branch}: builds readable, {newest}{left}"

    async def close(self) -> None:
        """The connections are the caller's; nothing is held."""


def no_builds(org: str, pipeline: str, branch: str, other: str | None = None) -> str:
    """What to do where a branch has no builds; *other* is the pipeline's default branch."""
    hint = f" (the pipeline's default branch is {other!r})" if other and other != branch else ""
    return (
        f"Buildkite shows no builds of branch {branch!r} in {org}/{pipeline}{hint}: if the branch was renamed, change"
        " `branch`; else this goes on with the first build"
    )


def _uuid_in(url: str | None, number: int) -> str | None:
    """The job's UUID where its page's address ends with it."""
    fragment = (url or "").rpartition("#")[2]
    return fragment if fragment and job_number(fragment) == number else None
