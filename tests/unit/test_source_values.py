"""What whoever can push may write into a commit, a job's name or a date: none of it stops a poll."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import msgspec
import pytest

from chatbot import recording
from chatbot.ci import Job
from chatbot.errors import ConfigError, TransientError
from chatbot.sources.buildkite.jobs import attempts
from chatbot.sources.buildkite.wire import Build
from chatbot.sources.github import wire as github
from chatbot.sources.gitlab import wire as gitlab
from chatbot.sources.headers import date, retry_after
from chatbot.sources.hud_page import page
from chatbot.sources.titles import first_line, pull_number, reverted
from chatbot.suspects.reverts import revert_target
from chatbot.suspects.shape import title_key
from chatbot.trunk import Trunk
from tests.trunks import commit, sha

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
DIGITS = "9" * 5_000
HOSTILE = [
    f"x (#{DIGITS})",
    f"Merge pull request #{DIGITS}",
    f"x\n\nReverts #{DIGITS}",
    f"x\n\nPull Request resolved: https://github.com/a/b/pull/{DIGITS}",
    f'Revert "x (#{DIGITS})"',
    f"x\n\nSee merge request a/b!{DIGITS}",
    f'Revert "{" " * 100_000}"',
    "(#1" * 50_000,
    "x" * 1_000_000,
    "\ud7ff\U0010ffff" * 1000,
    "",
]


@pytest.mark.parametrize("message", HOSTILE)
def test_a_hostile_message_is_a_short_title_and_no_number(message: str) -> None:
    began = perf_counter()
    seen = github.GitCommit("a" * 40, github.GitPart(message, committer=github.Signature(date=NOW)))
    also = gitlab.GitCommit("a" * 40, title=message, message=message, created_at=NOW)
    for read in (github.commit(seen), gitlab.commit(also)):
        assert len(read.title) <= 1_000
        assert read.pr is None
        revert_target(read.title, read.reverts or "")
        title_key(read.title)
    revert_target(message, message)
    assert perf_counter() - began < 1


def test_numbers_of_pull_requests_are_still_read() -> None:
    assert [pull_number(f"x (#{n})") for n in (1, 170123, 999_999_999)] == [1, 170123, 999_999_999]
    assert pull_number("x\n\nPull Request resolved: https://github.com/pytorch/pytorch/pull/170123") == 170123
    assert first_line("  x  \n\ny") == "x"
    assert reverted("x\n\nReverts #12") == "Reverts #12"
    found = revert_target('Revert "x (#12)" (#13)')
    assert found is not None
    assert (found.title, found.pr) == ("x", 12)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1969-12-31T23:59:59Z"])
def test_a_commit_of_any_date_is_read(at: str) -> None:
    body = msgspec.json.encode([{"id": "a" * 40, "title": "x", "created_at": at}])
    [seen] = msgspec.json.decode(body, type=tuple[gitlab.GitCommit, ...])
    assert 1970 <= gitlab.commit(seen).committed_at.year <= 2200
    grid = {"shaGrid": [{"sha": "a" * 40, "time": at, "jobs": []}], "jobNames": []}
    assert 1970 <= page(msgspec.json.encode(grid)).commits[0].committed_at.year <= 2200


def test_a_number_that_fits_nowhere_is_refused_where_it_enters() -> None:
    job = {"id": 2**70, "run_id": 1, "name": "x"}
    with pytest.raises(TransientError, match="cannot be read"):
        github.decode(msgspec.json.encode({"total_count": 1, "jobs": [job]}), github.JobPage, "the jobs")
    grid = {"shaGrid": [{"sha": "a", "time": NOW, "jobs": [{"id": 2**70}]}], "jobNames": ["x"]}
    with pytest.raises(TransientError, match="cannot be read"):
        page(msgspec.json.encode(grid))


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "1013-01-05T12:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_job_of_any_time_is_taken_in_without_its_time(at: str) -> None:
    job = {"id": 1, "run_id": 1, "name": "x", "status": "completed", "conclusion": "failure", "started_at": at}
    body = msgspec.json.encode({"total_count": 1, "jobs": [job | {"created_at": at, "completed_at": at}]})
    [seen] = github.decode(body, github.JobPage, "the jobs").jobs
    trunk = Trunk("t", window=10)
    trunk.apply([commit(1)], [github.attempt(seen, sha=sha(1), workflow="w")])
    [cell] = trunk.cells(Job("w", "x"), sha(1))
    assert (cell.started_at, cell.completed_at, cell.queued_at) == (None, None, None)


@pytest.mark.parametrize("number", [{"attempt": 70_000}, {"attempt": -1}, {"run_id": 2**63}, {"job_id": -(2**64)}])
def test_a_recording_with_a_number_that_fits_nowhere_names_the_line(tmp_path: Path, number: dict[str, int]) -> None:
    line = {"kind": "job", "at": NOW, "trunk": "t", "sha": "a", "workflow": "w", "job": "j", "run_id": 1, "job_id": 1}
    file = tmp_path / "x.jsonl"
    file.write_bytes(msgspec.json.encode(line | number))
    with pytest.raises(ConfigError, match=r"x\.jsonl:1: is not a line of a recording: Expected `int`"):
        list(recording.read(file))


def test_a_job_of_any_name_has_a_short_one() -> None:
    seen = github.JobShard(1, 1, "x" * 100_000)
    assert len(github.attempt(seen, sha="a", workflow="y" * 100_000).job) == 1_000
    [found] = gitlab.attempts([gitlab.Job(1, "x" * 100_000)], sha="a", pipeline=1, within=("y" * 100_000,), now=NOW)
    assert (len(found.job), len(found.workflow)) == (1_000, 1_000)
    names = {"shaGrid": [{"sha": "a", "time": NOW, "jobs": [{"conclusion": "failure"}]}], "jobNames": ["x" * 100_000]}
    assert len(page(msgspec.json.encode(names)).strips[0].job) == 1_000


def test_a_matrix_of_any_depth_has_a_short_name() -> None:
    job = {"id": "u", "type": "script", "label": "x" * 100_000, "matrix": "M"}
    deep = msgspec.json.encode({"number": 1, "jobs": [job]}).replace(b'"M"', b"[" * 400 + b'"a"' + b"]" * 400)
    [found] = attempts(msgspec.json.decode(deep, type=Build), sha="a", workflow="w")
    assert len(found.job) <= 1_000


@pytest.mark.parametrize(
    ("said", "wait"),
    [("90", 90), ("inf", 86_400), ("1e400", 86_400), ("-1", 0), ("nan", None), ("soon", None), ("", None)],
)
def test_a_wait_is_a_day_at_most(said: str, wait: float | None) -> None:
    assert retry_after({"retry-after": said}, NOW) == wait


@pytest.mark.parametrize(
    "said", ["Mon, 05 Jan 2026 12:01:00 -0000", "Mon, 05 Jan 2026 12:01:00 GMT", "Mon, 05 Jan 2026 13:01:00 +0100"]
)
def test_every_spelling_of_a_date_is_aware(said: str) -> None:
    assert date(said) == datetime(2026, 1, 5, 12, 1, tzinfo=UTC)
    assert retry_after({"retry-after": said}, NOW) == 60
