"""Recordings that are written: once each, continued, and mended after a crash."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.ci import Attempt, Commit, Conclusion, Status
from chatbot.errors import ConfigError
from chatbot.recorder import Recorder, mend
from chatbot.recording import read

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
COMMIT = Commit(sha="a" * 40, committed_at=NOW, title="one")
RUNNING = Attempt(sha="a" * 40, workflow="w", job="j", run_id=1, job_id=2, status=Status.IN_PROGRESS)
FAILED = Attempt(sha="a" * 40, workflow="w", job="j", run_id=1, job_id=2, conclusion=Conclusion.FAILURE)
BOTH = pytest.mark.parametrize("name", ["trunk.jsonl", "trunk.jsonl.gz"])


def written(path: Path) -> list[str]:
    return [f"{type(line).__name__} {line.at:%H:%M}" for line in read(path)]


@BOTH
def test_each_state_is_written_once(name: str, tmp_path: Path) -> None:
    with Recorder(tmp_path / name) as recorder:
        assert recorder.seen([COMMIT, RUNNING], at=NOW, trunk="t") == 2
        assert recorder.seen([COMMIT, RUNNING], at=NOW + timedelta(minutes=1), trunk="t") == 0
        assert recorder.seen([RUNNING, FAILED], at=NOW + timedelta(minutes=2), trunk="t") == 1
        assert (recorder.commits, recorder.jobs) == (1, 2)
    assert written(tmp_path / name) == ["RecordedCommit 09:00", "RecordedJob 09:00", "RecordedJob 09:02"]


@BOTH
def test_a_recording_is_continued(name: str, tmp_path: Path) -> None:
    for minutes in (0, 5):
        with Recorder(tmp_path / name) as recorder:
            recorder.seen([COMMIT, RUNNING], at=NOW + timedelta(minutes=minutes), trunk="t")
    with Recorder(tmp_path / name) as recorder:
        recorder.seen([FAILED], at=NOW + timedelta(minutes=9), trunk="t")
    assert written(tmp_path / name) == ["RecordedCommit 09:00", "RecordedJob 09:00", "RecordedJob 09:09"]


def test_the_same_commit_on_another_trunk_is_another(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a.jsonl") as recorder:
        assert [recorder.seen([COMMIT, FAILED], at=NOW, trunk=trunk) for trunk in ("t", "u", "t")] == [2, 2, 0]


def test_a_clock_that_goes_back_keeps_the_order(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a.jsonl") as recorder:
        recorder.seen([COMMIT], at=NOW, trunk="t")
        recorder.seen([FAILED], at=NOW - timedelta(hours=1), trunk="t")
    assert written(tmp_path / "a.jsonl") == ["RecordedCommit 09:00", "RecordedJob 09:00"]


@BOTH
def test_what_was_seen_is_in_the_file_before_it_is_closed(name: str, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / name)
    recorder.seen([COMMIT, FAILED], at=NOW, trunk="t")
    crashed = tmp_path / f"crashed-{name}"
    crashed.write_bytes((tmp_path / name).read_bytes())
    recorder.close()
    mend(crashed)
    assert written(crashed) == ["RecordedCommit 09:00", "RecordedJob 09:00"]


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 2_000), packed=st.booleans())
def test_whatever_a_crash_tore_is_cut_off_and_gone_on_from(
    cut: int,
    packed: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("torn") / ("t.jsonl.gz" if packed else "t.jsonl")
    with Recorder(path) as recorder:
        for minute in range(4):
            recorder.seen([Commit(str(minute), NOW, "x"), RUNNING], at=NOW + timedelta(minutes=minute), trunk="t")
    whole = path.read_bytes()
    path.write_bytes(whole[: max(200, len(whole) - cut)])
    with Recorder(path) as recorder:
        recorder.seen([Commit("last", NOW, "x")], at=NOW + timedelta(minutes=9), trunk="t")
    assert written(path)[-1] == "RecordedCommit 09:09"


def test_a_whole_last_line_without_its_break_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Recorder(path) as recorder:
        recorder.seen([COMMIT], at=NOW, trunk="t")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    with Recorder(path) as recorder:
        recorder.seen([FAILED], at=NOW, trunk="t")
    assert written(path) == ["RecordedCommit 09:00", "RecordedJob 09:00"]


def test_a_file_that_is_no_recording_is_left_alone(tmp_path: Path) -> None:
    for name, content in {"a.yaml": b"version: 1\ntrunks:", "b.gz": gzip.compress(b"hello\nthere")[:-4]}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ConfigError, match=f"{name}:"):
            Recorder(tmp_path / name)
        assert (tmp_path / name).read_bytes() == content


@pytest.mark.parametrize("name", ["missing/a.jsonl", "."])
def test_a_place_that_cannot_be_written_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be"):
        Recorder(tmp_path / name)


def test_a_full_disk_is_said() -> None:
    with Recorder(Path("/dev/full")) as recorder, pytest.raises(ConfigError, match="No space left on device"):
        recorder.seen([COMMIT], at=NOW, trunk="t")
