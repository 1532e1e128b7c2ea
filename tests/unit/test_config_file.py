"""What a configuration file says, and what is filled in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.config import GithubSource, Priority, ReplaySource, load, read

MINIMAL = """\
version: 1
trunks:
  - source: {kind: github, repo: pytorch/pytorch}
teams:
  dev:
    channel: C0123456789
watches:
  - id: inductor
    match: {workflows: ["inductor*"]}
"""

FULL = r"""
version: 1
slack:
  mode: socket                       # or http
  command: /trunk
  fallback_channel: C0DEVINFRA
trunks:
  - id: pytorch
    source: {kind: github, repo: pytorch/pytorch, branch: main}
    poll_every: 60s
    window: 200
    shard_pattern: ['(?P<head>.*), \d+, \d+(?P<tail>.*)']
teams:
  broken-inductor:
    channel: C0INDUCTOR
    mention: S0INDUCTOR
    oncall: [U01ALICE, U02BOB]
    rotation: {starts: 2026-01-05T09:00, every: 1w, timezone: America/Los_Angeles}
    quiet: {from: 22:00, to: 08:00, timezone: Europe/Berlin, except: [P0, P1]}
    digest: {at: 09:00, timezone: Europe/Berlin, days: [mon, fri]}
people:
  - {github: octocat, slack: U01ALICE}
watches:
  - id: inductor
    title: Inductor jobs broken for 3 commits in a row
    trunk: pytorch
    match: {workflows: ["inductor*"], jobs: ["*"], exclude: ["*unstable*", "*mem_leak_check*"]}
    when: {consecutive_commits: 3, failing_jobs: 1}
    resolve_after: 1
    reopen_within: 6h
    priority: P2
    team: broken-inductor
    escalate: [{after: 2h, to: C0DEVINFRA}, {after: 30m, to: S0LEADS}]
    remind_every: 4h
    inhibited_by: [trunk-badly-broken]
    runbook: https://example.org/runbooks/inductor
    dashboard: https://example.org/d/hud
    paths: ["torch/_inductor/**", "test/inductor/**"]
  - id: trunk-badly-broken
    when: {failure_rate: {over: 20, at_least: 0.4}, no_green_for: 6h, queued_for: 30m, broken_probability: 0.9}
permissions:
  resolve: [S0INDUCTOR]
  snooze_over_24h: [S0LEADS]
  rerun: [S0INDUCTOR]
  revert: [S0LEADS]
failure_rules:
  - {name: ours, pattern: "^FATAL: ", priority: 900}
"""


def test_ten_lines_are_enough() -> None:
    config = read(MINIMAL)
    [trunk], [watch] = config.trunks, config.watches
    assert trunk.id == "pytorch"
    assert isinstance(trunk.source, GithubSource)
    assert (trunk.source.branch, trunk.poll_every, trunk.window) == ("main", timedelta(seconds=60), 200)
    assert (watch.title, watch.trunk, watch.team, watch.priority) == ("inductor", "pytorch", "dev", Priority.P2)
    assert (watch.when.consecutive_commits, watch.when.failing_jobs) == (3, 1)
    assert (watch.resolve_after, watch.reopen_within, watch.match.jobs) == (1, timedelta(hours=6), ("*",))


def test_everything_that_can_be_said_is_understood() -> None:
    config = read(FULL)
    watch, other = config.watches
    assert [(step.after, step.to) for step in watch.escalate] == [
        (timedelta(minutes=30), "S0LEADS"),
        (timedelta(hours=2), "C0DEVINFRA"),
    ]
    assert other.when.consecutive_commits is None
    assert other.when.failure_rate is not None
    assert (other.when.failure_rate.over, other.when.no_green_for) == (20, timedelta(hours=6))
    team = config.teams["broken-inductor"]
    assert team.rotation is not None
    assert team.rotation.starts.isoformat() == "2026-01-05T09:00:00-08:00"
    assert team.quiet is not None
    assert (team.quiet.start, team.quiet.end, team.quiet.exempt) == ("22:00", "08:00", (Priority.P0, Priority.P1))
    assert config.trunk("pytorch").source.kind == "github"


@pytest.mark.parametrize(
    ("when", "streak"),
    [
        ("{}", 3),
        ("{failing_jobs: 2}", 3),
        ("{no_green_for: 6h}", None),
        ("{no_green_for: 6h, consecutive_commits: 5}", 5),
    ],
)
def test_the_streak_counts_where_nothing_else_is_asked_for(when: str, streak: int | None) -> None:
    assert read(f"{MINIMAL}    when: {when}\n").watches[0].when.consecutive_commits == streak


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("{kind: hud, repo: pytorch/pytorch}", "pytorch"),
        ("{kind: buildkite, org: acme, pipeline: deploy}", "deploy"),
        ("{kind: gitlab, project: group/sub/app}", "app"),
        ("{kind: replay, recording: data/story.jsonl.gz}", "story"),
    ],
)
def test_a_trunk_is_called_after_its_source(source: str, name: str) -> None:
    assert read(f"version: 1\ntrunks: [{{source: {source}}}]").trunks[0].id == name


def test_a_recording_is_found_beside_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "trunkwatch.yaml"
    file.write_text("version: 1\ntrunks: [{source: {kind: replay, recording: story.jsonl}}]")
    source = load(file).trunks[0].source
    assert isinstance(source, ReplaySource)
    assert source.recording == tmp_path / "story.jsonl"


def test_anchors_and_merge_keys_save_repetition() -> None:
    config = read(
        MINIMAL + "    when: &strict {consecutive_commits: 2}\n"
        "  - {id: b, when: *strict}\n"
        "  - {id: c, when: {<<: *strict, failing_jobs: 4, consecutive_commits: 7}}\n"
    )
    assert [watch.when.consecutive_commits for watch in config.watches] == [2, 2, 7]


def test_a_value_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read(MINIMAL).trunks[0].window = 3
