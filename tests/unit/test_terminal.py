"""What commands print of texts from outside moves no cursor and colours nothing in an operator's terminal."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from chatbot.__main__ import run
from chatbot.commands.check import _print
from chatbot.health import Row
from chatbot.terminal import printable

HOSTILE = "x\x1b[2J\x1b]0;title\x07\x9b31m\r\x08\u202e\u2028[/red][bold]y"


def visible(shown: str) -> bool:
    return all(line.isprintable() for line in shown.split("\n"))


def test_what_is_not_to_be_seen_becomes_a_space_and_lines_stay() -> None:
    assert printable("a\tb\n  c\x1b[31m\n日本語 ✗ 🔥") == "a b\n  c [31m\n日本語 ✗ 🔥"
    assert visible(printable(HOSTILE))


def test_a_hostile_title_path_and_name_are_only_text_in_the_table_of_suspects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = {
        "sha": "a" * 40,
        "committed_at": "2026-01-05T12:00:00Z",
        "title": HOSTILE,
        "author": HOSTILE,
        "pr": None,
        "files": [{"path": HOSTILE + ".py", "added": 1, "deleted": 1}],
    }
    failure = {"workflow": HOSTILE, "job": HOSTILE, "tests": [HOSTILE], "line": HOSTILE + ".py", "text": HOSTILE}
    case = {"id": HOSTILE, "commits": [commit], "last_green": None, "first_failing": "a" * 40, "failures": [failure]}
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(case | {"outcomes": [], "flake_rate": None}))
    assert run(["suspects", "--cases", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "[/red][bold]y" in shown
    assert visible(shown)


def test_a_hostile_line_of_a_log_is_only_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "log"
    file.write_text(f"FAILED a.py::T::t - AssertionError: {HOSTILE}\n")
    assert run(["classify", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "pytest" in shown
    assert visible(shown)


def test_a_hostile_answer_is_only_text_in_a_check(capsys: pytest.CaptureFixture[str]) -> None:
    _print([Row("source t", good=False, text=f"GitHub refuses ({HOSTILE})\nsecond {HOSTILE}")])
    shown = click.unstyle(capsys.readouterr().out)
    assert visible(shown)
    assert shown.count("\n") == 2


def test_a_hostile_value_in_an_error_is_only_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps({"id": HOSTILE, "commits": HOSTILE}))
    assert run(["suspects", "--cases", str(file)]) == 2
    assert visible(capsys.readouterr().err)
