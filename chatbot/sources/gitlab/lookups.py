"""What is asked of GitLab only when somebody needs it: files, a job's log, whether all can be read. Keeps nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from msgspec import Struct

from chatbot.budgets import Budget
from chatbot.ci import Attempt, ChangedFile
from chatbot.errors import PermanentError
from chatbot.sources import logs
from chatbot.sources.gitlab.commits import no_commits
from chatbot.sources.gitlab.wire import Diff, GitCommit, Pipeline, changed_file
from chatbot.sources.reader import Reader
from chatbot.sources.rest import Rest, Words

MOST_FILES = 3000
"""GitLab shows no more files of a commit, by default. https://docs.gitlab.com/administration/diff_limits/"""

WORDS = Words(
    name="GitLab",
    address="`url`",
    remedies={
        401: "the token is wrong or has expired: set GITLAB_TOKEN anew; it needs the scope read_api",
        403: "give the token the scope read_api and its user the role Reporter in the project, and see that CI/CD is"
        " enabled there",
        404: "it does not exist, or the token may not see it: check `url`, `project` and `branch`, and that"
        " GITLAB_TOKEN's user is a member of the project",
    },
    moved="put the project's new path, or its number, into `project`",
    html="check that `url` is the server's address and that GITLAB_TOKEN is set",
)


class _Project(Struct, frozen=True):
    path_with_namespace: str | None = None
    visibility: str | None = None
    default_branch: str | None = None


class Lookups:
    """Single questions about a project's branch."""

    def __init__(self, rest: Rest, project: str, branch: str) -> None:
        self._rest = rest
        self._project = project
        self._branch = branch
        self._url = f"/projects/{quote(project, safe='')}"

    @property
    def budget(self) -> Budget | None:
        """What the rate limit leaves, `None` before the first answer."""
        return self._rest.budget

    async def files(self, sha: str) -> Sequence[ChangedFile]:
        """The files that commit *sha* touched, at most 3,000."""
        reader = Reader(self._rest)
        url = f"{self._url}/repository/commits/{sha}/diff?per_page=100"
        found: list[ChangedFile] = []
        async for page in reader.pages(url, tuple[Diff, ...], f"the files of {sha}", most=MOST_FILES // 100):
            found += map(changed_file, page)
        return found[:MOST_FILES]

    async def log(self, attempt: Attempt, *, limit: int = logs.LIMIT) -> AsyncIterator[bytes]:
        """The log of *attempt*, at most its last *limit* bytes.

        Raises:
            PermanentError: there is none, it was erased, or the token may not read it.
        """
        async for chunk in self._rest.log(f"{self._url}/jobs/{attempt.job_id}/trace", limit=limit):
            yield chunk

    async def check(self) -> str:
        """One line: what is reached, that commits and pipelines can be read, and the remaining limit.

        Raises:
            PermanentError, TransientError: with what to do about it.
        """
        reader = Reader(self._rest)
        project = reader.decode(await reader.get(self._url), _Project, "the project")
        ref = quote(self._branch, safe="")
        url = f"{self._url}/repository/commits?ref_name={ref}&first_parent=true&per_page=1"
        if not reader.decode(await reader.get(url), tuple[GitCommit, ...], "the commits"):
            raise PermanentError(no_commits(self._branch))
        url = f"{self._url}/pipelines?ref={ref}&per_page=1"
        pipelines = reader.decode(await reader.get(url), tuple[Pipeline, ...], "the pipelines")
        newest = f"the newest pipeline is {pipelines[0].id}" if pipelines else "no pipelines of this branch yet"
        name, kind = project.path_with_namespace or self._project, project.visibility or "visible"
        budget = self.budget
        left = f", {budget.remaining:,} of {budget.limit:,} requests left" if budget else ""
        return f"{name}@{self._branch} ({kind}): commits and pipelines readable, {newest}{left}"

    async def close(self) -> None:
        """The connections are the caller's; nothing is held."""
