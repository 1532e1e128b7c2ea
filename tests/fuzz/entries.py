"""What can be sent to us, an entry each: a function that takes any bytes, and something well-formed to begin with.

An entry returns for whatever it is given. Our own errors are answers; anything else that comes out of it is a finding,
and so is a text that would ping somebody.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from chatbot import budgets, events, recording, requests, wishes
from chatbot.ci import Attempt, Commit
from chatbot.config import read
from chatbot.errors import TrunkwatchError
from chatbot.loglines import classify
from chatbot.messages.escape import Untrusted, code, escape, pings
from chatbot.sources.buildkite import jobs as buildkite_jobs
from chatbot.sources.buildkite import wire as buildkite_wire
from chatbot.sources.buildkite.order import ordered
from chatbot.sources.github import wire as github_wire
from chatbot.sources.gitlab import wire as gitlab_wire
from chatbot.sources.headers import date, retry_after
from chatbot.sources.hud_page import page
from chatbot.sources.reader import decode
from chatbot.suspects.cases import parse_case
from chatbot.suspects.model import rank
from chatbot.suspects.reverts import revert_target
from chatbot.suspects.shape import look
from chatbot.trunk import Trunk
from chatbot.webhooks import buildkite, github, grafana
from chatbot.webhooks.door import Refused
from tests.fuzz import seeds
from tests.trunks import commit, sha

ROOT: Final = Path(__file__).parents[2]
NOW: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOOKS: Final = ROOT / "tests" / "sandbox" / "github" / "webhooks"
CONFIG: Final = read(
    "version: 1\ntrunks: [{source: {kind: github, repo: a/b}}]\nteams: {x: {channel: C0X}}\nwatches: [{id: w, team: x}]"
)
_FILE: Final = Path(tempfile.gettempdir()) / "trunkwatch-fuzz.jsonl"


class Entry(Struct, frozen=True):
    """One way in. `longest` is in bytes."""

    feed: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    longest: int = 8_192


def _worded(error: Exception) -> None:
    assert str(error), "an error without words"


def _ours(work: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """*work*, whose refusals in our own words are answers."""

    def feed(data: bytes) -> object:
        try:
            return work(data)
        except (TrunkwatchError, Refused) as error:
            _worded(error)
            return None

    return feed


def _configuration(data: bytes) -> None:
    read(data.decode(errors="replace"))


def _recording(data: bytes) -> None:
    _FILE.write_bytes(data)
    for _ in recording.read(_FILE):
        pass


def _case(data: bytes) -> None:
    case, _ = parse_case(data, where="here:1")
    found = rank(case)
    total = sum(suspect.probability for suspect in found.suspects) + found.not_a_commit
    assert abs(total - 1) < 1e-6, total


def _body(data: bytes) -> dict[str, object]:
    """A payload of Slack's, as Bolt hands it on: an object."""
    try:
        found = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _slack(data: bytes) -> None:
    body = _body(data)
    for parse in (requests.press, requests.submission, events.event, events.shortcut, events.home_again):
        with contextlib.suppress(TrunkwatchError):  # one of them may be meant, the others refuse
            parse(body)


def _github(data: bytes) -> None:
    for event in ("push", "workflow_run", "workflow_job", "check_run", "status"):
        github.hint_of(github.parsed(data, event), event, CONFIG.trunks[0])


def _buildkite(data: bytes) -> None:
    buildkite.hint_of(buildkite.parsed(data, "build.finished"), "build.finished", CONFIG.trunks[0])


def _grafana(data: bytes) -> None:
    for alert in grafana.parsed(data).alerts:
        list(grafana.tellings(alert, CONFIG, now=NOW))


def _answers(data: bytes) -> None:
    """What the three REST APIs may answer: every kind of answer is tried on the same bytes."""
    for work in (_of_github, _of_gitlab, _of_buildkite):
        with contextlib.suppress(TrunkwatchError):
            work(data)


def _of_github(data: bytes) -> None:
    with contextlib.suppress(TrunkwatchError):
        for seen in decode(data, tuple[github_wire.GitCommit, ...], "the commits"):
            _followed(github_wire.commit(seen), ())
    for job in decode(data, github_wire.JobPage, "the jobs").jobs:
        _followed(commit(1), [github_wire.attempt(job, sha=sha(1), workflow=job.name)])


def _of_gitlab(data: bytes) -> None:
    with contextlib.suppress(TrunkwatchError):
        for seen in decode(data, tuple[gitlab_wire.GitCommit, ...], "the commits"):
            _followed(gitlab_wire.commit(seen), ())
    jobs = decode(data, tuple[gitlab_wire.Job, ...], "the jobs")
    _followed(commit(1), gitlab_wire.attempts(jobs, sha=sha(1), pipeline=1, within=(), now=NOW))


def _of_buildkite(data: bytes) -> None:
    build = decode(data, buildkite_wire.Build, "the build")
    for one in ordered([], [build], window=10).new:
        _followed(one, ())
    _followed(commit(1), buildkite_jobs.attempts(build, sha=sha(1), workflow="w"))


def _followed(landed: Commit, attempts: Sequence[Attempt]) -> None:
    """Take it in, and look at it as messages do."""
    followed = Trunk("t", window=10)
    followed.apply([landed], attempts)
    for job in followed.jobs:
        followed.cells(job, landed.sha)
    revert_target(landed.title, landed.reverts or "")
    look(landed)
    msgspec.json.encode(landed)


def _header(data: bytes) -> None:
    text = data.decode("latin-1")
    wait = retry_after({"retry-after": text}, NOW)
    assert wait is None or 0 <= wait <= 86_400, wait
    at = date(text)
    assert at is None or at.utcoffset() is not None
    budgets.read({"ratelimit-remaining": "1", "ratelimit-limit": "1", "ratelimit-reset": text, "date": text}, NOW)


def _typed(data: bytes) -> None:
    wishes.wished(data.decode(errors="replace"))


def _said(data: bytes) -> None:
    text = data.decode(errors="replace")
    for shown in (escape(Untrusted(text)), code(text), escape(text, limit=40)):
        assert not pings(shown), shown


def _json(*values: object) -> tuple[bytes, ...]:
    return tuple(json.dumps(value).encode() for value in values)


ENTRIES: Final = {
    "configuration": Entry(_ours(_configuration), tuple(text.encode() for text in seeds.CONFIGURATIONS), longest=1_024),
    "recording": Entry(_ours(_recording), _json(seeds.LINE)),
    "log": Entry(_ours(classify), (b"2026-01-05T12:00:00Z ##[error]x\nFAILED a.py::T::t - AssertionError: b\n",)),
    "hud": Entry(_ours(page), _json(seeds.GRID)),
    "case": Entry(_ours(_case), _json(seeds.CASE)),
    "slack": Entry(_ours(_slack), _json(seeds.PRESS, {"event": {"type": "reaction_added", "item": {"ts": "1.2"}}})),
    "github": Entry(_ours(_github), tuple(one.read_bytes() for one in sorted(HOOKS.glob("*.json")))),
    "answers": Entry(_answers, _json(*seeds.ANSWERS)),
    "header": Entry(_header, (b"Mon, 05 Jan 2026 12:00:00 GMT", b"90", b"1e400", b"Mon, 05 Jan 2026 12:00:00 -0000")),
    "buildkite": Entry(_ours(_buildkite), _json(seeds.BUILD)),
    "grafana": Entry(_ours(_grafana), _json(seeds.GRAFANA)),
    "typed": Entry(_ours(_typed), (b"until tomorrow 9:00", b"2h", b"#123", b"until green")),
    "text": Entry(_ours(_said), (b"<!channel> *b* `c` <@U1|x> &lt;", "\u202e<!here>\u0000".encode())),
}
