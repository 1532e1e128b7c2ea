"""What following a trunk on GitHub costs: nothing while idle, what changed otherwise, never more than is left."""

from __future__ import annotations

import json

import aiohttp
import msgspec

from chatbot.ci import Conclusion, Status
from chatbot.hints import Hint
from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.sandbox.story import story
from chatbot.sources.github import GitHubSource
from tests.sandbox.github.reading import WINDOW, opened, show


def charged(github: GitHubSandbox) -> list[str]:
    return [asked.path for asked in github.requests if asked.charged]


async def test_every_request_names_the_api_version_and_asks_only_what_the_contract_lists(
    github: GitHubSandbox, source: GitHubSource
) -> None:
    await source.poll(None, window=WINDOW)

    assert {asked.version for asked in github.requests} == {"2022-11-28"}
    assert {asked.path.split("?")[0].split("/")[4] for asked in github.requests} == {"commits", "actions"}


async def test_an_idle_poll_is_answered_with_304_throughout(github: GitHubSandbox, source: GitHubSource) -> None:
    first = await source.poll(None, window=WINDOW)
    github.clear()

    idle = await source.poll(first.cursor, window=WINDOW)

    assert (idle.commits, idle.attempts, idle.charged) == ((), (), 0)
    assert {asked.status for asked in github.requests} == {304}
    assert idle.requests == len(github.requests)


async def test_an_idle_poll_right_after_a_restart_costs_nothing_either(
    github: GitHubSandbox, source: GitHubSource, http: aiohttp.ClientSession
) -> None:
    stored = json.dumps((await source.poll(None, window=WINDOW)).cursor)
    github.clear()

    idle = await opened(github, http).poll(json.loads(stored), window=WINDOW)

    assert idle.charged == 0
    assert {asked.status for asked in github.requests} == {304}


async def test_one_changed_run_costs_its_commits_list_and_its_own_jobs(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    first = await source.poll(None, window=WINDOW)
    job = draft.job(first.commits[1].sha, "test (2, 2)", Conclusion.FAILURE)
    show(github, draft)
    github.clear()

    poll = await source.poll(first.cursor, window=WINDOW)

    assert [attempt.job for attempt in poll.attempts if attempt.conclusion is Conclusion.FAILURE] == ["test (2, 2)"]
    assert {attempt.workflow for attempt in poll.attempts} == {"ci"}
    assert job in {attempt.job_id for attempt in poll.attempts}
    assert len(charged(github)) == 2
    assert poll.charged == 2


async def test_a_rerun_of_an_old_commit_is_noticed_within_five_polls(draft: Draft, http: aiohttp.ClientSession) -> None:
    shas = [draft.commit(f"commit {index}") for index in range(130)]
    jobs = [draft.job(sha, "build", Conclusion.FAILURE) for sha in shas]
    async with GitHubSandbox(draft.taken()) as github:
        github.advance()
        source = opened(github, http)
        poll = await source.poll(None, window=200)
        again = draft.job(shas[3], "build", Conclusion.SUCCESS, attempt=2)
        show(github, draft)
        found: list[int] = []
        for _ in range(5):
            poll = await source.poll(poll.cursor, window=200)
            found += [attempt.job_id for attempt in poll.attempts]

    assert found == [jobs[3], again]


async def test_a_first_window_is_read_over_several_polls_newest_first(
    draft: Draft, http: aiohttp.ClientSession
) -> None:
    shas = [draft.commit(f"commit {index}") for index in range(40)]
    for sha in shas:
        draft.job(sha, "build")
        draft.job(sha, "lint", workflow="lint")
    async with GitHubSandbox(draft.taken()) as github:
        github.advance()
        source = opened(github, http, reads=50)
        polls = [await source.poll(None, window=WINDOW)]
        while not polls[-1].complete:
            polls.append(await source.poll(polls[-1].cursor, window=WINDOW))
        idle = await source.poll(polls[-1].cursor, window=WINDOW)

    assert [bool(poll.commits) for poll in polls] == [True, False, False]
    assert shas[-1] in {attempt.sha for attempt in polls[0].attempts}
    assert shas[0] not in {attempt.sha for attempt in polls[0].attempts}
    assert len({attempt.job_id for poll in polls for attempt in poll.attempts}) == 80
    assert idle.charged == 0


async def test_the_rest_of_the_rate_limit_is_shared_out_until_its_reset(
    draft: Draft, http: aiohttp.ClientSession
) -> None:
    shas = [draft.commit(f"commit {index}") for index in range(60)]
    async with GitHubSandbox(draft.taken(), rate_limit=300) as github:
        github.advance()
        source = opened(github, http)
        first = await source.poll(None, window=100)
        github.limit.remaining = 120
        for sha in shas:
            draft.job(sha, "build")
        github.add(*draft.taken())
        github.advance()
        github.limit.turn(github.now)
        github.limit.remaining = 120
        await source.check()
        second = await source.poll(first.cursor, window=100)

    assert 20 <= second.charged < 130
    assert second.complete


async def test_jobs_on_several_pages_are_read_whole_and_then_page_by_page(
    draft: Draft, http: aiohttp.ClientSession
) -> None:
    sha = draft.commit("big")
    jobs = [draft.job(sha, f"job {index}", Status.IN_PROGRESS) for index in range(250)]
    async with GitHubSandbox(draft.taken()) as github:
        github.advance()
        source = opened(github, http)
        first = await source.poll(None, window=WINDOW)
        idle = await source.poll(first.cursor, window=WINDOW)
        draft.job(sha, "job 249", Conclusion.FAILURE, job_id=jobs[249])
        show(github, draft)
        second = await source.poll(idle.cursor, window=WINDOW)
        draft.job(sha, "job 250")
        show(github, draft)
        third = await source.poll(second.cursor, window=WINDOW)

    assert [len(poll.attempts) for poll in (first, idle)] == [250, 0]
    assert idle.charged == 0
    assert [a.job for a in second.attempts if a.conclusion is Conclusion.FAILURE] == ["job 249"]
    assert len(third.attempts) == 251


async def test_the_remaining_budget_is_known_after_a_poll(github: GitHubSandbox, source: GitHubSource) -> None:
    before = source.budget
    poll = await source.poll(None, window=WINDOW)
    after = source.budget

    assert before is None
    assert after is not None
    assert (after.remaining, after.limit) == (5000 - poll.charged, 5000)


async def test_the_cursor_is_plain_json_and_small(http: aiohttp.ClientSession) -> None:
    told = story()
    async with GitHubSandbox(told.lines) as github:
        github.advance()
        poll = await opened(github, http, "pytorch/pytorch").poll(None, window=60)

    assert json.loads(json.dumps(poll.cursor)) == poll.cursor
    assert len(msgspec.json.encode(poll.cursor)) < 300 * len(told.commits)


async def test_a_look_at_a_run_that_changed_asks_for_its_jobs_and_nothing_else(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    first = await source.poll(None, window=WINDOW)
    sha = draft.commit("newer")
    job = draft.job(sha, "build", Status.IN_PROGRESS)
    draft.job(sha, "slow", Status.IN_PROGRESS, workflow="other")
    show(github, draft)
    known = await source.look(first.cursor, Hint(head=True), window=WINDOW)
    assert [commit.sha for commit in known.commits] == [sha]
    assert {attempt.job for attempt in known.attempts} == {"build", "slow"}
    draft.job(sha, "build", Conclusion.FAILURE, job_id=job)
    show(github, draft)
    github.clear()

    seen = await source.look(known.cursor, Hint(runs=frozenset({(sha, draft.run_id(sha))})), window=WINDOW)

    assert [attempt.conclusion for attempt in seen.attempts] == [Conclusion.FAILURE]
    assert [f"/runs/{draft.run_id(sha)}/jobs" in path for path in charged(github)] == [True]
    assert seen.requests == 1
    assert (await source.poll(seen.cursor, window=WINDOW)).complete


async def test_a_look_at_a_run_that_nobody_has_seen_yet_finds_it(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    first = await source.poll(None, window=WINDOW)
    sha = first.commits[-1].sha
    draft.job(sha, "new", Conclusion.FAILURE, workflow="new")
    draft.job(sha, "newer", Conclusion.FAILURE, workflow="newer")
    show(github, draft)

    seen = await source.look(first.cursor, Hint(runs=frozenset({(sha, draft.run_id(sha, "new"))})), window=WINDOW)
    after = await source.poll(seen.cursor, window=WINDOW)

    assert [attempt.job for attempt in seen.attempts] == ["new"]
    assert "newer" in [attempt.job for attempt in after.attempts]


async def test_a_look_at_what_is_not_there_changes_nothing(github: GitHubSandbox, source: GitHubSource) -> None:
    first = await source.poll(None, window=WINDOW)
    known = first.commits[-1].sha
    github.clear()

    for runs in ({("0" * 40, 7)}, {(known, 7)}, {(known, 0)}):
        seen = await source.look(first.cursor, Hint(runs=frozenset(runs)), window=WINDOW)
        assert (seen.commits, seen.attempts, seen.charged) == ((), (), 0)
        assert (await source.poll(seen.cursor, window=WINDOW)).attempts == ()


async def test_looks_leave_the_other_half_of_the_limit_to_polls(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    first = await source.poll(None, window=WINDOW)
    sha = draft.commit("newer")
    job = draft.job(sha, "build", Status.IN_PROGRESS)
    show(github, draft)
    github.limit.remaining = 100
    poll = await source.poll(first.cursor, window=WINDOW)
    github.clear()

    for _ in range(20):
        draft.job(sha, "build", Status.IN_PROGRESS, job_id=job)
        show(github, draft)
        await source.look(poll.cursor, Hint(runs=frozenset({(sha, draft.run_id(sha))})), window=WINDOW)

    assert len(charged(github)) <= 2
