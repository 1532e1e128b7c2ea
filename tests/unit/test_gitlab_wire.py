"""What GitLab's words mean in ours: statuses, retries, stages, failures, commits and files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chatbot.ci import Attempt, ChangedFile, Conclusion, Status
from chatbot.errors import TransientError
from chatbot.sources.gitlab import wire
from chatbot.sources.gitlab.wire import Diff, GitCommit, Job, Pipeline

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DOCUMENTED = b"""[
  {"commit": {"author_email": "admin@example.com", "id": "0ff3ae198f8601a285adcf5c0fff204ee6fba5fd"},
   "coverage": null, "allow_failure": false, "created_at": "2015-12-24T15:51:21.802Z",
   "started_at": "2015-12-24T17:54:27.722Z", "finished_at": "2015-12-24T17:54:27.895Z", "duration": 0.173,
   "queued_duration": 0.010, "tag_list": ["docker runner", "ubuntu18"], "id": 7, "name": "teaspoon",
   "pipeline": {"id": 6, "project_id": 1, "ref": "main", "status": "pending"}, "ref": "main", "runner": null,
   "stage": "test", "status": "failed", "failure_reason": "script_failure", "tag": false,
   "web_url": "https://example.com/foo/bar/-/jobs/7", "project": {"ci_job_token_scope_enabled": false}},
  {"allow_failure": false, "started_at": "2015-12-24T17:54:24.729Z", "finished_at": "2015-12-24T17:54:24.921Z",
   "id": 6, "name": "rspec:other", "stage": "test", "status": "failed",
   "failure_reason": "stuck_or_timeout_failure", "web_url": "https://example.com/foo/bar/-/jobs/6"}
]"""
COMMITS = b"""[
  {"id": "ed899a2f4b50b4370feeea94676502b42383c746", "short_id": "ed899a2f4b5",
   "title": "Replace sanitize with escape once", "author_name": "Dmitriy Zaporozhets",
   "author_email": "dzaporozhets@sphereconsultinginc.com", "committed_date": "2012-09-20T11:50:22+03:00",
   "created_at": "2012-09-20T11:50:22+03:00", "message": "Replace sanitize with escape once",
   "parent_ids": ["6104942438c14ec7bd21c6cd5bd995272b3faff6"]},
  {"id": "6104942438c14ec7bd21c6cd5bd995272b3faff6", "title": "Sanitize for network graph", "author_name": "randx",
   "created_at": "2012-09-20T09:06:12+03:00", "message": "Sanitize for network graph", "parent_ids": null}
]"""


def read(*jobs: dict[str, Any]) -> list[Attempt]:
    told = [{"id": index, "name": "rspec", "stage": "test"} | job for index, job in enumerate(jobs, 1)]
    return wire.attempts(msgspec.convert(told, list[Job]), sha="a" * 40, pipeline=6, within=(), now=NOW)


def test_the_documented_jobs_are_read() -> None:
    jobs = msgspec.json.decode(DOCUMENTED, type=list[Job])

    other, teaspoon = wire.attempts(jobs, sha="a" * 40, pipeline=6, within=(), now=NOW)

    assert (teaspoon.workflow, teaspoon.job, teaspoon.job_id, teaspoon.run_id) == ("test", "teaspoon", 7, 6)
    assert (teaspoon.conclusion, teaspoon.failure) == (Conclusion.FAILURE, None)
    assert teaspoon.queued_at == datetime(2015, 12, 24, 17, 54, 27, 712000, UTC)
    assert other.conclusion is Conclusion.TIMED_OUT
    assert other.failure is not None
    assert other.failure.line == "GitLab: stuck or timeout failure (stuck_or_timeout_failure)"


def test_the_documented_commits_are_read() -> None:
    first, second = map(wire.commit, msgspec.json.decode(COMMITS, type=list[GitCommit]))

    assert (first.title, first.author.name) == ("Replace sanitize with escape once", "Dmitriy Zaporozhets")
    assert first.committed_at == datetime(2012, 9, 20, 8, 50, 22, tzinfo=UTC)
    assert second.committed_at == datetime(2012, 9, 20, 6, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "ours", "conclusion"),
    [
        ("created", Status.WAITING, None),
        ("waiting_for_resource", Status.WAITING, None),
        ("preparing", Status.WAITING, None),
        ("scheduled", Status.WAITING, None),
        ("something new", Status.WAITING, None),
        (None, Status.WAITING, None),
        ("pending", Status.QUEUED, None),
        ("running", Status.IN_PROGRESS, None),
        ("canceling", Status.IN_PROGRESS, None),
        ("success", Status.COMPLETED, Conclusion.SUCCESS),
        ("failed", Status.COMPLETED, Conclusion.FAILURE),
        ("canceled", Status.COMPLETED, Conclusion.CANCELLED),
        ("skipped", Status.COMPLETED, Conclusion.SKIPPED),
        ("manual", Status.COMPLETED, Conclusion.SKIPPED),
    ],
)
def test_each_status_means_what_the_documentation_says(
    status: str | None, ours: Status, conclusion: Conclusion | None
) -> None:
    [attempt] = read({"status": status})

    assert (attempt.status, attempt.conclusion) == (ours, conclusion)


@pytest.mark.parametrize("reason", ["script_failure", "job_execution_timeout"])
def test_a_job_that_is_allowed_to_fail_says_nothing_when_it_does(reason: str) -> None:
    [attempt] = read({"status": "failed", "allow_failure": True, "failure_reason": reason})

    assert (attempt.conclusion, attempt.failure) == (Conclusion.NEUTRAL, None)


def test_the_runners_failure_is_said() -> None:
    [attempt] = read({"status": "failed", "failure_reason": "runner_system_failure"})

    assert attempt.failure is not None
    assert attempt.failure.line == "GitLab: runner system failure (runner_system_failure)"


def test_of_one_name_and_stage_the_older_is_the_earlier_attempt() -> None:
    jobs: list[dict[str, Any]] = [
        {"id": 9, "status": "success"},
        {"id": 4, "status": "failed"},
        {"id": 5, "stage": "deploy"},
        {"id": 9},
    ]

    assert [(a.workflow, a.job_id, a.attempt) for a in read(*jobs)] == [
        ("test", 4, 1),
        ("deploy", 5, 1),
        ("test", 9, 2),
    ]


def test_a_job_without_name_or_stage_still_counts() -> None:
    assert [(a.workflow, a.job) for a in read({"name": None, "stage": None})] == [("test", "1")]


def test_a_job_in_the_queue_has_been_there_as_long_as_gitlab_says() -> None:
    waiting, created = read({"status": "pending", "queued_duration": 90.0}, {"name": "b", "status": "created"})

    assert waiting.queued_at == datetime(2026, 1, 5, 8, 58, 30, tzinfo=UTC)
    assert created.queued_at is None


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Merge branch 'x' into 'main'\n\nTitle\n\nSee merge request group/name!42", 42),
        ("Title\n\nSee merge request !7\n", 7),
        ("Title (#12)", 12),
        ("Title", None),
    ],
)
def test_the_merge_request_is_read_from_the_message(message: str, number: int | None) -> None:
    assert wire.commit(GitCommit("a" * 40, message=message, created_at=NOW)).pr == number


def test_a_commit_without_a_time_fails_the_poll() -> None:
    with pytest.raises(TransientError, match="without a time"):
        wire.commit(GitCommit("a" * 40))


@pytest.mark.parametrize(
    ("diff", "changed"),
    [
        (Diff("a.py", "--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n-old\n+new\n+more\n same\n"), ChangedFile("a.py", 2, 1)),
        (Diff("a.sql", "@@ -1 +1 @@\n--- old comment\n+++ new comment\n"), ChangedFile("a.sql", 1, 1)),
        (Diff("a.bin", ""), ChangedFile("a.bin", None, None)),
        (Diff("a.py", "+x\n", too_large=True), ChangedFile("a.py", None, None)),
        (Diff("a.py", None), ChangedFile("a.py", None, None)),
    ],
)
def test_lines_are_counted_where_they_are_shown(diff: Diff, changed: ChangedFile) -> None:
    assert wire.changed_file(diff) == changed


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Pipeline(5, project_id=1), True),
        (Pipeline(5, project_id=2), False),
        (Pipeline(5, web_url="https://example.com/foo/bar/-/pipelines/5"), True),
        (Pipeline(5, web_url="https://example.com/foo/bar/pipelines/5"), True),
        (Pipeline(5, web_url="https://example.com/diaspora/diaspora-client/pipelines/5"), False),
        (Pipeline(5), False),
    ],
)
def test_a_pipeline_of_the_same_project_is_known_by_number_or_address(other: Pipeline, same: bool) -> None:
    ours = Pipeline(4, project_id=1, web_url="https://example.com/foo/bar/pipelines/4")

    assert ours.same_project(other) == other.same_project(ours) == same
