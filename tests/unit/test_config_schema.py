"""The JSON Schema and the reader agree."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from chatbot.config import InvalidConfigError, read
from chatbot.config.document import parse
from chatbot.config.schema import keys_at, schema

SAMPLE = """\
version: 1
slack: {mode: socket, command: /trunk, fallback_channel: C0DEVINFRA}
trunks:
  - source: {kind: github, repo: pytorch/pytorch, branch: main, checks: true}
    poll_every: 60s
  - id: hud
    source: {kind: hud, repo: pytorch/pytorch}
  - source: {kind: buildkite, org: acme, pipeline: deploy}
  - source: {kind: gitlab, project: group/app}
  - source: {kind: replay, recording: story.jsonl.gz}
teams:
  inductor:
    channel: C0INDUCTOR
    mention: S0INDUCTOR
    oncall: [U01ALICE, S0ONCALL]
    rotation: {starts: 2026-01-05T09:00, every: 1w, timezone: America/Los_Angeles}
    quiet: {from: 22:00, to: 08:00, except: [P0]}
people: [{github: octocat, slack: U01ALICE}]
watches:
  - id: inductor
    trunk: pytorch
    match: {workflows: ["inductor*"], exclude: ["*unstable*"]}
    when: {consecutive_commits: 3, failing_jobs: 1, failure_rate: {over: 20, at_least: 0.4}, no_green_for: 1h30m}
    escalate: [{after: 30m, to: S0LEADS}]
    priority: P2
infrastructure: {more_than: 12, team: inductor, priority: P0}
authors: {tell: direct, at_least: 0.9, opt_out: [octocat], robots: ["*-robot"]}
permissions: {resolve: [S0INDUCTOR]}
failure_rules: [{name: ours, pattern: "^FATAL"}]
"""


def valid(text: str) -> bool:
    return jsonschema.Draft202012Validator(schema()).is_valid(parse(text, "x").values)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_what_is_read_is_valid() -> None:
    read(SAMPLE)
    jsonschema.validate(parse(SAMPLE, "x").values, schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("poll_every: 60s", "poll_every: 60"),
        ("kind: hud", "kind: hat"),
        ("channel: C0INDUCTOR", "channel: '#inductor'"),
        ("priority: P2", "priority: P9"),
        ("priority: P2", "prioritee: P2"),
        ("version: 1", "version: 2"),
        ("failing_jobs: 1", "failing_jobs: 0"),
        ("at_least: 0.4", "at_least: 1.4"),
        ("id: inductor", "id: in ductor"),
        ("  inductor:", "  in ductor:"),
    ],
)
def test_what_is_refused_is_invalid(before: str, after: str) -> None:
    text = SAMPLE.replace(before, after, 1)
    assert not valid(text)
    with pytest.raises(InvalidConfigError):
        read(text)


def described(part: dict[str, Any]) -> list[str]:
    return [
        name for name, field in part.get("properties", {}).items() if "description" not in field and "$ref" not in field
    ]


def test_every_key_is_described() -> None:
    assert {name: described(part) for name, part in schema()["$defs"].items()} == {
        name: [key for key in part.get("properties", {}) if key == "kind"] for name, part in schema()["$defs"].items()
    }


def test_keys_are_known_at_any_place() -> None:
    values = {"trunks": [{"source": {"kind": "gitlab"}}], "teams": {"a": {}}}
    assert keys_at(("trunks", 0, "source"), values) == ["kind", "url", "project", "branch"]
    assert "mention" in keys_at(("teams", "a"), values)
    assert keys_at(("teams", "a", "rotation"), values) == ["timezone", "starts", "every"]
    assert keys_at(("people", 3, "nonsense", 4), values) == []
