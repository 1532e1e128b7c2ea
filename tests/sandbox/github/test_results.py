"""What the GitHub source reads of runs, jobs and attempts, whatever order they change in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import aiohttp

from chatbot.ci import Attempt, Conclusion, Status
from chatbot.recording import RecordedJob
from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.sandbox.story import story
from chatbot.sources import Poll
from chatbot.sources.github import GitHubSource, Token
from tests.sandbox.github.reading import WINDOW, opened, show


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


async def test_times_are_the_servers_whatever_the_local_clock_says(
    github: GitHubSandbox, http: aiohttp.ClientSession
) -> None:
    wrong = datetime(1999, 12, 31, tzinfo=UTC)
    source = GitHubSource("demo/demo", http=http, api_url=github.url, auth=Token(github.token), clock=lambda: wrong)

    poll = await source.poll(None, window=WINDOW)

    assert abs(poll.at - github.now) < timedelta(seconds=2)


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
