"""What Buildkite's words mean in ours: states, names, retries, and which commits builds stand for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.ci import Attempt, Conclusion, Status
from chatbot.sources.buildkite import jobs
from chatbot.sources.buildkite.order import Standing, ordered
from chatbot.sources.buildkite.wire import Build, Job, latest
from tests.trunks import sha

DOCUMENTED = b"""{
  "id": "f62a1b4d-10f9-4790-bc1c-e2c3a0c80983", "number": 2, "state": "passed", "cancel_reason": null,
  "blocked": false, "message": "Bumping to version 0.2-beta.6", "commit": "abcd0b72a1e580e90712cdd9eb26d3fb41cd09c8",
  "branch": "main", "env": { }, "source": "webhook", "creator": {"name": "Keith Pitt", "email": "keith@buildkite.com"},
  "jobs": [{
    "id": "b63254c0-3271-4a98-8270-7cfbd6c2f14e", "type": "script", "name": "RSpec", "step_key": "rspec",
    "step": {"id": "018c0f56-c87c-47e9-95ee-aa47397b4496", "signature": {"algorithm": "EdDSA"}},
    "agent_query_rules": ["*"], "state": "passed", "command": "bundle exec rspec", "soft_failed": false,
    "web_url": "https://buildkite.com/my-great-org/my-pipeline/builds/2#b63254c0-3271-4a98-8270-7cfbd6c2f14e",
    "exit_status": 0, "created_at": "2015-05-09T21:05:59.874Z", "runnable_at": "2015-05-09T21:06:59.874Z",
    "started_at": "2015-05-09T21:07:59.874Z", "finished_at": "2015-05-09T21:08:59.874Z", "retried": false,
    "retried_in_job_id": null, "retries_count": 1,
    "retry_source": {"job_id": "0194b92a-4d74-46bb-a1bf-61c73c5642af", "retry_type": "manual"}, "retry_type": null,
    "parallel_group_index": null, "parallel_group_total": null, "matrix": null
  }],
  "created_at": "2015-05-09T21:05:59.874Z", "started_at": "2015-05-09T21:05:59.874Z",
  "finished_at": "2015-05-09T21:08:59.874Z", "meta_data": { }, "pull_request": { },
  "rebuilt_from": {"id": "812135b3-eee7-408c-9f63-760538b96bd5", "number": 1},
  "pipeline": {"slug": "great-pipeline", "repository": "git@github.com:my-great-org/my-pipeline",
               "created_at": "2013-09-03 13:24:38 UTC"}
}"""


def read(*shown: dict[str, Any], **fields: Any) -> list[Attempt]:
    """The attempts of a build with these jobs."""
    told = [
        {"id": f"job-{index}", "type": "script", "name": "RSpec", "state": "passed"} | job
        for index, job in enumerate(shown)
    ]
    build = msgspec.convert({"number": 5, "state": "passed", "jobs": told} | fields, Build)
    return jobs.attempts(build, sha=sha(0), workflow="app")


def test_the_documented_build_is_read() -> None:
    build = msgspec.json.decode(DOCUMENTED, type=Build)

    [attempt] = jobs.attempts(build, sha=build.sha or "", workflow="my-pipeline")

    assert (build.original, build.settled, build.ours("main")) == (1, True, True)
    assert (attempt.sha, attempt.job, attempt.run_id) == ("abcd0b72a1e580e90712cdd9eb26d3fb41cd09c8", "RSpec", 2)
    assert (attempt.attempt, attempt.conclusion) == (2, Conclusion.SUCCESS)
    assert attempt.queued_at == datetime(2015, 5, 9, 21, 6, 59, 874000, UTC)


@pytest.mark.parametrize(
    ("state", "status", "conclusion"),
    [
        ("pending", Status.WAITING, None),
        ("waiting", Status.WAITING, None),
        ("blocked", Status.WAITING, None),
        ("limited", Status.WAITING, None),
        ("platform_limited", Status.WAITING, None),
        ("something new", Status.WAITING, None),
        (None, Status.WAITING, None),
        ("scheduled", Status.QUEUED, None),
        ("assigned", Status.QUEUED, None),
        ("accepted", Status.QUEUED, None),
        ("running", Status.IN_PROGRESS, None),
        ("canceling", Status.IN_PROGRESS, None),
        ("timing_out", Status.IN_PROGRESS, None),
        ("passed", Status.COMPLETED, Conclusion.SUCCESS),
        ("failed", Status.COMPLETED, Conclusion.FAILURE),
        ("timed_out", Status.COMPLETED, Conclusion.TIMED_OUT),
        ("canceled", Status.COMPLETED, Conclusion.CANCELLED),
        ("expired", Status.COMPLETED, Conclusion.STALE),
        ("skipped", Status.COMPLETED, Conclusion.SKIPPED),
        ("broken", Status.COMPLETED, Conclusion.SKIPPED),
        ("waiting_failed", Status.COMPLETED, Conclusion.SKIPPED),
    ],
)
def test_each_state_means_what_the_documentation_says(
    state: str | None, status: Status, conclusion: Conclusion | None
) -> None:
    [attempt] = read({"state": state})

    assert (attempt.status, attempt.conclusion) == (status, conclusion)


@pytest.mark.parametrize("state", ["failed", "timed_out"])
def test_a_job_that_may_fail_says_nothing_when_it_does(state: str) -> None:
    assert [a.conclusion for a in read({"state": state, "soft_failed": True})] == [Conclusion.NEUTRAL]


def test_what_runs_nothing_is_no_job() -> None:
    kinds: list[dict[str, Any]] = [
        {"type": "waiter"},
        {"type": "manual"},
        {"type": None},
        {"id": None},
        {"type": "trigger", "async": True},
    ]

    assert read(*kinds) == []
    assert [a.job for a in read({"type": "trigger", "name": "deploy", "async": False})] == ["deploy"]


@pytest.mark.parametrize(
    ("job", "name"),
    [
        ({"name": ":package: Build"}, ":package: Build"),
        ({"name": None, "label": "Lint"}, "Lint"),
        ({"name": "", "step_key": "lint"}, "lint"),
        ({"name": None, "command": "make lint\nmake test"}, "make lint"),
        ({"name": None}, "shard"),
        ({"name": "two\nlines"}, "two lines"),
        ({"parallel_group_index": 0, "parallel_group_total": 8}, "RSpec [1/8]"),
        ({"parallel_group_index": 1199, "parallel_group_total": 1200}, "RSpec (shard 1200 of 1200)"),
        ({"parallel_group_index": 0, "parallel_group_total": None}, "RSpec"),
        ({"matrix": {"setup": {"os": "linux", "python": ["3.12"]}}}, "RSpec (linux, 3.12)"),
        ({"name": "RSpec linux", "matrix": {"os": "linux"}}, "RSpec linux"),
        ({"matrix": [1, None]}, "RSpec (1)"),
    ],
)
def test_a_job_is_called_what_people_know_it_by(job: dict[str, Any], name: str) -> None:
    assert [a.job for a in read(job)] == [name]


def test_two_steps_of_one_name_stay_two_jobs() -> None:
    assert [a.job for a in read({}, {"state": "failed"}, {"name": "RSpec #2"})] == ["RSpec", "RSpec #2", "RSpec #2 #2"]


def test_retries_count_on_from_the_first_that_is_shown() -> None:
    source = {"job_id": "gone", "retry_type": "automatic"}
    shown = [
        {"id": "c", "retries_count": 3, "retry_source": {"job_id": "b"}},
        {"id": "b", "state": "failed", "retried_in_job_id": "c", "retries_count": 2, "retry_source": source},
    ]

    assert [(a.attempt, a.conclusion) for a in read(*shown)] == [(3, Conclusion.FAILURE), (4, Conclusion.SUCCESS)]


def test_retries_in_a_circle_end() -> None:
    circle = [{"id": "a", "retried_in_job_id": "b"}, {"id": "b", "retried_in_job_id": "a"}]

    assert sorted(a.attempt for a in read(*circle)) == [1, 2]


def test_an_agent_that_ended_the_job_is_said() -> None:
    [attempt] = read({"state": "failed", "signal_reason": "agent_stop"})
    [plain] = read({"state": "failed", "signal_reason": "cancel"})

    assert attempt.failure is not None
    assert attempt.failure.line == "Buildkite: the agent was stopped (agent_stop)"
    assert plain.failure is None


@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": st.text(max_size=3), "retried_in_job_id": st.sampled_from([None, "job-0", "job-1", "job-2"])}
        ),
        max_size=5,
    )
)
def test_no_execution_hides_another(shown: list[dict[str, Any]]) -> None:
    found = read(*shown)

    assert len({(a.job, a.attempt) for a in found}) == len({a.job_id for a in found}) == len(shown)


def test_a_jobs_number_is_the_same_whenever_it_is_asked_for_and_fits_a_column() -> None:
    uuid = "b63254c0-3271-4a98-8270-7cfbd6c2f14e"

    assert jobs.job_number(uuid) == jobs.job_number(uuid.upper()) == 7600364592559161788
    assert jobs.job_number(uuid) < 2**63


@pytest.mark.parametrize(
    ("commit", "known"),
    [("A" * 40, "a" * 40), ("b" * 64, "b" * 64), ("HEAD", None), ("v1.0", None), ("abc1234", None), (None, None)],
)
def test_only_a_whole_sha_is_a_commit(commit: str | None, known: str | None) -> None:
    assert Build(1, commit=commit).sha == known


@pytest.mark.parametrize(
    ("pull", "ours"),
    [
        (None, True),
        ({}, True),
        ({"id": None}, True),
        ({"id": False}, True),
        ({"id": "7", "repository": "https://github.com/acme/app.git"}, True),
        ({"id": 7, "repository": "git@github.com:Acme/App"}, True),
        ({"id": "7", "repository": "git://github.com/fork/app.git"}, False),
        ({"id": "7", "repository": None}, False),
    ],
)
def test_a_forks_branch_of_the_same_name_is_not_trunk(pull: dict[str, Any] | None, ours: bool) -> None:
    told = {
        "number": 1,
        "branch": "main",
        "pull_request": pull,
        "pipeline": {"repository": "git@github.com:acme/app.git"},
    }
    build = msgspec.convert(told, Build)

    assert (build.ours("main"), build.ours("other")) == (ours, False)


@given(st.permutations(range(6)), st.integers(1, 6))
def test_the_order_in_which_builds_are_listed_never_changes_trunk(order: list[int], window: int) -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    builds = [Build(n + 1, commit=sha(n // 2), created_at=at) for n in order]

    found = ordered([], latest(builds).values(), window=window)

    assert found.standing == [Standing(sha(n), 2 * n + 1) for n in range(3)][-window:]


def test_a_job_that_is_under_way_keeps_a_build_open() -> None:
    going = Build(1, state="canceled", jobs=(Job(state="canceling"),))

    assert (going.ended, going.settled) == (True, False)
    assert not Build(1, state="a new word").settled
