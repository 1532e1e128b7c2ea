"""Why a commit is suspected, in words: each reason where its columns count, the weightiest first, three at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from chatbot.ci import ChangedFile, Commit
from chatbot.suspects import Case, Evidence, FailureText
from chatbot.suspects.features import Said
from chatbot.suspects.reasons import Reasons
from chatbot.suspects.weights import NAMES, Row
from tests.suspected import attempts, commit, row

OTHERS = (commit("a", "docs/one.md"), commit("b", "docs/two.md"))
FAILURE = FailureText(line="the flux capacitor exploded")


def reasons(
    suspect: Commit, counted: Mapping[str, float], *, failure: FailureText = FAILURE, others: Sequence[Commit] = OTHERS
) -> tuple[str, ...]:
    """Why *suspect*, the last of three, where these columns count for it and nothing for the others."""
    commits = (*others, suspect)
    case = Case(commits=commits, failures=(failure,))
    rows = [*(columns({}) for _ in others), columns(counted)]
    return Reasons(case, commits, rows, Said(case)).of(len(others))


def columns(counted: Mapping[str, float]) -> Row:
    """A row where these columns count and no other does."""
    return tuple(counted.get(name, 0.0) for name in NAMES)


def of_size(count: int, lines: int, *, folders: int = 1) -> Commit:
    files = tuple(ChangedFile(f"d{n % folders}/f{n}.c", lines, 0) for n in range(count))
    return Commit("z", OTHERS[0].committed_at, "Change things", files=files)


PLAIN = commit("z", "src/flux.py", title="Rework the flux capacitor")


@pytest.mark.parametrize(
    ("column", "suspect", "reason"),
    [
        ("test named", PLAIN, "touches what the failing test is about"),
        ("title quoted", PLAIN, "its title is quoted in the failure"),
        ("confirmed before", PLAIN, "already confirmed as the culprit of the same failure"),
        ("title overlap", PLAIN, "touches src/flux.py; the failure speaks of 'flux'"),
        ("letters alike", commit("z", "other.py", title="Rework the flux capacitor"),
         "its title and the failure share 'capacitor', 'flux'"),
        ("watched paths", PLAIN, "touches the paths that this watch is about"),
        ("learned association", PLAIN, "touches files that broke this way before"),
        ("files broke before", PLAIN, "touches files that broke this way before"),
        ("author broke before", PLAIN, "its author's commits broke trunk more often than most"),
        ("busiest file", PLAIN, "touches a file that many commits touch"),
        ("title: reland", PLAIN, "lands again what was reverted before"),
        ("pin only", PLAIN, "moves a pinned dependency"),
        ("lines", of_size(4, 50), "a large change next to the others: 200 lines in 4 files"),
        ("lines", of_size(1200, 1, folders=3), "a large change next to the others: 1,200 lines in 1,200 files"),
        ("files", of_size(3, 1, folders=2), "touches 3 files in 2 folders, more than the others"),
    ],
)  # fmt: skip
def test_each_column_that_counts_has_its_words(column: str, suspect: Commit, reason: str) -> None:
    assert reasons(suspect, {column: 1}) == (reason,)


@pytest.mark.parametrize(
    ("column", "suspect"),
    [("lines", of_size(3, 50)), ("letters alike", commit("z", "other.py", title="Nothing like it"))],
)
def test_where_there_is_nothing_to_say_nothing_is_said(column: str, suspect: Commit) -> None:
    assert reasons(suspect, {column: 1}) == ()


def test_that_a_file_is_python_like_the_failing_one_is_no_reason() -> None:
    failure = FailureText(line="torch/scheduler.py:12: the flux capacitor exploded")
    assert reasons(commit("z", "src/other.py"), {"letters alike": 1}, failure=failure) == ()
    said = ("touches src/flux.py; the failure speaks of 'flux'",)
    assert reasons(commit("z", "lib.d/a.py", "src/flux.py"), {"letters alike": 1}, failure=failure) == said


def test_a_file_that_the_failure_names_is_named() -> None:
    failure = FailureText(line="torch/_inductor/scheduler.py:12 failed")
    suspect = commit("z", "a/first.py", "torch/_inductor/scheduler.py", "z/last.py")
    said = ("touches torch/_inductor/scheduler.py, named in the failure",)
    assert reasons(suspect, {"file named": 1}, failure=failure) == said


def test_the_kind_of_failure_is_said_with_the_kind_of_file_it_often_comes_from() -> None:
    failure = FailureText(job="win-vs2019 / build")
    (reason,) = reasons(commit("z", "src/alloc.cpp"), {"failure kind fits": 1}, failure=failure)
    assert reason.startswith("changes ")
    assert reason.endswith(" failures often come from")
    assert reasons(commit("z", "docs/index.md"), {"failure kind fits": 1}, failure=failure) == ()


def test_three_reasons_are_said_the_weightiest_first() -> None:
    counted = {"watched paths": 3.0, "busiest file": 1.0, "title: reland": 4.0, "author broke before": 2.0}
    assert reasons(PLAIN, counted) == (
        "lands again what was reverted before",
        "touches the paths that this watch is about",
        "its author's commits broke trunk more often than most",
    )


def test_what_hardly_counts_or_counts_for_all_alike_is_no_reason() -> None:
    assert reasons(PLAIN, {"watched paths": 0.22}) == ()  # two thirds of it are above the mean of three
    assert reasons(PLAIN, {"watched paths": 0.23}) == ("touches the paths that this watch is about",)
    case = Case(commits=(*OTHERS, PLAIN), failures=(FAILURE,))
    alike = [columns({"watched paths": 5.0})] * 3
    assert [Reasons(case, case.commits, alike, Said(case)).of(index) for index in range(3)] == [(), (), ()]


def test_columns_of_one_reason_are_added_up() -> None:
    both = {"learned association": 0.12, "folders broke before": 0.12}
    assert reasons(PLAIN, both) == ("touches files that broke this way before",)


def test_a_single_candidate_needs_no_other_reason() -> None:
    only = ("the only commit between the last green and the first failure",)
    assert reasons(PLAIN, {"watched paths": 1}, others=()) == only


def attempted(count: int, index: int, *outcomes: Evidence, **fields: Any) -> tuple[str, ...]:
    """What the attempts alone say about the commit at *index*."""
    case = Case(commits=row(count), outcomes=outcomes, **fields)
    return Reasons(case, case.commits, [columns({})] * count, Said(case)).of(index)


FLAKES = "the job failed on 1 of 10 commits before: unlikely a flake"


@pytest.mark.parametrize(
    ("marks", "index", "said"),
    [
        ("..X", 2, ("first commit the job failed on; green on its parent",)),
        (".__X", 3, ("first commit the job failed on; green 3 commits before",)),
        ("..XX", 3, ()),
        ("X.", 1, ()),
        ("._X", 1, ("the job was green on its parent and has not run on it",)),
        (".__X", 2, ()),
        ("X_X", 1, ()),
        ("....X", 4, ("first commit the job failed on; green on its parent",)),
        (".....X", 5, ("first commit the job failed on; green on its parent",
                       "the job failed on 0 of 5 commits before: unlikely a flake")),
        ("X.........X", 10, ("first commit the job failed on; green on its parent", FLAKES)),
        ("XX........X", 10, ("first commit the job failed on; green on its parent",)),
    ],
)  # fmt: skip
def test_attempts_say_where_a_job_began_to_fail(marks: str, index: int, said: tuple[str, ...]) -> None:
    assert attempted(len(marks), index, *attempts("j", marks)) == said


def test_several_jobs_that_began_to_fail_are_counted_and_the_closest_green_is_told() -> None:
    both = (*attempts("p", ".__X"), *attempts("q", "__.X"), *attempts("r", "..XX"))
    assert attempted(4, 3, *both) == ("first commit 2 jobs failed on; green on its parent",)


def test_a_job_that_passed_in_the_end_did_not_begin_to_fail() -> None:
    passed = (*attempts("j", "..X"), Evidence("c", "j", failed=False, attempt=2))
    assert attempted(3, 2, *passed) == ()
    before = (Evidence("b", "j", failed=True), Evidence("b", "j", failed=False, attempt=2), *attempts("j", "__X"))
    assert attempted(3, 2, *before) == ()
