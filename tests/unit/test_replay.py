"""A recording as a source: what is visible when, and how it is gone on from."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from chatbot.ci import Attempt, Conclusion, Status
from chatbot.errors import ConfigError, PermanentError
from chatbot.sandbox.github import Draft
from chatbot.sandbox.github.draft import BEGINS, MINUTE
from chatbot.sources.replay import ReplaySource


class Clock:
    """A clock that stands at a number of minutes after the draft's beginning."""

    def __init__(self) -> None:
        self.minutes = 0

    def __call__(self) -> datetime:
        return BEGINS + self.minutes * MINUTE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Six commits with a job each, and lines of another trunk between."""
    draft, other = Draft("mine"), Draft("other")
    lines = []
    for index in range(6):
        draft.job(draft.commit(f"commit {index}", files=[f"{index}.py"]), "build", Conclusion.FAILURE, line="E: no")
        other.job(other.commit("elsewhere"))
        lines += [*draft.taken(), *other.taken()]
    target = tmp_path / "recorded.jsonl"
    lines.sort(key=lambda line: line.at)
    target.write_bytes(b"\n".join(map(msgspec.json.encode, lines)) + b"\n")
    return target


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(path: Path, clock: Clock) -> ReplaySource:
    return ReplaySource(path, "mine", clock=clock)


async def test_lines_become_visible_as_the_clock_passes_them(source: ReplaySource, clock: Clock) -> None:
    clock.minutes = 3
    first = await source.poll(None, window=10)
    clock.minutes = 6
    second = await source.poll(first.cursor, window=10)
    third = await source.poll(second.cursor, window=10)

    assert [commit.title for commit in first.commits] == ["commit 0", "commit 1"]
    assert [commit.title for commit in second.commits] == ["commit 2"]
    assert [attempt.sha for attempt in second.attempts] == [first.commits[1].sha, second.commits[0].sha]
    assert (third.commits, third.attempts) == ((), ())


async def test_another_process_goes_on_where_the_cursor_ends(source: ReplaySource, path: Path, clock: Clock) -> None:
    clock.minutes = 3
    first = await source.poll(None, window=10)
    clock.minutes = 99

    rest = await ReplaySource(path, "mine", clock=clock).poll(first.cursor, window=10)

    assert [commit.title for commit in rest.commits] == [f"commit {index}" for index in range(2, 6)]
    assert not rest.rewritten


async def test_only_what_falls_into_the_window_is_given(source: ReplaySource, clock: Clock) -> None:
    clock.minutes = 99

    poll = await source.poll(None, window=2)

    assert [commit.title for commit in poll.commits] == ["commit 4", "commit 5"]
    assert {attempt.sha for attempt in poll.attempts} == {commit.sha for commit in poll.commits}


async def test_a_cursor_of_another_recording_has_everything_read_anew(source: ReplaySource, clock: Clock) -> None:
    clock.minutes = 99

    poll = await source.poll({"recording": "elsewhere.jsonl", "lines": 4}, window=10)

    assert poll.rewritten
    assert len(poll.commits) == 6


async def test_files_and_explaining_lines_come_from_the_recording(source: ReplaySource, clock: Clock) -> None:
    clock.minutes = 99
    poll = await source.poll(None, window=10)

    assert [file.path for file in await source.files(poll.commits[3].sha)] == ["3.py"]
    assert [chunk async for chunk in source.log(poll.attempts[0])] == [b"E: no\n"]
    with pytest.raises(PermanentError, match="does not say why"):
        await anext(source.log(Attempt("a", "w", "j", 1, 2, status=Status.QUEUED)))


async def test_check_says_how_much_there_is(source: ReplaySource) -> None:
    assert (await source.check()).endswith("6 commits in 12 lines, 2026-01-05 09:01 to 2026-01-05 09:12 UTC")


async def test_a_trunk_the_recording_does_not_know_is_refused(path: Path) -> None:
    with pytest.raises(PermanentError, match=r"no lines of trunk 'third'; it speaks of mine, other"):
        await ReplaySource(path, "third").check()


async def test_a_broken_line_names_the_file_and_the_line(path: Path, clock: Clock) -> None:
    path.write_bytes(path.read_bytes() + b'{"kind": "job"}\n')
    clock.minutes = 99

    with pytest.raises(ConfigError, match=r"recorded\.jsonl:25"):
        await ReplaySource(path, "mine", clock=clock).poll(None, window=10)


async def test_a_closed_source_can_be_asked_again(source: ReplaySource, clock: Clock) -> None:
    clock.minutes = 4
    first = await source.poll(None, window=10)
    await source.close()
    clock.minutes += int(timedelta(hours=1) / MINUTE)

    assert len((await source.poll(first.cursor, window=10)).commits) == 4
