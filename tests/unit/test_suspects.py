from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.ci import ChangedFile, Commit
from chatbot.suspects import Case, Evidence, FailureText, rank
from tests.suspected import LETTERS, NOON, attempts, chances, commit, graded, row


def test_the_first_red_after_greens_is_the_suspect_where_every_commit_was_tested() -> None:
    ranking = graded("....XXX")
    assert ranking.suspects[0].sha == "e"
    assert ranking.named == ranking.suspects[0]


def test_a_lone_red_before_more_greens_is_taken_for_a_flake() -> None:
    assert graded("..X...XXX").suspects[0].sha == "g"


def test_untested_commits_share_what_the_next_red_one_proves() -> None:
    chance = chances(graded("...__XXX"))
    assert sum(chance[sha] for sha in "def") > 0.85
    assert max(chance[sha] for sha in "abcgh") < 0.05


def test_an_intermittent_break_is_not_exonerated_by_one_green() -> None:
    assert chances(graded("........XX.XXX", rate=0.01))["i"] > 0.5


def test_a_job_that_only_flakes_is_not_blamed_on_a_commit() -> None:
    ranking = graded("X..X.X...X..X..X", rate=0.4)
    assert ranking.not_a_commit > 0.5
    assert ranking.flake > ranking.infrastructure
    assert ranking.named is None


def test_a_red_that_passed_on_the_same_commit_speaks_for_a_flake() -> None:
    red = Case(commits=row(6), outcomes=attempts("j", ".....X"), flake_rate=0.05)
    passed = Case(
        commits=row(6), outcomes=(*red.outcomes, Evidence("f", "j", failed=False, attempt=2)), flake_rate=0.05
    )
    assert rank(passed).not_a_commit > rank(red).not_a_commit


def test_jobs_that_fail_together_count_less_than_independent_ones() -> None:
    alone = Case(commits=row(6), outcomes=attempts("a", "...X.X"), flake_rate=0.2)
    shards = tuple(one for job in "abcde" for one in attempts(job, "...X.X"))
    five = rank(Case(commits=row(6), outcomes=shards, flake_rate=0.2)).not_a_commit
    assert 0 < five < rank(alone).not_a_commit
    assert five > rank(Case(commits=row(6), outcomes=attempts("a", "...X.X") * 5, flake_rate=0.2)).not_a_commit


def timed(marks: str, hours: str) -> tuple[Evidence, ...]:
    starts = [NOON + timedelta(hours=int(hour, 16)) for hour in hours]
    return tuple(
        Evidence(sha, "j", mark == "X", started_at=start)
        for sha, mark, start in zip(LETTERS, marks, starts, strict=False)
    )


def test_an_old_commit_that_fails_late_speaks_for_the_infrastructure() -> None:
    in_order = Case(commits=row(8), outcomes=timed(".....XXX", "01234567"), flake_rate=0.05)
    sandwich = Case(commits=row(8), outcomes=timed(".X.X..XX", "09182367"), flake_rate=0.05)
    assert rank(sandwich).infrastructure > 0.5 > rank(in_order).infrastructure


def test_many_families_red_at_once_and_a_runner_error_speak_for_the_infrastructure() -> None:
    plain = Case(commits=row(7), outcomes=attempts("j", "....XXX"), flake_rate=0.05)
    wide = Case(commits=row(7), outcomes=plain.outcomes, flake_rate=0.05, trunk_wide_failures=0.9)
    lost = FailureText(line="The runner has received a shutdown signal", infrastructure=True)
    runner = Case(commits=row(7), outcomes=plain.outcomes, flake_rate=0.05, failures=(lost,))
    assert rank(wide).infrastructure > 2 * rank(plain).infrastructure
    assert rank(runner).infrastructure > 2 * rank(plain).infrastructure


def test_the_commit_that_touches_the_named_file_is_the_suspect_and_says_so() -> None:
    commits = (*row(5), commit("z", "torch/_inductor/scheduler.py"))
    failure = FailureText(workflow="inductor", line="File torch/_inductor/scheduler.py, line 12, in fuse: KeyError")
    ranking = rank(Case(commits=commits, failures=(failure,)))
    assert ranking.suspects[0].sha == "z"
    assert "touches torch/_inductor/scheduler.py, named in the failure" in ranking.suspects[0].reasons


def test_a_job_on_windows_points_to_native_code() -> None:
    commits = (
        commit("a", "docs/index.md"),
        commit("b", "src/core/alloc.cpp", "src/core/alloc.h"),
        commit("c", "web/page.css"),
    )
    ranking = rank(Case(commits=commits, failures=(FailureText(job="win-vs2019 / build"),)))
    assert ranking.suspects[0].sha == "b"


def test_the_watched_paths_are_a_hint() -> None:
    case = Case(commits=row(4), failures=(FailureText(text="it broke"),))
    hinted = Case(commits=row(4), failures=case.failures, paths=("src/partb.*",))
    assert chances(rank(hinted))["b"] > chances(rank(case))["b"]


def test_the_attempts_are_given_as_reasons() -> None:
    assert graded(".......XX").suspects[0].reasons[:2] == (
        "first commit the job failed on; green on its parent",
        "the job failed on 0 of 7 commits before: unlikely a flake",
    )


def test_nobody_is_named_below_thirty_percent() -> None:
    ranking = rank(Case(commits=row(12), failures=(FailureText(text="broke"),)))
    assert ranking.suspects[0].probability < 0.3
    assert ranking.named is None
    assert len(ranking.likely_set) > 8


def test_the_likely_set_is_the_smallest_that_holds_ninety_percent() -> None:
    ranking = graded("....XXXX", rate=0.01)
    total = 1 - ranking.not_a_commit
    held = [suspect.probability for suspect in ranking.suspects[: len(ranking.likely_set)]]
    assert sum(held) >= 0.9 * total > sum(held[:-1])


def test_the_next_rerun_is_the_untested_parent_of_the_favourite() -> None:
    commits = (*row(4), commit("y", "a/flux.py"), commit("z", "b/other.py"))
    case = Case(
        commits=(*commits[:3], commit("x", "q/flux_capacitor.py", title="Rework the flux capacitor"), *commits[4:]),
        outcomes=(Evidence("a", "j", failed=False), Evidence("z", "j", failed=True)),
        failures=(FailureText(line="flux_capacitor.py: capacitor exploded", tests=("test_flux_capacitor",)),),
    )
    ranking = rank(case)
    assert ranking.suspects[0].sha == "x"
    assert ranking.next_rerun == "c"


def test_where_the_favourites_parent_is_tested_the_middle_of_the_probability_is_rerun() -> None:
    case = Case(commits=row(9), outcomes=(Evidence("a", "j", failed=False), Evidence("i", "j", failed=True)))
    assert rank(case).next_rerun in set("bcdefgh")


def test_nothing_is_left_to_rerun_where_every_commit_was_tested() -> None:
    assert graded("..XX").next_rerun is None


@pytest.mark.parametrize(
    "commits",
    [
        (Commit("a", NOON, ""), Commit("b", NOON, "t", files=())),
        (
            Commit("a", NOON, "big", files=tuple(ChangedFile(f"d{i % 70}/f{i}.c", 1, 1) for i in range(5000))),
            commit("b", "x"),
        ),
        (Commit("a", NOON, "binary", files=(ChangedFile("logo.png", None, None),)), commit("b", "x")),
        (Commit("a", NOON, "wörd \u202e" * 1500), commit("b", "x", title="x" * 10_000)),
        (commit("a", "", "/", "a" * 9000, "\x00", "../..", "é/è.py"), commit("a", "again")),
    ],
    ids=["no files", "five thousand files", "binary", "long titles", "odd paths and a sha twice"],
)
def test_odd_commits_are_ranked_like_others(commits: tuple[Commit, ...]) -> None:
    failure = FailureText(line="x" * 100_000 + " f3.c \x00 failed", tests=("", "t" * 5000), text="")
    ranking = rank(Case(commits=commits, failures=(failure,)))
    assert {one.sha for one in ranking.suspects} == {one.sha for one in commits}
    assert sum(chances(ranking).values()) + ranking.not_a_commit == pytest.approx(1)


def test_an_empty_window_has_no_suspects_and_is_no_commit() -> None:
    ranking = rank(Case(outcomes=(Evidence("q", "j", failed=True),)))
    assert ranking.suspects == ()
    assert ranking.not_a_commit == pytest.approx(1)
    assert ranking.likely_set == ()
    assert ranking.next_rerun is None


def test_a_bound_outside_the_window_does_not_bound() -> None:
    assert len(rank(Case(commits=row(4), last_green="?", first_failing="!")).suspects) == 4


def test_a_green_after_the_failure_leaves_no_candidate() -> None:
    assert rank(Case(commits=row(4), last_green="d", first_failing="b")).suspects == ()


def test_outcomes_of_unknown_commits_change_nothing() -> None:
    known = attempts("j", "...XX")
    strange = tuple(Evidence(sha, "j", failed=True) for sha in ("q1", "q2"))
    with_them = rank(Case(commits=row(5), outcomes=(*strange, *known), flake_rate=0.1))
    assert chances(with_them) == chances(rank(Case(commits=row(5), outcomes=known, flake_rate=0.1)))


marks = st.text(alphabet=".X_", min_size=1, max_size=16)
words = st.text(max_size=60)
grids = st.lists(st.tuples(st.sampled_from("pqr"), marks), max_size=3)


@given(grids, st.floats(0, 1), words, st.integers(1, 16))
def test_probabilities_are_probabilities_and_sum_to_one(
    jobs: list[tuple[str, str]], rate: float, text: str, count: int
) -> None:
    outcomes = tuple(one for job, mark in jobs for one in attempts(job, mark))
    commits = row(count)
    ranking = rank(Case(commits=commits, outcomes=outcomes, flake_rate=rate, failures=(FailureText(line=text),)))
    values = [*chances(ranking).values(), ranking.flake, ranking.infrastructure]
    assert all(0 <= value <= 1 for value in values)
    assert sum(values) == pytest.approx(1)
    assert {one.sha for one in ranking.suspects} <= {one.sha for one in commits}
    assert all(len(suspect.reasons) <= 3 for suspect in ranking.suspects)


@given(marks)
def test_the_order_of_the_outcomes_of_a_commit_does_not_matter(mark: str) -> None:
    evidence = [*attempts("j", mark), *attempts("j", mark.replace("X", "."))]
    forward = rank(Case(commits=row(16), outcomes=tuple(evidence), flake_rate=0.1))
    backward = rank(Case(commits=row(16), outcomes=tuple(reversed(evidence)), flake_rate=0.1))
    assert chances(forward) == pytest.approx(chances(backward))


@given(st.integers(2, 12), st.integers(1, 4))
def test_more_greens_behind_a_lone_red_never_make_its_commit_more_suspect(greens: int, more: int) -> None:
    few = chances(graded("...X" + "." * min(greens, 8)))["d"]
    many = chances(graded("...X" + "." * min(greens + more, 12)))["d"]
    assert many <= few + 1e-9


@given(st.integers(1, 10), st.integers(1, 5))
def test_more_reds_in_a_streak_never_speak_for_a_flake(greens: int, reds: int) -> None:
    less = graded("." * greens + "X" * reds)
    more = graded("." * greens + "X" * (reds + 1))
    assert more.flake <= less.flake + 1e-9
