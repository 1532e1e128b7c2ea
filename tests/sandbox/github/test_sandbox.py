"""The sandbox's GitHub by itself: what it shows, refuses, counts and lets people set off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from chatbot.ci import Commit
from chatbot.sandbox.github import Draft, Fault, GitHubSandbox
from chatbot.sandbox.github.draft import BEGINS, MINUTE
from tests.sandbox.github.asking import BASE, Asker, reverted


@pytest.fixture
async def github(draft: Draft) -> AsyncIterator[GitHubSandbox]:
    async with reverted(draft) as sandbox:
        sandbox.advance()
        yield sandbox


@pytest.fixture
def asker(github: GitHubSandbox, http: aiohttp.ClientSession) -> Asker:
    return Asker(github, http)


async def test_nothing_later_than_story_time_is_shown(github: GitHubSandbox, draft: Draft, asker: Asker) -> None:
    draft.commit("tomorrow")
    github.add(*draft.taken())

    before = (await asker.ask(f"{BASE}/commits")).body
    github.advance(to=github.now + 2 * MINUTE)
    after = (await asker.ask(f"{BASE}/commits")).body

    assert [len(before), len(after)] == [2, 3]


async def test_story_time_moves_by_lines_or_runs_by_itself() -> None:
    draft = Draft()
    for index in range(5):
        draft.commit(f"commit {index}")
    seconds = iter([0.0, 0.0, 30.0, 30.0, 30.0, 500.0, 500.0, 500.0, 500.0, 500.0, 500.0, 500.0])
    async with GitHubSandbox(draft.lines) as still:
        still.advance(to=3)
        assert len(still.repository().line) == 3
        assert still.now == BEGINS + 3 * MINUTE
    async with GitHubSandbox(draft.lines, speed=10, monotonic=lambda: next(seconds)) as running:
        assert running.now == BEGINS + MINUTE - timedelta(seconds=1) + 5 * MINUTE
        assert running.finished


async def test_an_etag_that_still_holds_is_answered_with_304_and_not_charged(
    github: GitHubSandbox, asker: Asker
) -> None:
    first = await asker.ask(f"{BASE}/commits?per_page=1")
    left = github.limit.remaining
    again = await asker.ask(f"{BASE}/commits?per_page=1", If_None_Match=first.headers["Etag"])
    other = await asker.ask(f"{BASE}/commits?per_page=2", If_None_Match=first.headers["Etag"])

    assert (again.status, again.body) == (304, "")
    assert other.status == 200
    assert github.limit.remaining == left - 1
    assert other.headers["X-RateLimit-Remaining"] == str(left - 1)


async def test_links_lead_through_the_pages_by_the_repositorys_number(asker: Asker) -> None:
    first = await asker.ask(f"{BASE}/commits?per_page=1")
    assert first.next is not None
    second = await asker.ask(first.next)

    assert "/repositories/65600975/commits?per_page=1&page=2" in first.next
    assert [commit["sha"] for commit in second.body] == [first.body[0]["parents"][0]["sha"]]
    assert second.next is None


async def test_a_revert_says_which_commit_it_reverts(asker: Asker) -> None:
    [revert, reverted] = (await asker.ask(f"{BASE}/commits")).body

    assert revert["commit"]["message"].endswith(f"\n\nThis reverts commit {reverted['sha']}.")


async def test_commits_compare_as_git_does(github: GitHubSandbox, asker: Asker) -> None:
    first, second = github.repository().line

    async def status(pair: str) -> tuple[str, int, int]:
        found = (await asker.ask(f"{BASE}/compare/{pair}")).body
        return found["status"], found["ahead_by"], found["behind_by"]

    assert await status(f"{first}...{second}") == ("ahead", 1, 0)
    assert await status(f"{second}...{first}") == ("behind", 0, 1)
    assert await status("main...main") == ("identical", 0, 0)
    github.force_push(drop=1, commits=[Commit("f" * 40, BEGINS, "x")])
    assert await status(f"{second}...main") == ("diverged", 1, 1)


async def test_jobs_of_the_newest_attempt_or_of_all(github: GitHubSandbox, draft: Draft, asker: Asker) -> None:
    sha = github.repository().line[0]
    draft.job(sha, "test", attempt=2)
    github.add(*draft.taken())
    github.advance()
    url = f"{BASE}/actions/runs/{draft.run_id(sha)}/jobs"

    latest = (await asker.ask(url)).body
    every = (await asker.ask(f"{url}?filter=all")).body

    assert [job["run_attempt"] for job in latest["jobs"]] == [2]
    assert [job["run_attempt"] for job in every["jobs"]] == [1, 1, 2]
    assert every["total_count"] == 3


async def test_runs_are_found_by_commit_branch_event_and_status(github: GitHubSandbox, asker: Asker) -> None:
    first = github.repository().line[0]

    async def count(query: str) -> int:
        return int((await asker.ask(f"{BASE}/actions/runs?{query}")).body["total_count"])

    assert await count("") == 2
    assert await count(f"head_sha={first}") == 1
    assert await count("branch=main&event=push") == 2
    assert await count("branch=other") == 0
    assert await count("status=failure") == 1
    assert await count("status=in_progress") == 1
    assert await count("event=schedule") == 0


async def test_what_does_not_exist_is_refused_in_githubs_words(asker: Asker) -> None:
    paths = [
        "/repos/demo/other",
        "/nothing",
        f"{BASE}/actions/runs/1",
        f"{BASE}/actions/jobs/x",
        f"{BASE}/commits?sha=x",
    ]
    answers = [await asker.ask(path) for path in paths]

    assert {answer.status for answer in answers} == {404}
    assert {(answer.body["message"], answer.body["status"]) for answer in answers} == {("Not Found", "404")}


async def test_who_has_no_token_is_not_let_in(asker: Asker) -> None:
    asker.headers = {}
    nobody = await asker.ask(BASE)
    asker.headers = {"Authorization": "token wrong"}
    somebody = await asker.ask(BASE)

    assert (nobody.status, nobody.body["message"]) == (401, "Requires authentication")
    assert (somebody.status, somebody.body["message"]) == (401, "Bad credentials")


async def test_the_rate_limit_ends_and_begins_again(github: GitHubSandbox, asker: Asker) -> None:
    github.limit.remaining = 1
    statuses = [(await asker.ask(BASE)).status for _ in range(2)]
    told = (await asker.ask("/rate_limit")).body["resources"]["core"]
    github.advance(to=github.now + timedelta(hours=1, seconds=1))

    assert statuses == [200, 403]
    assert (told["remaining"], told["limit"]) == (0, 5000)
    assert (await asker.ask(BASE)).status == 200


async def test_faults_are_used_up_in_order_and_can_be_cleared(github: GitHubSandbox, asker: Asker) -> None:
    github.faults.add("/commits", Fault.SERVER_ERROR, times=2)
    github.faults.add(BASE, "html", times=None)

    statuses = [(await asker.ask(f"{BASE}/commits")).status for _ in range(3)]
    kind = (await asker.ask(BASE)).headers["Content-Type"]
    github.faults.clear()

    assert statuses == [502, 502, 200]
    assert kind.startswith("text/html")
    assert github.faults.waiting == 0
    assert (await asker.ask(BASE)).headers["Content-Type"].startswith("application/json")


async def test_every_request_is_remembered_with_its_answer(github: GitHubSandbox, asker: Asker) -> None:
    await asker.ask(f"{BASE}/commits?per_page=7")
    await asker.ask("/nothing")

    assert [(asked.method, asked.path, asked.status, asked.charged) for asked in github.requests] == [
        ("GET", f"{BASE}/commits?per_page=7", 200, True),
        ("GET", "/nothing", 404, True),
    ]
    github.clear()
    assert github.requests == []


async def test_several_trunks_are_several_repositories() -> None:
    one, two = Draft("one"), Draft("two")
    one.commit("a")
    two.commit("b")
    async with (
        GitHubSandbox([*one.lines, *two.lines], repos={"two": "org/second"}) as github,
        aiohttp.ClientSession() as http,
    ):
        github.advance()
        asker = Asker(github, http)
        titles = [
            (await asker.ask(f"/repos/{name}/commits")).body[0]["commit"]["message"]
            for name in ("one/one", "org/second")
        ]

    assert titles == ["a", "b"]
