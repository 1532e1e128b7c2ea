"""What the GitLab source makes of pipelines and jobs, poll after poll."""

from __future__ import annotations

from datetime import timedelta

import aiohttp

from chatbot.ci import Conclusion, Status
from chatbot.sandbox.gitlab import GitlabSandbox
from chatbot.shards import Shards
from chatbot.sources import Poll
from chatbot.sources.gitlab import GitlabSource
from chatbot.trunk import Outcome, Trunk

WINDOW = 50


def told(poll: Poll) -> list[tuple[str, str, int, Conclusion | None]]:
    return [(a.workflow, a.job, a.attempt, a.conclusion) for a in poll.attempts]


async def test_the_first_poll_reads_commits_and_jobs(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    shas = [gitlab.commit(f"change {n}\n\nSee merge request acme/app!{n}") for n in range(3)]
    for n, sha in enumerate(shas):
        gitlab.job(gitlab.pipeline(sha), "rspec", "failed" if n == 2 else "success")

    poll = await source.poll(None, window=WINDOW)

    assert [(c.sha, c.title, c.pr, c.author.name) for c in poll.commits] == [
        (sha, f"change {n}", n, "Dmitriy Zaporozhets") for n, sha in enumerate(shas)
    ]
    assert [(a.sha, a.workflow, a.job, a.conclusion) for a in poll.attempts] == [
        (shas[0], "test", "rspec", Conclusion.SUCCESS),
        (shas[1], "test", "rspec", Conclusion.SUCCESS),
        (shas[2], "test", "rspec", Conclusion.FAILURE),
    ]
    assert (poll.rewritten, poll.complete) == (False, True)


async def test_a_poll_in_which_nothing_changed_is_two_small_requests(
    gitlab: GitlabSandbox, source: GitlabSource
) -> None:
    gitlab.job(gitlab.pipeline(gitlab.commit()), "rspec")
    first = await source.poll(None, window=WINDOW)
    gitlab.asked.clear()

    idle = await source.poll(first.cursor, window=WINDOW)

    assert (idle.commits, idle.attempts, idle.requests) == ((), (), 2)
    assert [one.status for one in gitlab.asked] == [304, 200]


async def test_only_pipelines_that_changed_or_go_on_are_read_again(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    done = gitlab.pipeline(gitlab.commit())
    gitlab.job(done, "rspec")
    going = gitlab.pipeline(gitlab.commit(), "running")
    job = gitlab.job(going, "rspec", "running")
    first = await source.poll(None, window=WINDOW)
    gitlab.end(job, "failed", failure_reason="script_failure")
    gitlab.paths()

    second = await source.poll(first.cursor, window=WINDOW)
    gitlab.change(going, "failed")
    third = await source.poll(second.cursor, window=WINDOW)
    idle = await source.poll(third.cursor, window=WINDOW)

    assert [a.status for a in first.attempts] == [Status.COMPLETED, Status.IN_PROGRESS]
    assert [a.conclusion for a in second.attempts] == [Conclusion.FAILURE]
    assert f"pipelines/{done}/" not in str(gitlab.paths())
    assert (idle.attempts, idle.requests) == ((), 2)


async def test_a_retry_is_the_next_attempt_of_the_same_job(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    pipeline = gitlab.pipeline(gitlab.commit(), "failed")
    gitlab.job(pipeline, "rspec 1/2", "failed")
    gitlab.job(pipeline, "rspec 2/2")
    first = await source.poll(None, window=WINDOW)
    gitlab.job(pipeline, "rspec 1/2", "success")
    gitlab.change(pipeline, "success")

    second = await source.poll(first.cursor, window=WINDOW)

    assert told(second) == [
        ("test", "rspec 1/2", 1, Conclusion.FAILURE),
        ("test", "rspec 2/2", 1, Conclusion.SUCCESS),
        ("test", "rspec 1/2", 2, Conclusion.SUCCESS),
    ]


async def test_of_pipelines_of_the_same_commit_the_latest_counts(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    sha = gitlab.commit()
    gitlab.job(gitlab.pipeline(sha, "failed"), "rspec", "failed")
    gitlab.job(gitlab.pipeline(sha, source="schedule"), "rspec", "success")
    trunk = Trunk("app")

    poll = await source.poll(None, window=WINDOW)
    trunk.apply(poll.commits, poll.attempts)

    assert list(trunk.outcomes(sha).values()) == [Outcome.GREEN]


async def test_pipelines_of_other_branches_do_not_count(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    sha = gitlab.commit()
    gitlab.job(gitlab.pipeline(sha, ref="feature"), "rspec", "failed")
    gitlab.job(gitlab.pipeline(sha, ref="refs/merge-requests/1/head", source="merge_request_event"), "rspec", "failed")

    assert (await source.poll(None, window=WINDOW)).attempts == ()


async def test_child_pipelines_are_read_with_the_one_that_started_them(
    gitlab: GitlabSandbox, source: GitlabSource
) -> None:
    sha = gitlab.commit()
    parent = gitlab.pipeline(sha)
    child = gitlab.pipeline(sha, "running", source="parent_pipeline")
    below = gitlab.pipeline(sha, source="parent_pipeline")
    gitlab.job(parent, "build", stage="build")
    gitlab.bridge(parent, "docs", child, stage="deploy")
    job = gitlab.job(child, "links", "running")
    gitlab.bridge(child, "deep", below)
    gitlab.job(below, "leaf")

    first = await source.poll(None, window=WINDOW)
    gitlab.end(job, "failed")
    gitlab.change(child, "failed")
    second = await source.poll(first.cursor, window=WINDOW)
    idle = await source.poll(second.cursor, window=WINDOW)

    assert sorted((a.workflow, a.job) for a in first.attempts) == [
        ("build", "build"),
        ("deploy", "docs"),
        ("docs / deep / test", "leaf"),
        ("docs / test", "deep"),
        ("docs / test", "links"),
    ]
    assert ("docs / test", "links", 1, Conclusion.FAILURE) in told(second)
    assert (idle.attempts, idle.requests) == ((), 3)


async def test_a_retry_deep_in_a_child_pipeline_is_noticed(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    sha = gitlab.commit()
    parent = gitlab.pipeline(sha)
    child, below = (gitlab.pipeline(sha, source="parent_pipeline") for _ in range(2))
    gitlab.bridge(parent, "docs", child)
    gitlab.bridge(child, "deep", below)
    gitlab.job(below, "leaf", "failed")
    first = await source.poll(None, window=WINDOW)
    gitlab.job(below, "leaf", "success")
    gitlab.change(below, "success")

    second = await source.poll(first.cursor, window=WINDOW)

    assert ("docs / deep / test", "leaf", 2, Conclusion.SUCCESS) in told(second)


async def test_a_pipeline_in_another_project_stands_aside(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    parent = gitlab.pipeline(gitlab.commit())
    elsewhere = gitlab.pipeline("f" * 40, "failed", project_id=99)
    gitlab.job(elsewhere, "theirs", "failed")
    gitlab.bridge(parent, "deploy", elsewhere, "failed")

    assert told(await source.poll(None, window=WINDOW)) == [("test", "deploy", 1, Conclusion.SUCCESS)]


async def test_a_trigger_job_that_started_nothing_is_red(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    parent = gitlab.pipeline(gitlab.commit(), "failed")
    gitlab.bridge(parent, "docs", None, "failed", failure_reason="downstream_pipeline_creation_failed")

    [attempt] = (await source.poll(None, window=WINDOW)).attempts

    assert attempt.conclusion is Conclusion.FAILURE
    assert attempt.failure is not None
    assert attempt.failure.line == ("GitLab: downstream pipeline creation failed (downstream_pipeline_creation_failed)")


async def test_a_child_pipeline_that_was_deleted_leaves_the_rest(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    parent = gitlab.pipeline(gitlab.commit())
    child = gitlab.pipeline("f" * 40, source="parent_pipeline")
    gitlab.bridge(parent, "docs", child)
    gitlab.job(parent, "build")
    gitlab.fail(f"/pipelines/{child}/jobs", "not_found", times=None)

    poll = await source.poll(None, window=WINDOW)

    assert sorted(a.job for a in poll.attempts) == ["build", "docs"]


async def test_a_pipeline_that_was_deleted_is_forgotten(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    gone = gitlab.pipeline(gitlab.commit(), "running")
    first = await source.poll(None, window=WINDOW)
    del gitlab.pipelines[gone]

    second = await source.poll(first.cursor, window=WINDOW)
    third = await source.poll(second.cursor, window=WINDOW)

    assert (second.complete, third.requests) == (True, 2)


async def test_a_thousand_jobs_are_read_and_merged(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    pipeline = gitlab.pipeline(gitlab.commit())
    for kind in ("модуль", "rspec: [a, b]"):
        for index in range(1, 501):
            gitlab.job(pipeline, f"{kind} {index}/500")

    poll = await source.poll(None, window=WINDOW)

    assert len({a.job_id for a in poll.attempts}) == 1000
    assert {Shards().merge(a.job) for a in poll.attempts} == {"модуль", "rspec: [a, b]"}


async def test_many_pipelines_are_read_over_several_polls_newest_first(
    gitlab: GitlabSandbox, http: aiohttp.ClientSession
) -> None:
    shas = [gitlab.commit(str(n)) for n in range(30)]
    for sha in shas:
        gitlab.job(gitlab.pipeline(sha), "rspec")
    source = GitlabSource("acme/app", http=http, url=gitlab.url, token=gitlab.token, reads=12)

    polls = [await source.poll(None, window=WINDOW)]
    while not polls[-1].complete:
        polls.append(await source.poll(polls[-1].cursor, window=WINDOW))

    assert len(polls) > 2
    assert shas[-1] in {a.sha for a in polls[0].attempts}
    assert {a.sha for poll in polls for a in poll.attempts} == set(shas)


async def test_a_child_pipeline_that_goes_on_is_read_until_it_ends(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    sha = gitlab.commit()
    parent = gitlab.pipeline(sha)
    child = gitlab.pipeline(sha, "running", source="parent_pipeline")
    gitlab.bridge(parent, "docs", child)
    job = gitlab.job(child, "links", "created")
    first = await source.poll(None, window=WINDOW)
    later = gitlab.now() + timedelta(hours=1)
    gitlab.now = lambda: later
    gitlab.pipeline(gitlab.commit("another"))  # so that the child is not among the latest changes any more
    second = await source.poll(first.cursor, window=WINDOW)
    gitlab.end(job, "failed")

    third = await source.poll(second.cursor, window=WINDOW)

    assert ("docs / test", "links", 1, Conclusion.FAILURE) in told(third)


async def test_a_child_pipeline_that_has_not_changed_is_not_read_again(
    gitlab: GitlabSandbox, source: GitlabSource
) -> None:
    sha = gitlab.commit()
    parent = gitlab.pipeline(sha, "running")
    child = gitlab.pipeline(sha, source="parent_pipeline")
    gitlab.bridge(parent, "docs", child)
    gitlab.job(child, "links")
    gitlab.job(parent, "build", "running")
    first = await source.poll(None, window=WINDOW)
    gitlab.paths()

    second = await source.poll(first.cursor, window=WINDOW)

    assert sorted(a.job for a in first.attempts) == ["build", "docs", "links"]
    assert sorted(a.job for a in second.attempts) == ["build", "docs"]
    assert f"/pipelines/{child}/" not in str(gitlab.paths())


async def test_pipelines_of_commits_before_the_window_are_not_listed_to_the_end(
    gitlab: GitlabSandbox, source: GitlabSource
) -> None:
    for n in range(400):
        gitlab.pipeline(gitlab.commit(str(n)))

    poll = await source.poll(None, window=20)

    assert sum("/pipelines?" in path for path in gitlab.paths()) == 2
    assert poll.complete


async def test_a_pipeline_whose_jobs_are_still_being_cancelled_stays_open(
    gitlab: GitlabSandbox, source: GitlabSource
) -> None:
    pipeline = gitlab.pipeline(gitlab.commit(), "canceled")
    job = gitlab.job(pipeline, "rspec", "canceling")
    first = await source.poll(None, window=WINDOW)
    gitlab.end(job, "canceled")

    second = await source.poll(first.cursor, window=WINDOW)

    assert told(second) == [("test", "rspec", 1, Conclusion.CANCELLED)]
