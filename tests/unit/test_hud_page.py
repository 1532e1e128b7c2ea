"""HUD's pages in our words, and pages that are broken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chatbot.ci import Author, Commit, Conclusion, Failure, Job, Status
from chatbot.columns import Outcome
from chatbot.errors import TransientError
from chatbot.sources import hud_page
from chatbot.strips import lay
from chatbot.trunk import Trunk

NAME = "pull / linux-jammy / test (default, 1, 2, linux.2xlarge)"
JOB = Job("pull", "linux-jammy / test (default, linux.2xlarge)")


def body(*rows: Sequence[dict[str, Any] | None], names: tuple[str, ...] = (NAME,)) -> bytes:
    """A page, newest commit first as HUD has it; *rows* are oldest first."""
    grid = [
        {"sha": f"{at:040x}", "time": f"2026-01-05T0{at}:00:00Z", "commitTitle": f"Change {at}", "author": "octocat",
         "authorUrl": "https://github.com/octocat", "prNum": at, "commitUrl": "x", "isForcedMerge": False, "jobs": row}
        for at, row in enumerate(rows)
    ]  # fmt: skip
    return msgspec.json.encode({"shaGrid": grid[::-1], "jobNames": names})


def laid(*rows: list[dict[str, Any]], names: tuple[str, ...] = (NAME,)) -> Trunk:
    made = Trunk("t")
    lay(made, hud_page.page(body(*rows, names=names)))
    return made


def test_commits_come_oldest_first_with_author_and_pull_request() -> None:
    commits = hud_page.page(body([{}], [{}])).commits
    assert commits[1] == Commit(
        f"{1:040x}", datetime(2026, 1, 5, 1, tzinfo=UTC), "Change 1", Author("octocat", "octocat"), 1
    )
    assert commits[0].pr is None


def test_a_name_is_split_at_the_first_separator() -> None:
    assert list(laid([{"id": 1, "conclusion": "success"}]).jobs) == [JOB]


def test_a_name_without_a_workflow_is_both() -> None:
    assert list(laid([{"id": 1, "conclusion": "success"}], names=("lint",)).jobs) == [Job("lint", "lint")]


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("success", Outcome.GREEN),
        ("failure", Outcome.RED),
        ("timed_out", Outcome.RED),
        ("cancelled", Outcome.UNKNOWN),
        ("canceled", Outcome.UNKNOWN),
        ("pending", Outcome.UNKNOWN),
        ("in_progress", Outcome.UNKNOWN),
        ("unknown", Outcome.UNKNOWN),
        ("skipped", Outcome.UNKNOWN),
        ("", Outcome.UNKNOWN),
    ],
)
def test_conclusions_are_understood(word: str, outcome: Outcome) -> None:
    made = laid([{"id": 1, "conclusion": word}])
    assert made.outcomes(f"{0:040x}").get(JOB, Outcome.UNKNOWN) is outcome


def test_what_did_not_run_is_not_there() -> None:
    assert laid([{}]).jobs == {}


def test_a_job_that_waits_is_queued() -> None:
    (cell,) = laid([{"id": 1, "conclusion": "pending"}]).cells(JOB, f"{0:040x}")
    assert cell.status is Status.QUEUED


def test_a_success_after_a_failure_is_a_flake() -> None:
    made = laid([{"id": 1, "conclusion": "success", "failedPreviousRun": True}])
    assert made.jobs[JOB].flakes[0] == 1


def test_a_failure_brings_its_address_its_line_and_its_tests() -> None:
    made = laid(
        [
            {
                "id": 7,
                "conclusion": "failure",
                "htmlUrl": "https://github.com/p/p/runs/7",
                "failureLines": ["FAILED test_x.py::T::test_y - AssertionError", ""],
                "failureCaptures": ["test_x.py::T::test_y", "AssertionError"],
            }
        ]
    )
    (cell,) = made.cells(JOB, f"{0:040x}")
    assert (cell.job_id, cell.run_id, cell.conclusion) == (7, 1, Conclusion.FAILURE)
    assert cell.url == "https://github.com/p/p/runs/7"
    assert cell.failure == Failure("FAILED test_x.py::T::test_y - AssertionError", None, ("test_x.py::T::test_y",))


def test_why_it_failed_may_be_told_later() -> None:
    made = laid([{"id": 7, "conclusion": "failure"}])
    lay(made, hud_page.page(body([{"id": 7, "conclusion": "failure", "failureLines": ["E boom"]}])))
    (cell,) = made.cells(JOB, f"{0:040x}")
    assert cell.failure == Failure("E boom")


def test_a_page_without_commits_is_empty() -> None:
    assert hud_page.page(body()).commits == ()


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (b"", "cannot be read"),
        (b"<html>", "cannot be read"),
        (b'{"shaGrid":[', "cannot be read"),
        (b'{"error":"rate limited"}', "cannot be read"),
        (body([{"id": 7, "conclusion": 5}]), "cannot be read"),
        (body([{}, {}]), "2 jobs on 0000000000000000000000000000000000000000 and 1 names"),
    ],
)
def test_a_broken_page_may_be_whole_next_time(broken: bytes, says: str) -> None:
    with pytest.raises(TransientError, match=says):
        hud_page.page(broken)


def test_what_may_be_missing_may_be_null_or_text() -> None:
    cell = {
        "id": None,
        "conclusion": "failure",
        "htmlUrl": None,
        "failureLines": [None, "E boom"],
        "failedPreviousRun": None,
    }
    told = msgspec.json.decode(
        body([cell, {"id": "77", "conclusion": "failure", "failureLines": "E bang"}, None], names=("a", "b", "c"))
    )
    told["shaGrid"][0] |= {
        "commitTitle": None,
        "author": None,
        "prNum": "12",
        "time": "2026-01-05T01:00:00+01:00",
        "neu": {"ü": []},
    }
    shown = hud_page.page(msgspec.json.encode(told | {"jobNames": ["a", "b", None]}))
    (commit,) = shown.commits
    assert (commit.title, commit.author, commit.pr) == ("", Author(), 12)
    assert commit.committed_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert [strip.job for strip in shown.strips] == ["a", "b"]
    assert shown.details[77] == (None, Failure("E bang"))
    made_up = shown.strips[0].job_ids[0]
    assert shown.details[made_up] == (None, Failure("E boom"))
    assert made_up == hud_page.page(msgspec.json.encode(told | {"jobNames": ["a", "b", None]})).strips[0].job_ids[0]


def test_a_time_without_a_zone_is_universal() -> None:
    told = msgspec.json.decode(body([{}]))
    told["shaGrid"][0]["time"] = "2026-01-05 01:00:00"
    assert hud_page.page(msgspec.json.encode(told)).commits[0].committed_at == datetime(2026, 1, 5, 1, tzinfo=UTC)


def test_a_message_tells_what_it_takes_back() -> None:
    told = msgspec.json.decode(body([{}]))
    told["shaGrid"][0]["commitMessageBody"] = "This reverts commit 0123456789abcdef.\nBecause."
    (commit,) = hud_page.page(msgspec.json.encode(told)).commits
    assert commit.reverts == "This reverts commit 0123456789abcdef."


def test_a_job_of_a_thousand_shards_is_one() -> None:
    names = tuple(f"pull / test (default, {n}, 1000, gpu)" for n in range(1, 1001))
    row = [{"id": n, "conclusion": "failure" if n == 777 else "success"} for n in range(1, 1001)]
    made = laid(row, row, names=names)
    assert list(made.jobs) == [Job("pull", "test (default, gpu)")]
    assert made.outcomes(f"{1:040x}") == {Job("pull", "test (default, gpu)"): Outcome.RED}


def test_it_is_read_in_pieces() -> None:
    reading = hud_page.read(body(*[[{"id": 1, "conclusion": "success"}]] * 9))
    assert sum(1 for _ in reading) == 1 + 9 // hud_page.ROWS + 1


def spaced(page: bytes) -> bytes:
    """The same JSON, written with spaces."""
    return json.dumps(json.loads(page)).encode()


@pytest.mark.parametrize(
    "cell",
    [
        {"id": 1, "conclusion": "failure", "failureLines": ['}, {"sha":" in a text', '},{"sha":"'], "htmlUrl": "u"},
        {"id": 1, "conclusion": "failure", "more": [{"a": 1}, {"sha": "nested"}]},
        {"id": 1, "conclusion": "failure", "more": '],"jobNames":['},
        {},
    ],
)
def test_a_page_says_the_same_however_it_is_written(cell: dict[str, Any]) -> None:
    page = body([cell], [{"id": 2, "conclusion": "success"}], [cell])
    assert hud_page.page(page) == hud_page.page(spaced(page))
    assert len(hud_page.page(page).commits) == 3
