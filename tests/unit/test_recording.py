"""Recordings: read as written, as a stream, and refused with file and line where they are broken."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import recording
from chatbot.ci import Attempt, Author, ChangedFile, Commit, Conclusion, Failure, Status
from chatbot.errors import ConfigError
from chatbot.recording import Recorded, RecordedCommit, RecordedJob, read, recorded

COMMIT: dict[str, Any] = {
    "kind": "commit", "at": "2025-12-09T16:02:11Z", "trunk": "pytorch", "sha": "a" * 40,
    "author": {"name": "A", "login": "a", "email": None}, "committed_at": "2025-12-09T16:02:09Z",
    "title": "[inductor] \u2026", "pr": 170123,
    "files": [{"path": "torch/_inductor/scheduler.py", "added": 12, "deleted": 3}],
}  # fmt: skip
JOB: dict[str, Any] = {
    "kind": "job", "at": "2025-12-09T17:20:40Z", "trunk": "pytorch", "sha": "a" * 40, "workflow": "inductor",
    "job": "linux / test (inductor, 1, 2, gpu)", "run_id": 1, "job_id": 2, "attempt": 1, "status": "completed",
    "conclusion": "failure", "queued_at": None, "started_at": "2025-12-09T16:10:00Z",
    "completed_at": "2025-12-09T17:20:38Z", "url": "https://example.org/1",
    "failure": {"line": "FAILED x", "line_number": 8123, "tests": ["x.py::T::test_y"]},
}  # fmt: skip


def without(line: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key not in keys}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "trunk.jsonl"


def write(file: Path, *lines: dict[str, Any]) -> list[Recorded]:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return list(read(file))


def refusal(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        list(read(file))
    return str(caught.value)


def test_the_promised_lines_are_read(file: Path) -> None:
    commit, job = write(file, COMMIT, JOB)
    assert isinstance(commit, RecordedCommit)
    assert commit.at == datetime(2025, 12, 9, 16, 2, 11, tzinfo=UTC)
    assert (commit.trunk, commit.author, commit.pr) == ("pytorch", Author("A", "a", None), 170123)
    assert commit.files == (ChangedFile("torch/_inductor/scheduler.py", 12, 3),)
    assert isinstance(job, RecordedJob)
    assert (job.status, job.conclusion) == (Status.COMPLETED, Conclusion.FAILURE)
    assert job.failure == Failure("FAILED x", 8123, ("x.py::T::test_y",))


def test_a_record_is_what_it_records(file: Path) -> None:
    commit, job = write(file, COMMIT, JOB)
    assert isinstance(commit, Commit)
    assert isinstance(job, Attempt)


@pytest.mark.parametrize(
    "line",
    [
        without(COMMIT, "files", "pr", "author"),
        COMMIT | {"files": None, "pr": None, "author": None},
        COMMIT | {"author": {"name": None}, "files": [{"path": "a", "added": None, "deleted": None}]},
        COMMIT | {"later": {"an": "unknown key"}, "at": "2025-12-09T18:02:11+02:00"},
        without(JOB, "failure", "queued_at", "started_at", "completed_at", "conclusion", "url", "attempt"),
        JOB | dict.fromkeys(["failure", "queued_at", "started_at", "completed_at", "conclusion", "url", "attempt"]),
        JOB
        | {"status": "in_progress", "conclusion": None, "failure": {"line": None, "line_number": None, "tests": None}},
    ],
)
def test_what_may_be_missing_may_be_missing_or_null(line: dict[str, Any], file: Path) -> None:
    assert len(write(file, line)) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Input data was truncated"),
        ("nonsense", "invalid character"),
        ("[]", "Expected `object`"),
        ("{}", "missing required field `kind`"),
        (json.dumps(COMMIT | {"kind": "build"}), "Invalid value 'build'"),
        (json.dumps(without(COMMIT, "sha")), "missing required field `sha`"),
        (json.dumps(COMMIT | {"sha": ""}), "length >= 1"),
        (json.dumps(COMMIT | {"sha": None}), "missing required field `sha`"),
        (json.dumps(COMMIT | {"at": "yesterday"}), "RFC3339"),
        (json.dumps(COMMIT | {"at": "2025-12-09T16:02:11"}), "timezone component"),
        (json.dumps(JOB | {"conclusion": "broken"}), "Invalid enum value 'broken'"),
        (json.dumps(JOB | {"run_id": "1"}), "Expected `int`"),
        (json.dumps(JOB)[:-1] + ', "run_id": 1e99}', "Expected `int`"),
    ],
)
def test_a_broken_line_is_named(line: str, said: str, file: Path) -> None:
    file.write_text(f"{json.dumps(COMMIT)}\n\n{json.dumps(JOB)}\n{line}\n")
    message = refusal(file)
    assert message.startswith(f"{file}:4: is not a line of a recording: ")
    assert said in message


def test_a_line_that_is_no_text_is_named(file: Path) -> None:
    file.write_bytes(json.dumps(COMMIT).encode() + b'\n{"kind":"commit","title":"\xff"}\n')
    assert refusal(file).startswith(f"{file}:2: is not a line of a recording: ")


def test_a_line_that_is_too_early_is_named(file: Path) -> None:
    file.write_text("\n".join(json.dumps(line) for line in (COMMIT, JOB, COMMIT)))
    assert refusal(file) == f"{file}:3: its `at` is earlier than the line before; sort the file by `at`"


def test_line_breaks_and_byte_order_marks_do_not_matter(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(COMMIT).encode() + b"\r\n\r\n" + json.dumps(JOB).encode())
    assert [type(line) for line in read(file)] == [RecordedCommit, RecordedJob]


def test_an_empty_file_holds_nothing(file: Path) -> None:
    assert write(file) == []


def test_a_file_that_cannot_be_read_is_said(file: Path) -> None:
    assert refusal(file) == f"{file}: there is no such file"
    assert refusal(file.parent) == f"{file.parent}: cannot be read: Is a directory"


def later(line: dict[str, Any], count: int) -> list[dict[str, Any]]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [line | {"at": (start + timedelta(seconds=at)).isoformat(), "job_id": at} for at in range(count)]


def test_gzip_is_unpacked_member_by_member(tmp_path: Path) -> None:
    file = tmp_path / "trunk.jsonl.gz"
    lines = [json.dumps(line) + "\n" for line in later(JOB, 9000)]
    file.write_bytes(b"".join(gzip.compress("".join(part).encode()) for part in (lines[:4000], lines[4000:])))
    assert [line.job_id for line in read(file) if isinstance(line, RecordedJob)] == list(range(9000))


@pytest.mark.parametrize("damage", [slice(None, -200), slice(None, 5)])
def test_a_cut_off_gzip_file_is_said(damage: slice, tmp_path: Path) -> None:
    file = tmp_path / "trunk.jsonl.gz"
    file.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in later(JOB, 9000)).encode())[damage])
    assert refusal(file).endswith(": the gzip file is cut off or damaged here")


def test_garbage_behind_a_gzip_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "trunk.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps(JOB).encode() + b"\n") + b"garbage")
    assert refusal(file) == f"{file}:2: the gzip file is cut off or damaged here"


def test_progress_is_told_in_bytes_of_the_file(file: Path) -> None:
    file.write_text("".join(json.dumps(line) + "\n" for line in later(JOB, 9000)))
    told: list[int] = []
    assert sum(1 for _ in read(file, advanced=told.append)) == 9000
    assert len(told) > 1
    assert sum(told) == file.stat().st_size


TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  zone beside it
TEXT = st.text(st.characters(codec="utf-8"))
COMMITS = st.builds(
    Commit,
    sha=st.text("0123456789abcdef", min_size=40, max_size=40),
    committed_at=TIMES,
    title=TEXT,
    author=st.builds(Author, TEXT | st.none(), TEXT | st.none(), TEXT | st.none()),
    pr=st.none() | st.integers(0, 2**40),
    files=st.none()
    | st.lists(st.builds(ChangedFile, TEXT, st.none() | st.integers(0, 9), st.integers(0, 9))).map(tuple),
)
ATTEMPTS = st.builds(
    Attempt,
    sha=st.text("0123456789abcdef", min_size=40, max_size=40),
    workflow=TEXT,
    job=TEXT,
    run_id=st.integers(0, 2**50),
    job_id=st.integers(0, 2**50),
    attempt=st.integers(1, 9),
    status=st.sampled_from(Status),
    conclusion=st.none() | st.sampled_from(Conclusion),
    queued_at=st.none() | TIMES,
    url=st.none() | TEXT,
    failure=st.none() | st.builds(Failure, st.none() | TEXT, st.none() | st.integers(1, 9), st.lists(TEXT).map(tuple)),
)


@given(st.one_of(COMMITS, ATTEMPTS), TIMES, TEXT)
def test_what_is_written_is_read(what: Commit | Attempt, at: datetime, trunk: str) -> None:
    line = recorded(what, at=at, trunk=trunk)
    again = recording.parse(recording.encoded([line]))
    assert again == line
    assert recorded(again, at=at, trunk=trunk) == line
