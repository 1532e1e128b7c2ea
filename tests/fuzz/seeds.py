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
