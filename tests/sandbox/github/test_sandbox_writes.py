"""The sandbox's GitHub by itself: what people set off there, logs, checks and statuses."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from chatbot.sandbox.github import Draft, GitHubSandbox
from tests.sandbox.github.asking import BASE, Asker, reverted


@pytest.fixture
async def github(draft: Draft) -> AsyncIterator[GitHubSandbox]:
    async with reverted(draft) as sandbox:
        sandbox.advance()
        yield sandbox


@pytest.fixture
def asker(github: GitHubSandbox, http: aiohttp.ClientSession) -> Asker:
    return Asker(github, http)


async def test_a_rerun_of_failed_jobs_makes_a_new_attempt_that_ends_as_scripted(
    github: GitHubSandbox, draft: Draft, asker: Asker
) -> None:
    run = draft.run_id(github.repository().line[0])
    github.script("te*", "success")

    answer = await asker.ask(f"{BASE}/actions/runs/{run}/rerun-failed-jobs", "POST")
    running = (await asker.ask(f"{BASE}/actions/runs/{run}")).body
    twice = await asker.ask(f"{BASE}/actions/runs/{run}/rerun-failed-jobs", "POST")
    github.advance()
    jobs = (await asker.ask(f"{BASE}/actions/runs/{run}/jobs?filter=all")).body["jobs"]

    assert (answer.status, twice.status) == (201, 403)
    assert (running["status"], running["run_attempt"]) == ("in_progress", 2)
    assert [(job["name"], job["run_attempt"], job["conclusion"]) for job in jobs] == [
        ("build", 1, "success"),
        ("test", 1, "failure"),
        ("test", 2, "success"),
    ]


async def test_a_rerun_of_one_job_ends_as_it_did_before(github: GitHubSandbox, draft: Draft, asker: Asker) -> None:
    run = github.repository().runs[draft.run_id(github.repository().line[0])]
    test = next(job for job in run.latest() if job.job == "test")

    answer = await asker.ask(f"{BASE}/actions/jobs/{test.job_id}/rerun", "POST")
    github.advance()
    again = next(job for job in run.latest() if job.job == "test")

    assert answer.status == 201
    assert (again.attempt, again.conclusion, again.failure) == (2, "failure", test.failure)


async def test_a_dispatch_runs_the_workflow_on_the_head(github: GitHubSandbox, asker: Asker) -> None:
    path = f"{BASE}/actions/workflows/ci.yml/dispatches"

    assert (await asker.ask(path, "POST", json={"ref": "main"})).status == 204
    github.advance()
    found = (await asker.ask(f"{BASE}/actions/runs?event=workflow_dispatch")).body["workflow_runs"]
    assert [run["head_sha"] for run in found] == [github.repository().head]
    assert (await asker.ask(path, "POST", json={"ref": "nothing"})).status == 422
    assert (await asker.ask(f"{BASE}/actions/workflows/x.yml/dispatches", "POST", json={"ref": "main"})).status == 404


async def test_a_revert_is_opened_through_graphql(github: GitHubSandbox, asker: Asker) -> None:
    [pull] = (await asker.ask(f"{BASE}/commits/{github.repository().line[0]}/pulls")).body
    query = (
        "mutation($input: RevertPullRequestInput!) { revertPullRequest(input: $input) { revertPullRequest { url } } }"
    )
    variables = {"input": {"pullRequestId": pull["node_id"]}}

    opened = (await asker.ask("/graphql", "POST", json={"query": query, "variables": variables})).body
    missing = (await asker.ask("/graphql", "POST", json={"query": query, "variables": {"input": {}}})).body

    assert opened["data"]["revertPullRequest"]["revertPullRequest"]["number"] == 3
    assert [(revert.reverts, revert.title) for revert in github.reverts] == [(1, 'Revert "[x] Add (#1)"')]
    assert missing["errors"][0]["type"] == "NOT_FOUND"


async def test_check_runs_and_the_combined_status_are_shown(github: GitHubSandbox, asker: Asker) -> None:
    sha = github.repository().line[0]
    github.add_status(sha, "ci", "failure")
    github.add_status(sha, "ci", "success")

    checks = (await asker.ask(f"{BASE}/commits/{sha}/check-runs")).body
    status = (await asker.ask(f"{BASE}/commits/{sha}/status")).body

    assert [check["name"] for check in checks["check_runs"]] == ["build", "test"]
    assert (status["state"], status["total_count"]) == ("success", 1)


async def test_logs_are_elsewhere_and_want_no_token(github: GitHubSandbox, draft: Draft, asker: Asker) -> None:
    run = github.repository().runs[draft.run_id(github.repository().line[0])]
    failed = run.latest()[1]

    answer = await asker.ask(f"{BASE}/actions/jobs/{failed.job_id}/logs")
    with_token = await asker.ask(answer.headers["Location"])
    asker.headers = {}
    without = await asker.ask(answer.headers["Location"])

    assert answer.status == 302
    assert github.url not in answer.headers["Location"]
    assert with_token.status == 400
    assert "E: no\n" in without.body
