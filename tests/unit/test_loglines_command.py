"""`trunkwatch classify` as people and scripts call it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.typed import typed

LOG = b"2026-03-01T10:20:30.1234567Z one\r\nFAILED a.py::test_a - boom\n"


def run(*arguments: str | Path, standard_input: bytes = b"") -> Result:
    return typed("classify", *arguments, standard_input=standard_input)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "job.txt"
    path.write_bytes(LOG)
    return path


def test_json_is_one_object_a_file_in_order(log: Path, tmp_path: Path) -> None:
    packed = tmp_path / "job.txt.gz"
    packed.write_bytes(gzip.compress(b"all is well\n"))
    result = run(log, packed, "--format", "json")
    first, second = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert first["file"] == str(log)
    assert (first["line"], first["line_number"], first["rule"]) == ("FAILED a.py::test_a - boom", 2, "pytest: failed")
    assert first["tests"] == ["a.py::test_a"]
    assert second == {"file": str(packed)} | dict.fromkeys(["line", "line_number", "rule", "fingerprint"]) | {
        "tests": [],
        "infrastructure": False,
    }


def test_the_table_says_where_and_what(log: Path) -> None:
    result = run(log)
    assert result.stdout.splitlines() == [
        f"{log}:2: pytest: failed",
        "    FAILED a.py::test_a - boom",
        "    test: a.py::test_a",
    ]


def test_the_table_names_some_tests_and_counts_the_others(tmp_path: Path) -> None:
    path = tmp_path / "job.txt"
    path.write_text("".join(f"FAILED a.py::test_{number} - x\n" for number in range(9)))
    assert run(path).stdout.splitlines()[-1] == "    +6 more tests"


def test_a_log_that_explains_nothing_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.write_bytes(b"")
    result = run(path)
    assert (result.exit_code, result.stdout) == (0, f"{path}: nothing explains a failure\n")


@pytest.mark.parametrize("packed", [LOG, gzip.compress(LOG, mtime=0)])
def test_a_dash_is_standard_input(packed: bytes) -> None:
    result = run("-", "--format", "json", standard_input=packed)
    assert json.loads(result.stdout)["line_number"] == 2


def test_a_file_that_is_gzipped_is_known_by_its_content(tmp_path: Path) -> None:
    named = tmp_path / "job.log"
    named.write_bytes(gzip.compress(LOG))
    plain = tmp_path / "job.gz"
    plain.write_bytes(LOG)
    numbers = [json.loads(line)["line_number"] for line in run(named, plain, "--format", "json").stdout.splitlines()]
    assert numbers == [2, 2]


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "job.txt"
    path.write_bytes(b"RuntimeError: \x07bell\x08 \xc2\x9b31m\n")
    assert run(path).stdout.splitlines()[1] == "    RuntimeError:  bell   31m"


def test_no_log_or_a_missing_one_is_bad_usage(tmp_path: Path) -> None:
    assert run().exit_code == 2
    missing = run(tmp_path / "nowhere.txt")
    assert missing.exit_code == 2
    assert "does not exist" in missing.stderr
    assert run(tmp_path).exit_code == 2


def test_a_damaged_log_is_refused_and_the_others_are_answered(log: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "job.gz"
    damaged.write_bytes(gzip.compress(LOG)[:-4])
    result = run(damaged, log, "--format", "json")
    assert result.exit_code == 1
    assert "job.gz: the gzipped log ends too early" in result.stderr
    assert json.loads(result.stdout)["file"] == str(log)


def configuration(tmp_path: Path, rules: str) -> Path:
    path = tmp_path / "trunkwatch.yaml"
    path.write_text(
        "version: 1\ntrunks:\n  - id: shop\n    source: {kind: github, repo: shop/shop, branch: main}\n"
        f"failure_rules: {rules}\n"
    )
    return path


def test_the_rules_of_a_configuration_are_added(log: Path, tmp_path: Path) -> None:
    config = configuration(tmp_path, "[{name: first, pattern: '^one$', priority: 999}]")
    assert json.loads(run(log, "--config", config, "--format", "json").stdout)["rule"] == "first"


@pytest.mark.parametrize("rules", ["[{name: everything, pattern: '.*'}]", "[{name: everything, pattern: '('}]"])
def test_a_configuration_with_a_rule_that_cannot_work_is_bad(log: Path, tmp_path: Path, rules: str) -> None:
    result = run(log, "--config", configuration(tmp_path, rules))
    assert result.exit_code == 2
    assert "Traceback" not in result.output
