import pytest

from chatbot.ci import Commit
from chatbot.errors import PermanentError
from chatbot.suspects import Case, FailureText, Model, flake_rate, rank
from tests.suspected import NOON, chances, commit, row


def test_a_suspect_is_explained_by_features_times_weights() -> None:
    ranking = rank(Case(commits=row(3), failures=(FailureText(line="src/partb.py failed"),)))
    factors = ranking.why("b")
    assert factors
    assert all(factor.contribution == pytest.approx(factor.value * factor.weight) for factor in factors)
    assert [abs(f.contribution) for f in factors] == sorted((abs(f.contribution) for f in factors), reverse=True)
    assert ranking.why("nobody") == []


def test_a_flake_rate_is_counted_with_a_little_doubt_and_clipped() -> None:
    assert flake_rate(0, 300) == 0.005
    assert flake_rate(15, 285) == pytest.approx(0.0509, abs=1e-3)
    assert flake_rate(9, 1) == 0.6


def taught(times: int) -> tuple[Model, Case]:
    commits = (commit("a", "x/quasar.py"), commit("b", "y/pulsar.py"), commit("c", "z/comet.py", author="third"))
    case = Case(commits=commits, failures=(FailureText(text="the nebula job broke"),))
    model = Model()
    for number in range(times):
        renamed = tuple(Commit(f"{one.sha}{number}", NOON, one.title, one.author, None, one.files) for one in commits)
        model = model.learn(Case(commits=renamed, failures=case.failures), f"c{number}")
    return model, case


def test_confirmed_culprits_make_their_like_more_suspect() -> None:
    model, case = taught(6)
    assert chances(rank(case, model))["c"] > chances(rank(case))["c"] + 0.2


def test_the_same_culprit_twice_teaches_once() -> None:
    model, case = taught(0)
    once = model.learn(case, "c")
    twice = once.learn(case, "c")
    assert once.learned.lessons.paths == twice.learned.lessons.paths
    assert once.learned.adjustment == twice.learned.adjustment


def test_a_culprit_outside_the_case_teaches_nothing_but_the_commits() -> None:
    model, case = taught(0)
    assert model.learn(case, "elsewhere").learned.lessons.culprits == 0


def test_what_was_learned_survives_json_and_is_gone_after_a_reset() -> None:
    model, case = taught(3)
    restored = Model.from_json(model.to_json())
    assert chances(rank(case, restored)) == chances(rank(case, model))
    assert chances(rank(case, Model())) == chances(rank(case))


@pytest.mark.parametrize("state", [b"", b"{}", b"[1]", b"\xff", b'{"version":1,"lessons":3}'])
def test_a_state_that_is_none_is_refused(state: bytes) -> None:
    with pytest.raises(PermanentError, match="cannot be read"):
        Model.from_json(state)


def test_a_newer_state_is_refused() -> None:
    with pytest.raises(PermanentError, match="version 2, this program knows up to 1"):
        Model.from_json(b'{"version": 2, "whatever": true}')


def test_a_commit_confirmed_for_the_same_failure_is_the_suspect_and_says_so() -> None:
    model, case = taught(0)
    ranking = rank(case, model.learn(case, "a"))
    assert ranking.suspects[0].sha == "a"
    assert "already confirmed as the culprit of the same failure" in ranking.suspects[0].reasons


def test_a_commit_confirmed_for_another_failure_is_less_suspect_of_this_one() -> None:
    model, case = taught(0)
    other = Case(commits=case.commits, failures=(FailureText(text="the comet exploded over windows"),))
    assert chances(rank(other, model.learn(case, "a")))["a"] < chances(rank(other, model.observe(case.commits)))["a"]


def test_counts_are_halved_once_they_are_old_so_that_what_is_usual_stays_recent() -> None:
    model = Model()
    for start in range(0, 4200, 100):
        model = model.observe([commit(f"s{number}", "always.py") for number in range(start, start + 100)])
    assert model.learned.background.commits < 4200
    assert model.learned.background.files["always.py"] == model.learned.background.commits
    assert len(model.learned.background.seen) == 4000
