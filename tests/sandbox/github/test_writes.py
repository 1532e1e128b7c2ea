"""What people may set off at GitHub, and what its refusals and silences mean."""

from __future__ import annotations

import pytest

from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.sandbox.github import Draft, Fault, GitHubSandbox
from chatbot.sources import Writer
from chatbot.sources.github import GitHubSource


@pytest.fixture
def red(draft: Draft, github: GitHubSandbox) -> int:
    """The id of a run with a failed job."""
    sha = draft.commit("a bad one (#9)", pr=9)
    draft.job(sha, "build", "failure")
    draft.job(sha, "test (1, 2)")
    github.add(*draft.taken())
    github.advance()
    return draft.run_id(sha)


def posts(github: GitHubSandbox) -> list[str]:
    return [asked.path for asked in github.requests if asked.method == "POST"]


def test_github_is_a_source_that_can_be_written_to(source: GitHubSource) -> None:
    assert isinstance(source, Writer)


async def test_failed_jobs_of_a_run_run_again(source: GitHubSource, github: GitHubSandbox, red: int) -> None:
    await source.rerun_failed(red)
    assert posts(github) == [f"/repos/demo/demo/actions/runs/{red}/rerun-failed-jobs"]


async def test_what_runs_is_not_run_again(source: GitHubSource, red: int) -> None:
    await source.rerun_failed(red)
    with pytest.raises(PermanentError, match="has not ended yet") as refused:
        await source.rerun_failed(red)
    assert refused.value.code == "running"


async def test_an_unknown_job_says_which_right_may_be_missing(source: GitHubSource) -> None:
    with pytest.raises(PermanentError, match="write access to `actions` of demo/demo"):
        await source.rerun_job(1)


@pytest.mark.usefixtures("red")
async def test_a_revert_is_a_pull_request_of_github_s_own(source: GitHubSource, github: GitHubSandbox) -> None:
    sha = github.repository("demo").line[-1]
    opened = await source.revert(sha, 9, body="It broke build.")
    assert [revert.reverts for revert in github.reverts] == [9]
    assert (opened.number, opened.url) == (github.reverts[0].number, github.reverts[0].url)


async def test_a_pull_request_that_did_not_bring_the_commit_is_not_reverted(
    source: GitHubSource, github: GitHubSandbox
) -> None:
    with pytest.raises(PermanentError, match="does not know #99"):
        await source.revert(github.repository("demo").line[2], 99, body="")
    assert not github.reverts


@pytest.mark.usefixtures("red")
async def test_a_comment_is_written_once(source: GitHubSource, github: GitHubSandbox) -> None:
    url = await source.comment(9, '@bot revert -m "it broke"')
    assert github.comments == [(9, '@bot revert -m "it broke"')]
    assert url
    with pytest.raises(PermanentError, match="pull requests"):
        await source.comment(99, "x")


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.SERVER_ERROR])
async def test_where_no_answer_comes_back_nobody_knows(
    source: GitHubSource, github: GitHubSandbox, red: int, fault: Fault
) -> None:
    github.faults.add("rerun-failed-jobs", fault)
    with pytest.raises(AmbiguousError):
        await source.rerun_failed(red)


async def test_the_rate_limit_passes_by_itself(source: GitHubSource, github: GitHubSandbox, red: int) -> None:
    github.faults.add("rerun", Fault.RATE_LIMITED_SECONDARY, seconds=7)
    with pytest.raises(TransientError) as limited:
        await source.rerun_failed(red)
    assert limited.value.retry_after == 7
    assert not isinstance(limited.value, AmbiguousError)
