"""What the Buildkite source makes of builds and jobs, poll after poll."""

from __future__ import annotations

import aiohttp
import pytest

from chatbot.ci import Conclusion, Status
from chatbot.sandbox.buildkite import BuildkiteSandbox
from chatbot.shards import Shards
from chatbot.sources.buildkite import BuildkiteSource
from tests.trunks import sha

WINDOW = 50


async def test_the_first_poll_reads_commits_and_jobs(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    for n in range(3):
        number = buildkite.build(sha(n), message=f"change {n} (#{n + 1})\n\nmore")
        buildkite.job(number, "RSpec", "failed" if n == 2 else "passed")

    poll = await source.poll(None, window=WINDOW)

    assert [(c.sha, c.title, c.pr, c.author.name) for c in poll.commits] == [
        (sha(n), f"change {n} (#{n + 1})", n + 1, "Keith Pitt") for n in range(3)
    ]
    assert [(a.sha, a.workflow, a.job, a.run_id, a.conclusion) for a in poll.attempts] == [
        (sha(0), "app", "RSpec", 1, Conclusion.SUCCESS),
        (sha(1), "app", "RSpec", 2, Conclusion.SUCCESS),
        (sha(2), "app", "RSpec", 3, Conclusion.FAILURE),
    ]
    assert (poll.rewritten, poll.complete, poll.requests) == (False, True, 4)


async def test_a_poll_in_which_nothing_changed_is_one_request(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    buildkite.job(buildkite.build(sha(0)), "RSpec")
    first = await source.poll(None, window=WINDOW)
    buildkite.paths()

    idle = await source.poll(first.cursor, window=WINDOW)

    assert (idle.commits, idle.attempts, idle.requests) == ((), (), 1)
    assert [one.status for one in buildkite.asked] == [304]


async def test_only_builds_that_changed_or_go_on_are_read_again(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    buildkite.job(buildkite.build(sha(0)), "RSpec")
    running = buildkite.build(sha(1), "running")
    job = buildkite.job(running, "RSpec", "running")
    first = await source.poll(None, window=WINDOW)
    buildkite.end(job, "failed")
    buildkite.paths()

    second = await source.poll(first.cursor, window=WINDOW)
    buildkite.change(running, state="failed")
    third = await source.poll(second.cursor, window=WINDOW)
    idle = await source.poll(third.cursor, window=WINDOW)

    assert [a.status for a in first.attempts] == [Status.COMPLETED, Status.IN_PROGRESS]
    assert [(a.sha, a.conclusion) for a in second.attempts] == [(sha(1), Conclusion.FAILURE)]
    assert "builds/1?" not in str(buildkite.paths())
    assert (idle.attempts, idle.requests) == ((), 1)


async def test_a_retry_is_the_next_attempt_of_the_same_job(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    number = buildkite.build(sha(0), "failed")
    first_try = buildkite.job(number, "RSpec", "failed")
    first = await source.poll(None, window=WINDOW)
    second_try = buildkite.retry(first_try, "failed")
    buildkite.retry(second_try, "passed")

    second = await source.poll(first.cursor, window=WINDOW)

    assert [(a.job, a.attempt, a.conclusion) for a in second.attempts] == [
        ("RSpec", 1, Conclusion.FAILURE),
        ("RSpec", 2, Conclusion.FAILURE),
        ("RSpec", 3, Conclusion.SUCCESS),
    ]
    assert second.attempts[0] == first.attempts[0]


async def test_a_thousand_shards_are_one_job(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    number = buildkite.build(sha(0))
    for index in range(1200):
        buildkite.job(number, ":rspec: Тесты", parallel_group_index=index, parallel_group_total=1200)

    poll = await source.poll(None, window=WINDOW)

    assert len({a.job for a in poll.attempts}) == 1200
    assert {Shards().merge(a.job) for a in poll.attempts} == {":rspec: Тесты"}


async def test_many_builds_are_read_over_several_polls_newest_first(
    buildkite: BuildkiteSandbox, http: aiohttp.ClientSession
) -> None:
    for n in range(10):
        buildkite.job(buildkite.build(sha(n)), "RSpec")
    source = BuildkiteSource("acme", "app", http=http, token=buildkite.token, api_url=buildkite.api_url, reads=4)

    first = await source.poll(None, window=WINDOW)
    second = await source.poll(first.cursor, window=WINDOW)
    third = await source.poll(second.cursor, window=WINDOW)

    assert [poll.complete for poll in (first, second, third)] == [False, False, True]
    assert [[a.run_id for a in poll.attempts] for poll in (first, second, third)] == [
        [7, 8, 9, 10],
        [3, 4, 5, 6],
        [1, 2],
    ]


async def test_a_limit_that_runs_low_is_not_used_up(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    for n in range(60):
        buildkite.job(buildkite.build(sha(n)), "RSpec")
    buildkite.remaining = 60

    poll = await source.poll(None, window=100)

    assert not poll.complete
    assert buildkite.remaining > 20


async def test_old_builds_that_ran_again_are_noticed(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    old = buildkite.build(sha(0), "failed")
    job = buildkite.job(old, "RSpec", "failed")
    for n in range(1, 120):
        buildkite.build(sha(n), "skipped")
    first = await source.poll(None, window=200)
    buildkite.retry(job)
    buildkite.change(old, state="passed")

    second = await source.poll(first.cursor, window=200)

    assert len(first.commits) == 120
    assert [(a.sha, a.attempt, a.conclusion) for a in second.attempts] == [
        (sha(0), 1, Conclusion.FAILURE),
        (sha(0), 2, Conclusion.SUCCESS),
    ]


async def test_a_build_that_was_deleted_is_forgotten(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    buildkite.job(buildkite.build(sha(0)), "RSpec")
    gone = buildkite.build(sha(1), "running")
    first = await source.poll(None, window=WINDOW)
    del buildkite.builds[gone]

    second = await source.poll(first.cursor, window=WINDOW)
    third = await source.poll(second.cursor, window=WINDOW)

    assert (second.attempts, second.complete, third.requests) == ((), True, 1)


@pytest.mark.parametrize("cursor", [{}, {"version": 9}, {"version": 1, "org": "other", "builds": []}])
async def test_a_cursor_that_cannot_be_gone_on_from_has_everything_read_anew(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, cursor: dict[str, object]
) -> None:
    buildkite.job(buildkite.build(sha(0)), "RSpec")

    poll = await source.poll(cursor, window=WINDOW)

    assert (poll.rewritten, len(poll.commits), len(poll.attempts)) == (True, 1, 1)


async def test_builds_that_changed_all_at_once_are_read_though_the_list_stays_the_same(
    buildkite: BuildkiteSandbox, http: aiohttp.ClientSession
) -> None:
    jobs = [buildkite.job(buildkite.build(sha(n), "failed"), "RSpec", "failed") for n in range(10)]
    source = BuildkiteSource("acme", "app", http=http, token=buildkite.token, api_url=buildkite.api_url, reads=20)
    hasty = BuildkiteSource("acme", "app", http=http, token=buildkite.token, api_url=buildkite.api_url, reads=4)
    poll = await source.poll(None, window=WINDOW)
    for job in jobs:
        buildkite.retry(job)

    read = []
    for _ in range(3):
        poll = await hasty.poll(poll.cursor, window=WINDOW)
        read.append([a.run_id for a in poll.attempts if a.attempt == 2])

    assert read == [[7, 8, 9, 10], [3, 4, 5, 6], [1, 2]]
