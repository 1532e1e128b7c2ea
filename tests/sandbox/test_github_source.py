"""The GitHub source against a GitHub on localhost, over real sockets: what a poll reads, and what it costs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import msgspec
import pytest

from chatbot.ci import Attempt, Conclusion, Status
from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.recording import RecordedCommit, RecordedJob
from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.sandbox.story import story
from chatbot.sources import Cursor, Poll
from chatbot.sources.github import GitHubSource, Token

WINDOW = 50


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def draft() -> Draft:
    return Draft()


@pytest.fixture
async def github(draft: Draft) -> AsyncIterator[GitHubSandbox]:
    """A trunk of four green commits, and time to add to it."""
    for index in range(4):
        sha = draft.commit(f"commit {index} (#{index + 1})")
        draft.job(sha, "build")
        draft.job(sha, "test (1, 2)")
        draft.job(sha, "lint", workflow="lint")
    async with GitHubSandbox(draft.taken()) as sandbox:
        sandbox.advance()
        yield sandbox


@pytest.fixture
def source(github: GitHubSandbox, http: aiohttp.ClientSession) -> GitHubSource:
    return opened(github, http)


def opened(
    github: GitHubSandbox, http: aiohttp.ClientSession, repo: str = "demo/demo", *, reads: int = 500
) -> GitHubSource:
    return GitHubSource(repo, http=http, api_url=github.url, auth=Token(github.token), reads=reads)


def show(github: GitHubSandbox, draft: Draft) -> None:
    """Make what was drafted visible."""
    github.add(*draft.taken())
    github.advance()


def charged(github: GitHubSandbox) -> list[str]:
    return [asked.path for asked in github.requests if asked.charged]


async def test_the_first_poll_reads_the_window_oldest_first_with_everything_its_runs_say(
    github: GitHubSandbox, source: GitHubSource
) -> None:
    poll = await source.poll(None, window=WINDOW)

    assert [commit.title for commit in poll.commits] == [f"commit {index} (#{index + 1})" for index in range(4)]
    assert [commit.pr for commit in poll.commits] == [1, 2, 3, 4]
    assert poll.commits[0].author.login == "ada"
    assert poll.commits[0].author.email == "ada@example.org"
    assert len(poll.attempts) == 12
    assert {attempt.workflow for attempt in poll.attempts} == {"ci", "lint"}
    assert all(attempt.conclusion is Conclusion.SUCCESS for attempt in poll.attempts)
    assert poll.complete
    assert not poll.rewritten
    assert poll.requests == poll.charged == len(github.requests)


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


async def test_a_new_commit_follows_the_known_head(github: GitHubSandbox, source: GitHubSource, draft: Draft) -> None:
    first = await source.poll(None, window=WINDOW)
    sha = draft.commit("one more")
    job = draft.job(sha, "build", Status.QUEUED)
    show(github, draft)

    poll = await source.poll(first.cursor, window=WINDOW)

    assert [commit.sha for commit in poll.commits] == [sha]
    assert [(attempt.job_id, attempt.status) for attempt in poll.attempts] == [(job, Status.QUEUED)]
    assert not poll.rewritten


async def test_a_running_job_is_followed_to_its_end(github: GitHubSandbox, source: GitHubSource, draft: Draft) -> None:
    sha = draft.commit("one more")
    job = draft.job(sha, "build", Status.IN_PROGRESS)
    show(github, draft)
    first = await source.poll(None, window=WINDOW)
    draft.job(sha, "build", Conclusion.TIMED_OUT, job_id=job)
    show(github, draft)

    poll = await source.poll(first.cursor, window=WINDOW)
    idle = await source.poll(poll.cursor, window=WINDOW)

    assert [(attempt.job_id, attempt.conclusion) for attempt in poll.attempts] == [(job, Conclusion.TIMED_OUT)]
    assert idle.charged == 0


async def test_a_job_that_ends_while_its_runs_entry_stays_the_same_is_noticed(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    sha = draft.commit("one more")
    job = draft.job(sha, "build", Status.IN_PROGRESS)
    draft.job(sha, "slow", Status.IN_PROGRESS)
    show(github, draft)
    first = await source.poll(None, window=WINDOW)
    run = github.repository().runs[draft.run_id(sha)]
    listed = github.repository().sha_versions[sha]
    draft.job(sha, "build", Conclusion.FAILURE, job_id=job)
    show(github, draft)
    github.repository().sha_versions[sha] = listed
    run.updated_at -= timedelta(minutes=1)

    poll = await source.poll(first.cursor, window=WINDOW)

    assert Conclusion.FAILURE in {attempt.conclusion for attempt in poll.attempts}


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


async def test_runs_for_pull_requests_and_other_branches_on_the_same_commit_do_not_count(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    sha = draft.commit("one more")
    show(github, draft)
    for index, (event, branch) in enumerate([("pull_request", None), ("push", "ciflow/1"), ("schedule", None)]):
        draft.job(sha, f"job {index}", workflow=event + str(branch))
        [line] = draft.taken()
        assert isinstance(line, RecordedJob)
        github.note(line, event=event, branch=branch)

    poll = await source.poll(None, window=WINDOW)

    assert [attempt.job for attempt in poll.attempts if attempt.sha == sha] == ["job 2"]


async def test_first_parents_are_followed_through_merges(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    first = await source.poll(None, window=WINDOW)
    merge = draft.commit("Merge pull request #77 from ada/branch")
    after = draft.commit("after")
    show(github, draft)

    poll = await source.poll(first.cursor, window=WINDOW)
    anew = await source.poll(None, window=WINDOW)

    assert [(commit.sha, commit.pr) for commit in poll.commits] == [(merge, 77), (after, None)]
    assert not poll.rewritten
    assert len(anew.commits) == 6


async def test_more_than_a_page_of_commits_is_read_up_to_the_window(draft: Draft, http: aiohttp.ClientSession) -> None:
    shas = [draft.commit(f"commit {index}") for index in range(250)]
    async with GitHubSandbox(draft.taken()) as github:
        github.advance()
        poll = await opened(github, http).poll(None, window=220)

    assert [commit.sha for commit in poll.commits] == shas[30:]


async def test_a_window_that_overflowed_while_nobody_looked_is_read_anew(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    first = await source.poll(None, window=5)
    shas = [draft.commit(f"late {index}") for index in range(9)]
    show(github, draft)

    poll = await source.poll(first.cursor, window=5)

    assert poll.rewritten
    assert [commit.sha for commit in poll.commits] == shas[-5:]


async def test_a_force_push_has_the_window_read_anew(github: GitHubSandbox, source: GitHubSource, draft: Draft) -> None:
    first = await source.poll(None, window=WINDOW)
    draft.commit("instead")
    [instead] = draft.taken()
    assert isinstance(instead, RecordedCommit)
    github.force_push(drop=2, commits=[instead])

    poll = await source.poll(first.cursor, window=WINDOW)
    idle = await source.poll(poll.cursor, window=WINDOW)

    assert poll.rewritten
    assert [commit.sha for commit in poll.commits] == [first.commits[0].sha, first.commits[1].sha, instead.sha]
    assert len(poll.attempts) == 6
    assert (idle.rewritten, idle.charged) == (False, 0)


async def test_a_branch_reset_to_an_older_commit_is_a_rewrite_too(github: GitHubSandbox, source: GitHubSource) -> None:
    first = await source.poll(None, window=WINDOW)
    github.force_push(drop=1)

    poll = await source.poll(first.cursor, window=WINDOW)

    assert poll.rewritten
    assert poll.commits == first.commits[:3]


@pytest.mark.parametrize("change", [{"branch": "release"}, {"version": 0}, {"commits": "gone"}, {"window": 3}])
async def test_a_cursor_that_does_not_fit_has_the_window_read_anew(
    github: GitHubSandbox, source: GitHubSource, change: dict[str, object]
) -> None:
    first = await source.poll(None, window=WINDOW)
    cursor: Cursor = {**first.cursor, **change}

    poll = await source.poll(cursor, window=WINDOW)

    assert poll.rewritten
    assert len(poll.commits) == 4


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


async def test_a_job_that_goes_from_failure_back_to_running_is_passed_on_as_it_is(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    sha = draft.commit("one more")
    job = draft.job(sha, "build", Conclusion.FAILURE)
    draft.job(sha, "slow", Status.IN_PROGRESS)
    show(github, draft)
    first = await source.poll(None, window=WINDOW)
    draft.job(sha, "build", Status.IN_PROGRESS, job_id=job)
    show(github, draft)

    poll = await source.poll(first.cursor, window=WINDOW)

    assert (job, Status.IN_PROGRESS, None) in {
        (attempt.job_id, attempt.status, attempt.conclusion) for attempt in poll.attempts
    }


async def test_all_attempts_are_read_after_a_rerun_of_failed_jobs(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    sha = draft.commit("one more")
    draft.job(sha, "build")
    draft.job(sha, "test", Conclusion.FAILURE)
    draft.job(sha, "test", Conclusion.SUCCESS, attempt=2)
    show(github, draft)

    poll = await source.poll(None, window=WINDOW)

    assert [(a.job, a.attempt, a.conclusion) for a in poll.attempts if a.sha == sha] == [
        ("build", 1, Conclusion.SUCCESS),
        ("test", 1, Conclusion.FAILURE),
        ("test", 2, Conclusion.SUCCESS),
    ]


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


async def test_times_are_the_servers_whatever_the_local_clock_says(
    github: GitHubSandbox, http: aiohttp.ClientSession
) -> None:
    wrong = datetime(1999, 12, 31, tzinfo=UTC)
    source = GitHubSource("demo/demo", http=http, api_url=github.url, auth=Token(github.token), clock=lambda: wrong)

    poll = await source.poll(None, window=WINDOW)

    assert abs(poll.at - github.now) < timedelta(seconds=2)


async def test_the_remaining_budget_is_known_after_a_poll(github: GitHubSandbox, source: GitHubSource) -> None:
    before = source.budget
    poll = await source.poll(None, window=WINDOW)
    after = source.budget

    assert before is None
    assert after is not None
    assert (after.remaining, after.limit) == (5000 - poll.charged, 5000)


async def test_a_story_followed_poll_by_poll_ends_with_the_attempts_its_recording_ends_with(
    http: aiohttp.ClientSession,
) -> None:
    told = story()
    seen: dict[tuple[int, int], Attempt] = {}
    shas: list[str] = []
    async with GitHubSandbox(told.lines, logs=told.logs, repos={"pytorch": "pytorch/pytorch"}) as github:
        source = opened(github, http, "pytorch/pytorch")
        poll: Poll | None = None
        for at in (told.start + step * (told.end - told.start) / 40 for step in range(1, 41)):
            github.advance(to=at)
            poll = await source.poll(poll.cursor if poll else None, window=60)
            assert not poll.rewritten
            shas += [commit.sha for commit in poll.commits]
            seen |= {(attempt.job_id, attempt.attempt): attempt for attempt in poll.attempts}

    recorded = {
        (line.job_id, line.attempt): (line.status, line.conclusion, line.completed_at, line.job)
        for line in told.lines
        if isinstance(line, RecordedJob)
    }
    assert shas == [commit.sha for commit in told.commits]
    assert {key: (each.status, each.conclusion, each.completed_at, each.job) for key, each in seen.items()} == recorded


@pytest.mark.parametrize("repo", ["pytorch", "a/b/c", "", "a b/c", "https://github.com/a/b"])
def test_a_repository_that_is_not_owner_and_name_is_refused(repo: str) -> None:
    with pytest.raises(ConfigError, match="owner/name"):
        GitHubSource(repo, http=None)  # type: ignore[arg-type]  # refused before it is used


async def test_a_repository_that_does_not_exist_is_refused_with_what_to_do(
    github: GitHubSandbox, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(PermanentError, match="check `repo` and `branch`") as caught:
        await opened(github, http, "demo/nothing").poll(None, window=WINDOW)

    assert caught.value.code == "404"


async def test_a_branch_that_does_not_exist_is_refused_with_what_to_do(
    github: GitHubSandbox, http: aiohttp.ClientSession
) -> None:
    source = GitHubSource("demo/demo", "trunk", http=http, api_url=github.url, auth=Token(github.token))

    with pytest.raises(PermanentError, match="check `repo` and `branch`"):
        await source.poll(None, window=WINDOW)


async def test_a_repository_without_commits_says_so(http: aiohttp.ClientSession) -> None:
    async with GitHubSandbox([], repos={"demo": "demo/demo"}) as github:
        with pytest.raises(PermanentError, match="has no commits"):
            await opened(github, http).poll(None, window=WINDOW)


async def test_a_wrong_token_is_refused_with_what_to_do(github: GitHubSandbox, http: aiohttp.ClientSession) -> None:
    source = GitHubSource("demo/demo", http=http, api_url=github.url, auth=Token("ghp_wrong"))

    with pytest.raises(PermanentError, match="set GITHUB_TOKEN") as caught:
        await source.poll(None, window=WINDOW)

    assert "ghp_wrong" not in str(caught.value)
    assert "ghp_wrong" not in repr(source.__dict__)


async def test_a_server_that_is_not_there_may_come_back(http: aiohttp.ClientSession) -> None:
    async with GitHubSandbox([]) as github:
        url = github.url
    source = GitHubSource("demo/demo", http=http, api_url=url)

    with pytest.raises(TransientError, match="cannot be reached"):
        await source.poll(None, window=WINDOW)


async def test_the_cursor_is_plain_json_and_small(http: aiohttp.ClientSession) -> None:
    told = story()
    async with GitHubSandbox(told.lines) as github:
        github.advance()
        poll = await opened(github, http, "pytorch/pytorch").poll(None, window=60)

    assert json.loads(json.dumps(poll.cursor)) == poll.cursor
    assert len(msgspec.json.encode(poll.cursor)) < 300 * len(told.commits)
