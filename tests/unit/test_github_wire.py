"""What GitHub sends, in our words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.ci import Conclusion, Status
from chatbot.errors import PermanentError, TransientError
from chatbot.sources import titles
from chatbot.sources.github import wire
from chatbot.sources.github.pages import Pages
from chatbot.sources.github.refusals import refusal
from chatbot.sources.github.state import NEWEST, TURNS, CommitState, due, mark
from chatbot.sources.github.wire import GitCommit, GitPart, JobShard, Run, Signature
from chatbot.sources.headers import retry_after

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("[inductor] Fuse more (#123)", 123),
        ("Fix #12 at last (#345)\n\nbody (#9)", 345),
        ('Revert "Fuse more (#123)"', None),
        ('Revert "Fuse more (#123)" (#456)', 456),
        ("Merge pull request #77 from a/b\n\nTitle", 77),
        ("Auto merge of #99 - a:b, r=c", 99),
        ("Merge #98", 98),
        ("A stacked change\n\nPull Request resolved: https://github.com/a/b/pull/555\nApproved", 555),
        ("Mention (#12) in the middle", None),
        ("", None),
    ],
)
def test_the_pull_request_is_read_from_what_merge_tools_write(message: str, number: int | None) -> None:
    assert titles.pull_number(message) == number


@given(st.text())
def test_any_commit_message_gives_a_title_of_one_line(message: str) -> None:
    seen = wire.commit(GitCommit("a" * 40, GitPart(message, Signature("A", None, NOW))))

    assert "\n" not in seen.title
    assert seen.committed_at == NOW


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ('Revert "x"\n\nThis reverts commit 0123abc.\n\nIt broke trunk', "This reverts commit 0123abc."),
        ('Revert "x"\n\nReverts pytorch/pytorch#12', "Reverts pytorch/pytorch#12"),
        ('Revert "x (#12)" (#13)', None),
        ("Speak of it: someone said This reverts commit 0123abc", None),
        ("x\n\n" + "This reverts commit 0123abc.\n" * 9, "\n".join(["This reverts commit 0123abc."] * 3)),
    ],
)
def test_of_a_message_only_what_it_takes_back_is_kept(message: str, kept: str | None) -> None:
    assert titles.reverted(message) == kept


def test_a_commit_landed_when_its_committer_says() -> None:
    part = GitPart("t", Signature("A", "a@b", NOW - timedelta(days=9)), Signature("web-flow", None, NOW))

    seen = wire.commit(GitCommit("a" * 40, part))

    assert seen.committed_at == NOW
    assert (seen.author.name, seen.author.email, seen.author.login) == ("A", "a@b", None)


def test_a_commit_without_any_time_is_no_answer() -> None:
    with pytest.raises(TransientError, match="without a time"):
        wire.commit(GitCommit("a" * 40, GitPart("t")))


@pytest.mark.parametrize(
    ("status", "conclusion", "read", "ended"),
    [
        ("completed", "failure", Status.COMPLETED, Conclusion.FAILURE),
        ("completed", "success", Status.COMPLETED, Conclusion.SUCCESS),
        ("completed", "something_new", Status.COMPLETED, Conclusion.STALE),
        ("completed", None, Status.COMPLETED, Conclusion.STALE),
        ("in_progress", None, Status.IN_PROGRESS, None),
        ("in_progress", "failure", Status.IN_PROGRESS, None),
        ("something_new", None, Status.WAITING, None),
        (None, None, Status.WAITING, None),
    ],
)
def test_unknown_words_decide_nothing(
    status: str | None, conclusion: str | None, read: Status, ended: Conclusion | None
) -> None:
    seen = wire.attempt(JobShard(1, 2, "j", status, conclusion, None, NOW, NOW, NOW), sha="a", workflow="w")

    assert (seen.status, seen.conclusion, seen.attempt) == (read, ended, 1)
    assert (seen.completed_at is None) == (ended is None)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"total_count": 1}', b'{"total_count": "x", "jobs": []}', b"\xff\xfe"]
)
def test_an_answer_that_is_not_what_it_should_be_may_be_right_next_time(body: bytes) -> None:
    with pytest.raises(TransientError, match="for the jobs cannot be read"):
        wire.decode(body, wire.JobPage, "the jobs")


def test_a_workflow_without_a_name_is_called_by_its_file() -> None:
    assert Run(1, "a", path=".github/workflows/lint.yml").workflow == "lint.yml"
    assert Run(1, "a", name="Lint", path=".github/workflows/lint.yml").workflow == "Lint"
    assert Run(1, "a").workflow == "1"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "17"}, 17.0),
        ({"retry-after": "Mon, 05 Jan 2026 09:00:30 GMT"}, 30.0),
        ({"retry-after": "Mon, 05 Jan 2026 08:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(headers: dict[str, str], wait: float | None) -> None:
    assert retry_after(headers, NOW) == wait


JSON = {"content-type": "application/json; charset=utf-8"}


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait"),
    [
        (403, {}, b'{"message": "You have exceeded a secondary rate limit."}', 60.0),
        (403, {}, b'{"message": "You have triggered an abuse detection mechanism."}', 60.0),
        (429, {}, b"{}", 60.0),
        (429, {"retry-after": "5"}, b"not json", 5.0),
        (503, {"retry-after": "9"}, b"<html>", 9.0),
        (500, {}, b"", None),
        (408, {}, b"", None),
        (
            403,
            {
                "x-ratelimit-limit": "60",
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(int(NOW.timestamp()) + 9),
            },
            b'{"message": "API rate limit exceeded"}',
            10.0,
        ),
    ],
)
def test_limits_and_outages_pass(status: int, headers: dict[str, str], body: bytes, wait: float | None) -> None:
    error = refusal(status, JSON | headers, body, what="/x", now=NOW)

    assert isinstance(error, TransientError)
    assert error.retry_after == wait


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 451, 418, 300])
@pytest.mark.parametrize("body", [b'{"message": "No"}', b"", b"<html>", b"[1]", b"{"])
def test_every_other_refusal_stays_and_names_its_status(status: int, body: bytes) -> None:
    error = refusal(status, JSON, body, what="/x", now=NOW)

    assert isinstance(error, PermanentError)
    assert error.code == str(status)
    assert str(status) in str(error)


def states(count: int, polls: list[int]) -> list[CommitState]:
    return [CommitState(str(index), polls[index % len(polls)], Pages(0, [])) for index in range(count)]


@given(st.integers(0, 400))
def test_every_commit_is_read_within_the_promised_number_of_polls(count: int) -> None:
    commits = states(count, [0])
    read: set[str] = set()
    for poll in range(1, TURNS + 1):
        for commit in due(commits):
            commit.polled = poll
            read.add(commit.sha)

    assert read == {commit.sha for commit in commits}


@given(st.integers(0, 400), st.lists(st.integers(0, 9), min_size=1))
def test_the_newest_and_the_unsettled_are_read_at_every_poll_newest_first(count: int, polls: list[int]) -> None:
    commits = states(count, polls)
    unread = [commit for index, commit in enumerate(commits) if index % 50 == 7]
    for commit in unread:
        commit.runs = None

    wanted = due(commits)

    assert {commit.sha for commit in [*commits[-NEWEST:], *unread]} <= {commit.sha for commit in wanted}
    assert [int(commit.sha) for commit in wanted] == sorted((int(commit.sha) for commit in wanted), reverse=True)


def test_a_mark_changes_with_all_that_tells_of_a_change() -> None:
    run = Run(1, "a", status="completed", conclusion="success", run_attempt=1, updated_at="2026-01-05T09:00:00Z")
    others = [
        Run(1, "a", status="in_progress", conclusion="success", run_attempt=1, updated_at="2026-01-05T09:00:00Z"),
        Run(1, "a", status="completed", conclusion="failure", run_attempt=1, updated_at="2026-01-05T09:00:00Z"),
        Run(1, "a", status="completed", conclusion="success", run_attempt=2, updated_at="2026-01-05T09:00:00Z"),
        Run(1, "a", status="completed", conclusion="success", run_attempt=1, updated_at="2026-01-05T09:00:01Z"),
    ]

    assert len({mark(run), *map(mark, others)}) == 5
    assert len(mark(run)) == 8
