"""The running bot and a backtest of the same lines give the same alerts."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from chatbot.recording import RecordedCommit, RecordedJob
from chatbot.sandbox.story import story
from tests.e2e.live import Live, foretold

JOBS = (
    ("inductor", "*sm86 / build"),
    ("inductor", "*sm86 / test (inductor, *"),
    ("inductor", "* / test (inductor_amx, 1, *"),
    ("lint", "lintrunner*"),
)
CONFIG = """\
version: 1
slack: {fallback_channel: C0DEVINFRA}
trunks:
  - {id: pytorch, source: {kind: github, repo: pytorch/pytorch, branch: main}, poll_every: 1h, window: 40}
teams:
  inductor: {channel: C0INDUCTOR, oncall: [U01ALICE]}
  lint: {channel: C0LINT}
watches:
  - id: inductor
    title: Inductor broken
    trunk: pytorch
    match: {workflows: [inductor]}
    when: {consecutive_commits: 3}
    reopen_within: 6h
    team: inductor
  - {id: once, title: Anything red, trunk: pytorch, when: {consecutive_commits: 1}, reopen_within: 1h, team: lint}
  - {id: lint, title: Lint, trunk: pytorch, match: {workflows: [lint]}, when: {consecutive_commits: 2}, team: lint}
"""


async def test_live_and_backtest_agree_on_the_story(tmp_path: Path, valkey_url: str) -> None:
    config_file = tmp_path / "trunkwatch.yaml"
    config_file.write_text(CONFIG, encoding="utf-8")
    kept = [
        line
        for line in story().lines
        if isinstance(line, RecordedCommit) or any(line.workflow == w and fnmatch(line.job, j) for w, j in JOBS)
    ]
    commits = [line.sha for line in kept if isinstance(line, RecordedCommit)][:30]
    lines = [line for line in kept if line.sha in commits]
    assert any(isinstance(line, RecordedJob) for line in lines)
    expected = foretold(config_file, lines)
    assert {fired.watch for fired in expected} == {"inductor", "once", "lint"}
    assert any(fired.reopened for fired in expected)
    live = Live(config_file, valkey_url, lines, "pytorch/pytorch")
    assert await live.replay() == expected
    assert live.roots == len(expected)
