import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from chatbot.errors import ConfigError
from chatbot.suspects import candidates, parse_case
from tests.typed import typed

LINE: dict[str, object] = {
    "id": "one",
    "repo": "ignored",
    "commits": [
        {
            "sha": sha * 40,
            "committed_at": "2026-01-01T00:00:00Z",
            "title": f"Change {sha}",
            "author": "someone",
            "pr": None,
            "files": [{"path": f"src/{sha}.py", "added": 3, "deleted": 1}],
        }
        for sha in "abcd"
    ],
    "last_green": "a" * 40,
    "first_failing": "c" * 40,
    "failures": [
        {
            "workflow": None,
            "job": None,
            "tests": [],
            "line": None,
            "text": "b.py is broken: the flux capacitor exploded",
        }
    ],
    "outcomes": [],
    "flake_rate": None,
    "culprit": "b" * 40,
}
Asked = Callable[..., Result]


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    def ask(content: bytes, *options: str, name: str = "cases.jsonl") -> Result:
        path = tmp_path / name
        path.write_bytes(content)
        return typed("suspects", "--cases", path, *options)

    return ask


def case_line(**changes: object) -> bytes:
    return json.dumps(LINE | changes).encode() + b"\n"


def answers(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_candidates_are_the_commits_after_the_last_green_up_to_the_first_failure() -> None:
    case, culprit = parse_case(case_line(), where="x:1")
    assert [commit.sha[0] for commit in candidates(case)] == ["b", "c"]
    assert culprit == "b" * 40


def test_with_outcomes_every_commit_is_a_candidate() -> None:
    outcomes = [{"sha": "c" * 40, "job": "j", "conclusion": "failure", "attempt": 1}]
    case, _ = parse_case(case_line(outcomes=outcomes), where="x:1")
    assert [commit.sha[0] for commit in candidates(case)] == list("abcd")


def test_outcomes_that_say_nothing_are_dropped() -> None:
    said = ["failure", "timed_out", "startup_failure", "success", "cancelled", "skipped", "neutral", None, "new word"]
    outcomes = [{"sha": "c" * 40, "job": "j", "conclusion": word, "attempt": 1} for word in said]
    case, _ = parse_case(case_line(outcomes=outcomes), where="x:1")
    assert [outcome.failed for outcome in case.outcomes] == [True, True, True, False]


def test_json_has_an_answer_a_case_whose_probabilities_sum_to_one(asked: Asked) -> None:
    found = answers(asked(case_line() + b"\n" + case_line(id="two"), "--format", "json"))
    assert [answer["id"] for answer in found] == ["one", "two"]
    for answer in found:
        assert set(answer) == {"id", "suspects", "not_a_commit"}
        suspects = answer["suspects"]
        assert isinstance(suspects, list)
        assert [set(suspect) for suspect in suspects] == [{"sha", "probability", "reasons"}] * 2
        assert suspects[0]["sha"] == "b" * 40
        assert sum(suspect["probability"] for suspect in suspects) + answer["not_a_commit"] == pytest.approx(1)


def test_the_table_names_the_suspect_and_says_why(asked: Asked) -> None:
    result = asked(case_line())
    assert result.exit_code == 0
    assert "bbbbbbbbbb" in result.stdout
    assert "no commit" in result.stdout


def test_a_packed_file_gives_the_same_answer(asked: Asked) -> None:
    plain = asked(case_line(), "--format", "json")
    packed = asked(gzip.compress(case_line()), "--format", "json", name="cases.jsonl.gz")
    assert answers(plain) == answers(packed)


def test_a_culprit_teaches_the_cases_after_it_and_only_with_learn(asked: Asked) -> None:
    twice = case_line() + case_line(id="two")
    first, second = answers(asked(twice, "--format", "json", "--learn"))
    untaught = answers(asked(twice, "--format", "json"))
    assert first == untaught[0]
    assert probability(second, "b") > probability(untaught[1], "b")


def probability(answer: dict[str, object], sha: str) -> float:
    suspects = answer["suspects"]
    assert isinstance(suspects, list)
    return next(float(suspect["probability"]) for suspect in suspects if suspect["sha"] == sha * 40)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{not json\n", r"cases\.jsonl:1: not a suspect case"),
        (b"\xff\xfe\n", r"cases\.jsonl:1: not a suspect case"),
        (case_line() + b'{"id": 3}\n', r"cases\.jsonl:2: not a suspect case: .*`\$\.id`"),
        (case_line(commits=[{"title": "no sha"}]), r"cases\.jsonl:1: .*`sha`"),
        (case_line(flake_rate=3), r"cases\.jsonl:1: .*flake_rate 3\.0 is not between 0 and 1"),
        (b'{"id": "x", "z": ' + b"[" * 100_000, r"cases\.jsonl:1: .*nested too deeply"),
        (b"[]\n", r"cases\.jsonl:1: not a suspect case"),
    ],
)
def test_a_broken_line_is_named_by_file_and_line(asked: Asked, content: bytes, expected: str) -> None:
    result = asked(content, "--format", "json")
    assert result.exit_code == 2
    assert re.search(expected, result.stderr)
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "content",
    [b"no gzip at all", gzip.compress(case_line() * 50)[:-20], b"\x1f\x8b\x08\x00" + b"\x00" * 6 + b"\xff" * 9],
)
def test_a_file_that_is_not_whole_gzip_is_refused(asked: Asked, content: bytes) -> None:
    result = asked(content, name="cases.jsonl.gz")
    assert result.exit_code == 2
    assert "cannot be unpacked" in result.stderr


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        result = typed("suspects", "--cases", path)
        assert result.exit_code == 2
        assert "cannot be read" in result.stderr


def test_an_empty_file_has_no_answers(asked: Asked) -> None:
    assert answers(asked(b"", "--format", "json")) == []


def test_an_unknown_author_time_or_file_list_is_no_error() -> None:
    bare = {"sha": "a" * 40, "title": "t"}
    case, culprit = parse_case(json.dumps({"id": "x", "commits": [bare]}), where="x:1")
    assert case.commits[0].files is None
    assert culprit is None


def test_the_error_of_a_line_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="here:7"):
        parse_case(b"nonsense", where="here:7")


def test_a_time_without_a_zone_is_utc() -> None:
    outcome = {"sha": "c" * 40, "conclusion": "failure", "started_at": "2026-01-01T10:00:00"}
    aware = outcome | {"started_at": "2026-01-01T12:00:00+02:00"}
    case, _ = parse_case(case_line(outcomes=[outcome, aware]), where="x:1")
    assert case.outcomes[0] == case.outcomes[1]
