"""Check runs and commit statuses of systems other than Actions, where they are to count."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from chatbot.ci import Conclusion, Status
from chatbot.intake import take_in
from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.sources import Poll
from chatbot.sources.github import GitHubSource, Token
from chatbot.trunk import Trunk
from chatbot.watch import Board
from tests.trunks import START, watch


@pytest.fixture
async def github() -> AsyncIterator[GitHubSandbox]:
    draft = Draft()
    draft.job(draft.commit("first"), "build")
    draft.job(draft.commit("second"), "build")
    async with GitHubSandbox(draft.taken()) as sandbox:
        sandbox.advance()
        yield sandbox


@pytest.fixture
async def source(github: GitHubSandbox) -> AsyncIterator[GitHubSource]:
    async with aiohttp.ClientSession() as http:
        yield GitHubSource("demo/demo", http=http, api_url=github.url, auth=Token(github.token), checks=True)


def said(poll: Poll) -> set[tuple[str, str, int, Status, Conclusion | None]]:
    return {(a.workflow, a.job, a.attempt, a.status, a.conclusion) for a in poll.attempts if a.workflow != "ci"}


async def test_check_runs_of_other_apps_count_and_those_of_actions_do_not_count_twice(
    github: GitHubSandbox, source: GitHubSource
) -> None:
    sha = github.repository().line[0]
    github.add_check(sha, "unit", app="Circle CI", conclusion="failure")

    poll = await source.poll(None, window=10)

    assert said(poll) == {("Circle CI", "unit", 1, Status.COMPLETED, Conclusion.FAILURE)}
    assert len(poll.attempts) == 3


async def test_a_check_made_anew_is_the_next_attempt(github: GitHubSandbox, source: GitHubSource) -> None:
    sha = github.repository().line[0]
    github.add_check(sha, "unit", app="Circle CI", conclusion="failure")
    first = await source.poll(None, window=10)
    github.add_check(sha, "unit", app="Circle CI")

    poll = await source.poll(first.cursor, window=10)

    assert ("Circle CI", "unit", 2, Status.IN_PROGRESS, None) in said(poll)


@pytest.mark.parametrize(
    ("state", "status", "conclusion"),
    [
        ("pending", Status.IN_PROGRESS, None),
        ("success", Status.COMPLETED, Conclusion.SUCCESS),
        ("failure", Status.COMPLETED, Conclusion.FAILURE),
        ("error", Status.COMPLETED, Conclusion.FAILURE),
    ],
)
async def test_statuses_count_as_jobs_of_one_workflow(
    github: GitHubSandbox, source: GitHubSource, state: str, status: Status, conclusion: Conclusion | None
) -> None:
    github.add_status(github.repository().line[1], "ci/jenkins: build", state)

    assert said(await source.poll(None, window=10)) == {("status", "ci/jenkins: build", 1, status, conclusion)}


async def test_an_idle_poll_costs_nothing_with_them_either(github: GitHubSandbox, source: GitHubSource) -> None:
    github.add_check(github.repository().line[0], "unit", app="Circle CI", conclusion="success")
    first = await source.poll(None, window=10)

    idle = await source.poll(first.cursor, window=10)

    assert (idle.charged, idle.attempts) == (0, ())


async def test_what_is_unfinished_is_waited_for_though_the_other_list_changes(
    github: GitHubSandbox, source: GitHubSource
) -> None:
    old = github.repository().line[0]
    github.add_check(old, "unit", app="Circle CI")
    first = await source.poll(None, window=10)
    github.add_status(old, "ci/jenkins: build", "success")
    second = await source.poll(first.cursor, window=10)
    states = {state["sha"]: state for state in second.cursor["commits"]}
    assert states[old]["waiting"]
    assert "pending" not in states[old]


async def test_systems_other_than_actions_break_a_watch(github: GitHubSandbox, source: GitHubSource) -> None:
    first, second = github.repository().line
    for sha in (first, second):
        github.add_check(sha, "Build / Linux (1, 2)", app="Azure Pipelines", conclusion="failure")
        github.add_check(sha, "Build / Linux (2, 2)", app="Azure Pipelines", conclusion="success")
        github.add_check(sha, "unit", app="CircleCI Checks", conclusion="timed_out")
        github.add_status(sha, "continuous-integration/jenkins/branch", "error")
        github.add_status(sha, "ci/circleci: lint", "success")
    trunk = Trunk("demo")
    change = await take_in(trunk, await source.poll(None, window=10))
    verdict = Board(watch(when={"consecutive_commits": 2}), trunk).update(change, now=START)
    assert {str(broken.job) for broken in verdict.broken} == {
        "Azure Pipelines / Build / Linux",
        "CircleCI Checks / unit",
        "status / continuous-integration/jenkins/branch",
    }
