"""Something well-formed for every entry: the fuzzer begins with it."""

from __future__ import annotations

PRESS = {
    "type": "block_actions",
    "user": {"id": "U1", "name": "a"},
    "trigger_id": "1.2",
    "channel": {"id": "C1"},
    "actions": [{"action_id": "acknowledge", "block_id": "w:1|1|1", "action_ts": "1.2", "value": "x"}],
    "view": {
        "private_metadata": '{"alert":"w:1"}',
        "callback_id": "c",
        "state": {"values": {"a": {"b": {"value": "c"}}}},
    },
}
GRID = {
    "shaGrid": [
        {"sha": "a" * 40, "time": "2026-01-05T12:00:00Z", "jobs": [{"id": 1, "conclusion": "failure"}, {}]},
    ],
    "jobNames": ["a / b", "c"],
}
COMMIT = {"sha": "a" * 40, "committed_at": "2026-01-05T12:00:00Z", "title": "x", "author": "a", "pr": 1, "files": []}
CASE = {
    "id": "1",
    "commits": [COMMIT],
    "last_green": None,
    "first_failing": "a" * 40,
    "failures": [{"workflow": "w", "job": "j", "tests": ["t"], "line": "l", "text": None}],
    "outcomes": [{"sha": "a" * 40, "job": "j", "conclusion": "failure", "attempt": 1}],
    "flake_rate": 0.1,
}
LINE = {
    "kind": "commit",
    "at": "2026-01-05T12:00:00Z",
    "trunk": "t",
    "sha": "a" * 40,
    "committed_at": "2026-01-05T12:00:00Z",
    "title": "x",
}
GRAFANA = {
    "version": "1",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "A"},
            "annotations": {"Teams": "x", "Priority": "P1"},
            "startsAt": "2026-01-05T12:00:00Z",
            "fingerprint": "f",
        }
    ],
}
BUILD = {"event": "build.finished", "build": {"number": 1, "branch": "main"}, "pipeline": {"slug": "p"}}
CONFIGURATIONS = (
    """\
version: 1
trunks: [{source: {kind: github, repo: a/b, branch: main}, poll_every: 60s, window: 200}]
teams: {x: {channel: C0X, mention: S0X, oncall: [U0A]}}
watches: [{id: w, team: x, when: {consecutive_commits: 3}, resolve_after: 1}]
""",
    """\
version: 1
trunks:
  - id: t
    source: {kind: hud, url: https://h.example, repo: a/b}
teams: {x: {channel: C0X, oncall: [U0A], rotation: {starts: 2026-01-05T09:00, every: 1w, timezone: UTC}}}
watches:
  - &one
    id: w
    team: x
    escalate: [{after: 30m, to: S0L}]
  - {<<: *one, id: v}
""",
    """\
version: 1
failure_rules:
  - name: r
    pattern: '^x+$'
    priority: 3
people: [{github: "\\u00e9\\x41", slack: U01}]
permissions: {resolve: [S0X], snooze_over_24h: []}
watches:
  - id: w
    title: >-
      a
      b
    paths: ["a/**", 're:b']
    match: {jobs: ['*'], exclude: []}
""",
    "%YAML 1.2\n---\nversion: !!int 1\nx: !t {? a : b}\ny: |2\n  z\n...\n",
)
"""Short ones, of every construct: reading YAML takes 10 microseconds a byte."""
ANSWERS = (
    [{"sha": "a" * 40, "commit": {"message": "x (#12)", "committer": {"date": "2026-01-05T12:00:00Z"}}, "parents": []}],
    {
        "total_count": 1,
        "jobs": [
            {
                "id": 1,
                "run_id": 1,
                "name": "test (1, 2)",
                "status": "completed",
                "conclusion": "failure",
                "started_at": "2026-01-05T12:00:00Z",
            }
        ],
    },
    [
        {
            "id": "a" * 40,
            "parent_ids": [],
            "title": "x",
            "message": "See merge request a/b!12",
            "created_at": "2026-01-05T12:00:00.000+14:00",
        }
    ],
    [{"id": 1, "name": "j", "stage": "s", "status": "failed", "queued_duration": 1.5, "failure_reason": "x_y"}],
    {
        "number": 1,
        "commit": "a" * 40,
        "branch": "main",
        "message": "x",
        "created_at": "2026-01-05T12:00:00Z",
        "jobs": [
            {
                "id": "u",
                "type": "script",
                "name": "n",
                "state": "failed",
                "matrix": {"a": [["b"]]},
                "parallel_group_index": 1,
                "parallel_group_total": 2,
            }
        ],
    },
)
