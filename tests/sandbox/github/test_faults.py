"""What the GitHub source makes of a GitHub and a network that fail: nothing of a failed poll counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from chatbot.ci import Conclusion, Status
from chatbot.errors import PermanentError, TransientError
from chatbot.sandbox.github import Draft, Fault, GitHubSandbox
from chatbot.sources.github import GitHubSource, Token

WINDOW = 50


@pytest.fixture
async def github(draft: Draft) -> AsyncIterator[GitHubSandbox]:
    """Three commits; the newest has 150 jobs, one of them red."""
    for index in range(3):
        draft.job(draft.commit(f"commit {index}"), "build")
    newest = draft.commit("newest")
    for index in range(149):
        draft.job(newest, f"job {index}", Status.IN_PROGRESS)
    draft.job(newest, "job 149", Conclusion.FAILURE)
    async with GitHubSandbox(draft.taken()) as sandbox:
        sandbox.advance()
        yield sandbox


PASSING = [
    (Fault.RATE_LIMITED_PRIMARY, 90.0, "rate limit"),
    (Fault.RATE_LIMITED_SECONDARY, 90.0, "rate limit"),
    (Fault.SERVER_ERROR, None, "out of order"),
    (Fault.TRUNCATED, None, "cannot be read"),
    (Fault.REFUSED, None, "cannot be reached"),
    (Fault.BROKEN_OFF, None, "cannot be reached"),
    (Fault.HTML, None, "is it a proxy"),
]
STAYING = [
    (Fault.FORBIDDEN, "give the token read access"),
    (Fault.NOT_FOUND, "the token may not see it"),
    (Fault.SSO, "authorize the token for it .https://github.com/orgs/sandbox/sso"),
    (Fault.MOVED, "moved to renamed/renamed: put its new name into `repo`"),
]
EVERYWHERE = ["/commits?", "actions/runs?head_sha", "/jobs?"]


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(("fault", "wait", "text"), PASSING)
async def test_a_fault_that_passes_fails_the_poll_and_the_next_one_reads_everything(
    github: GitHubSandbox, source: GitHubSource, path: str, fault: Fault, wait: float | None, text: str
) -> None:
    github.faults.add(path, fault, times=None, seconds=90)

    with pytest.raises(TransientError, match=text) as caught:
        await source.poll(None, window=WINDOW)
    github.faults.clear()
    poll = await source.poll(None, window=WINDOW)

    assert caught.value.retry_after is wait is None or abs((caught.value.retry_after or 0) - 90) <= 2
    assert len(poll.attempts) == 153


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(("fault", "wait", "text"), PASSING)
async def test_a_fault_while_nothing_but_one_job_changed_loses_nothing(
    github: GitHubSandbox, source: GitHubSource, draft: Draft, path: str, fault: Fault, wait: float | None, text: str
) -> None:
    first = await source.poll(None, window=WINDOW)
    late = draft.commit("late")
    draft.job(late, "build", Conclusion.FAILURE)
    github.add(*draft.taken())
    github.advance()
    github.faults.add(path, fault, times=None, seconds=90)

    with pytest.raises(TransientError, match=text):
        await source.poll(first.cursor, window=WINDOW)
    github.faults.clear()
    poll = await source.poll(first.cursor, window=WINDOW)
    idle = await source.poll(poll.cursor, window=WINDOW)

    assert [commit.sha for commit in poll.commits] == [late]
    assert [attempt.conclusion for attempt in poll.attempts if attempt.sha == late] == [Conclusion.FAILURE]
    assert idle.charged == 0


async def test_an_answer_that_takes_too_long_fails_the_poll(
    github: GitHubSandbox, http: aiohttp.ClientSession, source: GitHubSource
) -> None:
    impatient = GitHubSource("demo/demo", http=http, api_url=github.url, auth=Token(github.token), timeout=0.3)
    github.faults.add("/commits?", Fault.SLOW)

    with pytest.raises(TransientError, match=r"did not answer /repos/demo/demo/commits within 0.3 s"):
        await impatient.poll(None, window=WINDOW)

    assert len((await source.poll(None, window=WINDOW)).attempts) == 153


@pytest.mark.parametrize(("fault", "text"), STAYING)
async def test_a_refusal_that_stays_says_what_to_do(
    github: GitHubSandbox, source: GitHubSource, fault: Fault, text: str
) -> None:
    github.faults.add("/commits?", fault)

    with pytest.raises(PermanentError, match=text):
        await source.poll(None, window=WINDOW)


async def test_a_job_list_that_grows_between_two_pages_is_read_again(
    github: GitHubSandbox, source: GitHubSource
) -> None:
    github.faults.add("/jobs?", Fault.GROWING)

    poll = await source.poll(None, window=WINDOW)

    assert len(poll.attempts) == 153
    assert len({attempt.job_id for attempt in poll.attempts}) == 153


async def test_a_job_list_that_keeps_changing_fails_the_poll(github: GitHubSandbox, source: GitHubSource) -> None:
    [run] = github.repository().by_sha[github.repository().line[-1]]
    github.faults.add(f"runs/{run.id}/jobs*per_page=100", Fault.STALE, times=None)
    github.faults.add("page=2", Fault.GROWING, times=None)

    poll = await source.poll(None, window=WINDOW)
    assert len(poll.attempts) == 152

    github.faults.clear()
    for _ in range(3):
        github.faults.add(f"runs/{run.id}/jobs", Fault.STALE)
        github.faults.add(f"runs/{run.id}/jobs", Fault.REVERSED)
    with pytest.raises(TransientError, match="changed in each of 3 reads"):
        await source.poll(None, window=WINDOW)


async def test_pages_in_reversed_order_change_nothing(github: GitHubSandbox, source: GitHubSource) -> None:
    straight = await source.poll(None, window=WINDOW)
    github.faults.add("", Fault.REVERSED, times=None)

    reversed_ = await source.poll(None, window=WINDOW)

    assert reversed_.commits == straight.commits
    assert set(reversed_.attempts) == set(straight.attempts)


async def test_a_commit_list_that_lags_behind_is_no_force_push(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    first = await source.poll(None, window=WINDOW)
    github.faults.add("/commits?", Fault.STALE)

    with pytest.raises(TransientError, match="does not begin with the branch's head"):
        await source.poll(first.cursor, window=WINDOW)
    poll = await source.poll(first.cursor, window=WINDOW)

    assert (poll.rewritten, poll.commits) == (False, ())


async def test_jobs_shown_as_running_again_are_believed_and_then_corrected(
    github: GitHubSandbox, source: GitHubSource
) -> None:
    first = await source.poll(None, window=WINDOW)
    github.faults.add("/jobs?", Fault.BACK_TO_IN_PROGRESS, times=2)

    lied = await source.poll(first.cursor, window=WINDOW)
    corrected = await source.poll(lied.cursor, window=WINDOW)

    assert {(a.job, a.status) for a in lied.attempts if a.job == "job 149"} == {("job 149", Status.IN_PROGRESS)}
    assert {(a.job, a.conclusion) for a in corrected.attempts if a.job == "job 149"} == {
        ("job 149", Conclusion.FAILURE)
    }


async def test_a_finished_run_whose_jobs_lag_behind_is_read_until_they_do_not(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    github.faults.add("/jobs?", Fault.BACK_TO_IN_PROGRESS, times=5)
    first = await source.poll(None, window=WINDOW)
    second = await source.poll(first.cursor, window=WINDOW)
    idle = await source.poll(second.cursor, window=WINDOW)

    finished = [attempt for attempt in second.attempts if attempt.conclusion is Conclusion.SUCCESS]
    assert {attempt.job for attempt in first.attempts if attempt.status is Status.COMPLETED} == set()
    assert len({attempt.sha for attempt in finished}) == 3
    assert idle.charged == 0


async def test_a_run_that_is_listed_but_cannot_be_read_yet_is_read_later(
    github: GitHubSandbox, source: GitHubSource
) -> None:
    github.faults.add("/jobs?", Fault.NOT_FOUND)
    first = await source.poll(None, window=WINDOW)
    second = await source.poll(first.cursor, window=WINDOW)
    github.faults.add("/jobs?", Fault.NOT_FOUND)
    third = await source.poll(second.cursor, window=WINDOW)
    fourth = await source.poll(third.cursor, window=WINDOW)
    idle = await source.poll(fourth.cursor, window=WINDOW)

    assert first.complete
    assert len(first.attempts) < 153
    assert {attempt.job_id for poll in (first, second) for attempt in poll.attempts} == {
        attempt.job_id for poll in (first, second, fourth) for attempt in poll.attempts
    }
    assert len(first.attempts) + len(second.attempts) == 153
    assert idle.charged == 0


async def test_links_to_another_host_are_not_followed(github: GitHubSandbox, source: GitHubSource) -> None:
    github.faults.add("/jobs?", Fault.OTHER_HOST, times=None)

    with pytest.raises(PermanentError, match=r"points to http://elsewhere\.invalid") as caught:
        await source.poll(None, window=WINDOW)

    assert caught.value.code == "other_host"


async def test_the_rate_limit_used_up_says_when_it_is_full_again(github: GitHubSandbox, source: GitHubSource) -> None:
    await source.poll(None, window=WINDOW)
    github.limit.remaining = 0

    with pytest.raises(TransientError) as caught:
        await source.poll(None, window=WINDOW)

    assert caught.value.retry_after is not None
    assert 3590 <= caught.value.retry_after <= 3602


async def test_a_cancelled_poll_leaves_nothing_behind(github: GitHubSandbox, source: GitHubSource) -> None:
    github.faults.add("/jobs?", Fault.SLOW, times=None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await source.poll(None, window=WINDOW)
    github.faults.clear()

    assert len((await source.poll(None, window=WINDOW)).attempts) == 153
