"""Replays the shared trunk recording through the sandbox's GitHub into the running bot, and as a backtest: same alerts?

    .venv/bin/python tests/benchmarks/live_equals_backtest.py [COMMITS]

The recording is found by TRUNKWATCH_DATA_SHARED, else beside the repository; without it nothing is measured. To spare
time only jobs of a few families are replayed, of the first COMMITS commits (150), over every moment at which one ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from chatbot import recording  # noqa: E402  the repository first
from chatbot.backtest import Fired  # noqa: E402
from chatbot.recording import Recorded, RecordedCommit  # noqa: E402
from tests.conftest import Server  # noqa: E402
from tests.e2e.live import Live, foretold, moments  # noqa: E402

FAMILIES = (
    "linux-bionic-py3.7-clang9 / test (d*",
    "lintrunner",
    "macos-12-py3-arm64 / test*",
    "win-vs2019-cuda11.6-py3 / test (default, [12],*",
)
CONFIG = """\
version: 1
slack: {fallback_channel: C0DEVINFRA}
trunks:
  - {id: pytorch, source: {kind: github, repo: pytorch/pytorch, branch: main}, poll_every: 1h, window: 40}
teams:
  infra: {channel: C0DEVINFRA}
watches:
  - {id: clang9, title: A, trunk: pytorch, match: {jobs: ["*clang9*"]}, when: {consecutive_commits: 2}, team: infra}
  - {id: lint, title: B, trunk: pytorch, match: {workflows: [Lint]}, when: {consecutive_commits: 2}, team: infra}
  - {id: macos, title: C, trunk: pytorch, match: {jobs: ["macos*"]}, when: {consecutive_commits: 2}, team: infra}
  - {id: once, title: D, trunk: pytorch, when: {consecutive_commits: 1}, reopen_within: 2h, team: infra}
"""


def shared() -> Path | None:
    """The recording, where there is one."""
    base = Path(os.environ.get("TRUNKWATCH_DATA_SHARED") or ROOT.parent / "shared" / "data")
    path = base / "trunk.jsonl.gz"
    return path if path.exists() else None


def chosen(path: Path, commits: int) -> list[Recorded]:
    """The lines of the first *commits* commits and of the families."""
    first: set[str] = set()
    kept: list[Recorded] = []
    for line in recording.read(path):
        if isinstance(line, RecordedCommit):
            if len(first) == commits:
                break
            first.add(line.sha)
            kept.append(line)
        elif line.sha in first and any(fnmatch(line.job, family) for family in FAMILIES):
            kept.append(line)
    return kept


def said(title: str, alerts: list[Fired]) -> None:
    """A line an alert."""
    print(f"{title}: {len(alerts)}, {sum(a.resolved_at is not None for a in alerts)} resolved,", end=" ")
    print(f"{sum(a.reopened for a in alerts)} reopened")


def main() -> int:
    """0 where both agree, or nothing is there to be compared."""
    path = shared()
    if path is None:
        print("skipped: no trunk.jsonl.gz; set TRUNKWATCH_DATA_SHARED to the directory that holds it")
        return 0
    lines = chosen(path, int(next(islice(sys.argv, 1, None), "150")))
    with tempfile.TemporaryDirectory(prefix="tw") as directory:
        config_file = Path(directory) / "trunkwatch.yaml"
        config_file.write_text(CONFIG, encoding="utf-8")
        expected = foretold(config_file, lines)
        print(f"{len(lines):,} lines, {len(moments(lines)):,} moments")
        said("backtest", expected)
        server = Server(Path(directory)).start()
        try:
            live = Live(config_file, server.url, lines, "pytorch/pytorch")
            found = asyncio.run(live.replay())
        finally:
            server.kill()
        said("live    ", found)
        each = live.seconds / len(moments(lines))
        print(f"{live.roots} root messages in Slack; {live.seconds:.0f} s, {each:.3f} a moment")
    for fired in sorted({*found} ^ {*expected}, key=lambda fired: fired.opened_at):
        print("only live" if fired in found else "only backtest", fired)
    print("the same" if found == expected else "NOT the same")
    return 0 if found == expected and live.roots == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
