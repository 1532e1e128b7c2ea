"""The command line: help, exit codes, and no traceback for anybody."""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from chatbot import __version__
from chatbot.__main__ import COMMANDS, run
from chatbot.slack_manifest import EVENTS, SCOPES, SHORTCUTS, manifest

CONFIG = "version: 1\ntrunks:\n  - source: {kind: github, repo: a/b}\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "trunkwatch.yaml"
    file.write_text(CONFIG)
    return file


def called(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chatbot", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
        timeout=60,
    )


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in COMMANDS:
        assert f"\n  {name} " in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert f"Usage: trunkwatch {name}" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"trunkwatch {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Usage: trunkwatch"),
        (["chek"], "No such command 'chek'. Did you mean 'check'?"),
        (["zzz"], "No such command 'zzz'."),
        (["--nope"], "No such option '--nope'"),
        (["check"], "Missing option '--config'"),
        (["check", "--config", "/nope/x.yaml"], "/nope/x.yaml: there is no such file"),
        (["check", "--config", "/"], "/: is a directory; name the file in it"),
        (["run", "--config", "/nope/x.yaml"], "/nope/x.yaml: there is no such file"),
        (["record", "--config", "/nope", "--out", "x", "--for", "soon"], "'soon' is not a duration"),
        (["manifest", "--mode", "http"], "needs --url"),
        (["manifest", "--command", "trunk"], "does not begin with /"),
        (["manifest", "--mode", "carrier-pigeon"], "is not one of 'socket', 'http'"),
        (["schema", "extra"], "Got unexpected extra argument"),
    ],
)
def test_bad_usage_is_said_and_exits_with_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err


def test_a_bad_configuration_exits_with_2(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text("version: 1\ntrunk: []\n")
    assert run(["check", "--config", str(config), "--offline"]) == 2
    assert f"{config}:2:1: trunk: is not a key known here; did you mean 'trunks'?" in capsys.readouterr().err


def test_a_good_configuration_exits_with_0(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--config", str(config), "--offline"]) == 0
    assert capsys.readouterr().out == "ok    configuration         1 trunk, 0 teams, 0 watches\n"


def test_a_wrong_environment_exits_with_2(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "loud")
    assert run(["check", "--config", str(config), "--offline"]) == 2
    assert capsys.readouterr().err == "LOG_LEVEL is none of 'debug', 'info', 'warning' or 'error'\n"


def test_the_schema_accepts_what_check_accepts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.validate({"version": 1, "trunks": [{"source": {"kind": "github", "repo": "a/b"}}]}, schema)


def test_help_answers_at_once() -> None:
    # seconds of processor time, so that a busy machine does not count
    assert min(processor_time("--help") for _ in range(3)) < 0.3


def processor_time(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert called(*arguments).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_closed_pipe_is_no_trouble() -> None:
    shown = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m chatbot schema | head -1"], capture_output=True, text=True, check=False
    )
    assert (shown.stdout, shown.stderr) == ("{\n", "")


def test_what_should_not_happen_is_one_line_with_a_number(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError('canary')")
    quiet, loud = (called("schema", PYTHONPATH=str(tmp_path), LOG_LEVEL=level) for level in ("info", "debug"))
    assert (quiet.returncode, loud.returncode) == (1, 1)
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in loud.stderr


def test_a_recording_that_is_broken_is_named(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "trunk.jsonl.gz"
    out.write_bytes(gzip.compress(b'{"kind": "commit"}\n'))
    assert run(["record", "--config", str(config), "--out", str(out), "--for", "1s"]) == 2
    assert f"{out}:1: is not a line of a recording" in capsys.readouterr().err


def test_the_manifest_asks_for_what_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["manifest"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert shown["settings"]["event_subscriptions"] == {"bot_events": list(EVENTS)}
    assert shown["settings"]["socket_mode_enabled"] is True
    [command] = shown["features"]["slash_commands"]
    assert (command["command"], command["should_escape"]) == ("/trunk", True)
    assert run(["manifest", "--reasons"]) == 0
    reasons = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in reasons] == [*SCOPES, *EVENTS]


def test_over_http_the_manifest_has_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["manifest", "--mode", "http", "--url", "https://bot.example.org/", "--command", "/ci"]) == 0
    shown = json.loads(capsys.readouterr().out)
    address = "https://bot.example.org/slack/events"
    assert shown["settings"]["socket_mode_enabled"] is False
    assert shown["settings"]["interactivity"] == {"is_enabled": True, "request_url": address}
    assert shown["settings"]["event_subscriptions"]["request_url"] == address
    assert [(part["command"], part["url"]) for part in shown["features"]["slash_commands"]] == [("/ci", address)]


def test_the_manifest_keeps_within_slacks_limits() -> None:
    # https://docs.slack.dev/reference/app-manifest
    made = manifest()
    about = made["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4000
    for part in made["features"]["slash_commands"]:
        assert len(part["command"]) <= 32
        assert len(part["description"]) <= 2000
        assert len(part["usage_hint"]) <= 1000
    for label, description in SHORTCUTS.values():
        assert len(label) <= 24
        assert len(description) <= 150
