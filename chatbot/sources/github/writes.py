"""What people may set off on GitHub: jobs run again, a pull request that reverts another, a comment.

Each is sent once and never again by itself: where no answer comes back, `AmbiguousError` says so. Whether somebody
may is not asked here. A token that may only read is told which right it lacks.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from chatbot.errors import PermanentError
from chatbot.sources import Opened
from chatbot.sources.github.lookups import Lookups
from chatbot.sources.github.wire import decode

RUNNING = "running"
"""Code of the refusal to run something again that has not ended."""

_FORBIDDEN = frozenset({"403", "404"})
_REVERT = """mutation ($input: RevertPullRequestInput!) {
  revertPullRequest(input: $input) { revertPullRequest { number url } }
}"""


class _Pull(Struct, frozen=True):
    number: int
    url: str


class _Reverted(Struct, frozen=True):
    revertPullRequest: _Pull | None = None  # noqa: N815  GraphQL's name


class _Data(Struct, frozen=True):
    revertPullRequest: _Reverted | None = None  # noqa: N815  GraphQL's name


class _Problem(Struct, frozen=True):
    message: str = ""
    type: str = ""


class _GraphAnswer(Struct, frozen=True):
    data: _Data | None = None
    errors: tuple[_Problem, ...] = ()


class _Comment(Struct, frozen=True):
    html_url: str | None = None


class Writes(Lookups):
    """What changes something in a repository."""

    async def rerun_failed(self, run_id: int) -> None:
        """Run the failed jobs of a run again, and those that depend on them."""
        await self._set_off(f"/repos/{self._repo}/actions/runs/{run_id}/rerun-failed-jobs", "actions")

    async def rerun_job(self, job_id: int) -> None:
        """Run one job of a run again."""
        await self._set_off(f"/repos/{self._repo}/actions/jobs/{job_id}/rerun", "actions")

    async def revert(self, sha: str, pr: int, *, body: str) -> Opened:
        """Open the pull request that undoes *pr*, which brought commit *sha*, as GitHub's own button does.

        Raises:
            PermanentError: it is not known by that commit, or GitHub cannot revert it.
        """
        node = next((pull.node_id for pull in await self.pulls(sha) if pull.number == pr), None)
        if node is None:
            raise PermanentError(f"GitHub does not know #{pr} as the pull request that brought {sha[:7]}", code="404")
        variables = {"input": {"pullRequestId": node, "body": body}}
        answer = await self._transport.change(
            self._transport.graphql, msgspec.json.encode({"query": _REVERT, "variables": variables})
        )
        found = decode(answer, _GraphAnswer, "the revert")
        opened = found.data and found.data.revertPullRequest and found.data.revertPullRequest.revertPullRequest
        if not opened:
            said = "; ".join(problem.message for problem in found.errors)[:300] or "without a reason"
            raise PermanentError(
                f"GitHub did not open a revert of #{pr}: {said}. The token needs write access to `contents` and"
                " `pull requests`; a conflict has to be solved by hand",
                code=found.errors[0].type if found.errors else "",
            )
        return Opened(opened.number, opened.url)

    async def comment(self, pr: int, text: str) -> str | None:
        """Write a comment on *pr*; its address."""
        body = msgspec.json.encode({"body": text})
        answer = await self._set_off(f"/repos/{self._repo}/issues/{pr}/comments", "pull requests", body)
        return decode(answer, _Comment, "the comment").html_url

    async def _set_off(self, url: str, right: str, body: bytes = b"{}") -> bytes:
        try:
            return await self._transport.change(url, body)
        except PermanentError as error:
            if "already running" in str(error):
                raise PermanentError(
                    "That run has not ended yet: GitHub runs it again only then", code=RUNNING
                ) from error
            if error.code not in _FORBIDDEN:
                raise
            remedy = f"the token needs write access to `{right}` of {self._repo}"
            raise PermanentError(f"{str(error).partition('): ')[0]}): {remedy}", code=error.code) from error
