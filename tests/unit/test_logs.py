"""What the log says, in both forms, and that the table for operators names every event."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "deploy" / "docs" / "log.md"
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
Event = tuple[str, str]


def _logged(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level)) if level in LEVELS:
                yield node


def _event(call: ast.Call) -> Event:
    assert isinstance(call.func, ast.Attribute)
    name = call.args[0]
    assert isinstance(name, ast.Constant), f"line {call.lineno}: an event's name is written where it is logged"
    return str(name.value), call.func.attr


def in_the_source() -> set[Event]:
    files = [file for package in ("chatbot", "handlers") for file in (ROOT / package).rglob("*.py")]
    return {_event(call) for file in files for call in _logged(ast.parse(file.read_text(encoding="utf-8")))}


def in_the_table() -> list[Event]:
    return re.findall(r"^\| `(\w+)` \| (\w+) \| \S.* \| \S.* \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_table_names_every_event_with_its_level_and_no_other() -> None:
    assert set(in_the_table()) == in_the_source()


def test_the_table_names_each_event_once_and_in_order() -> None:
    assert in_the_table() == sorted(set(in_the_table()))


def test_events_have_names_that_machines_can_search_for() -> None:
    assert [name for name, _ in in_the_source() if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []


PROGRAM = """
import logging, structlog, sys
from chatbot.logs import set_up
set_up("INFO", sys.argv[1])
log = structlog.get_logger("test")
log.debug("left_out")
log.info("posted", alert="inductor:1", ts="1.2")
def fail(token):
    raise ValueError("broken")
try:
    fail("xoxb-canary")
except ValueError as error:
    log.error("request_failed", error_id="abc", exc_info=error)
logging.getLogger("somebody").warning("a word of a library")
"""


def lines(form: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, form], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_json_is_an_object_a_line_with_the_same_keys_always() -> None:
    posted, failed, foreign = [json.loads(line) for line in lines("json")]
    assert {"event": "posted", "level": "info", "alert": "inductor:1", "ts": "1.2"}.items() <= posted.items()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", posted["timestamp"])
    assert failed["exception"][0]["exc_value"] == "broken"
    assert (foreign["event"], foreign["level"]) == ("a word of a library", "warning")


@pytest.mark.parametrize("form", ["json", "console"])
def test_tracebacks_show_no_values(form: str) -> None:
    said = "\n".join(lines(form))
    assert "request_failed" in said
    assert "ValueError" in said
    assert "left_out" not in said
    assert "canary" not in said.replace('fail("xoxb-canary")', "")
