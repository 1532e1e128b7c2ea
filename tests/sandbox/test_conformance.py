"""The same story, told by each service's server and read by its source, makes the same alerts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

import aiohttp
import msgspec
import pytest

from chatbot.ci import Conclusion, Job, Status
from chatbot.intake import take_in
from chatbot.recording import Recorded
from chatbot.sandbox.github import Draft
from chatbot.shards import Shards
from chatbot.sources import Cursor, Source
from chatbot.trial import Trial
from chatbot.trunk import Outcome, Trunk
from tests.sandbox.tellers import TELLERS, Teller
from tests.trunks import watch

GPU = "linux-jammy-cuda12.8 / test (inductor, gpu)"
FIRST, SECOND = "linux-jammy-cuda12.8 / test (inductor, 1, 2, gpu)", "linux-jammy-cuda12.8 / test (inductor, 2, 2, gpu)"
RED, GREEN = Conclusion.FAILURE, Conclusion.SUCCESS


class Told(NamedTuple):
    lines: Sequence[Recorded]
    commits: Sequence[str]


@cache
def story() -> Told:
    """Eleven commits: a break of two shards in turn, a flake, a cancelled run, one still running, a fix, a relapse."""
    draft = Draft()
    commits: list[str] = []

    def land(first: Conclusion | None, second: Conclusion | None, lint: Conclusion = GREEN) -> None:
        sha = draft.commit(f"Änderung {len(commits)} <!channel> (#{len(commits) + 1})", files=["torch/_inductor/x.py"])
        commits.append(sha)
        draft.job(sha, "lint", lint)
        begun = [draft.job(sha, name, Status.IN_PROGRESS) for name in (FIRST, SECOND)]
        for name, number, state in zip((FIRST, SECOND), begun, (first, second), strict=True):
            if state is not None:
                draft.job(sha, name, state, job_id=number, line="E   AssertionError: 1 != 2" if state is RED else None)

    land(GREEN, GREEN)
    land(RED, GREEN)  # a flake:
    draft.job(commits[-1], FIRST, GREEN, attempt=2)
    land(GREEN, GREEN, lint=RED)
    land(GREEN, RED)
    land(RED, GREEN)
    land(Conclusion.CANCELLED, GREEN)
    land(RED, None)  # the second shard never ends
    land(GREEN, GREEN)
    land(GREEN, Conclusion.SKIPPED)
    land(RED, GREEN)
    land(RED, RED)
    return Told(tuple(draft.taken()), tuple(commits))


@pytest.fixture(params=sorted(TELLERS))
async def teller(request: pytest.FixtureRequest) -> AsyncIterator[Teller]:
    async with TELLERS[request.param](story().lines) as told:
        yield told


class Follower:
    """Polls a source as the poller does and lets the alerts follow."""

    def __init__(self) -> None:
        self.trunk = Trunk("demo", shards=Shards())
        when = {"consecutive_commits": 2}
        self.trial = Trial(self.trunk, [watch(when=when, match={"exclude": ["lint"]}, reopen_within="1h")])
        self.cursor: Cursor | None = None

    async def poll(self, source: Source, at: datetime) -> None:
        """Poll until the window is whole, with a cursor that was stored in between."""
        complete = False
        while not complete:
            poll = await source.poll(self.cursor, window=self.trunk.window)
            change = await take_in(self.trunk, poll)
            self.cursor, complete = msgspec.json.decode(msgspec.json.encode(poll.cursor)), poll.complete
        self.trial.follow(change, at=at)

    def drawn(self) -> dict[str, str]:
        """What every job says on each commit, whatever its workflow is called."""
        return {job.name: "".join(self._letter(job, commit.sha) for commit in self.trunk.commits) for job in self.jobs}

    @property
    def jobs(self) -> Sequence[Job]:
        return sorted(self.trunk.jobs)

    def _letter(self, job: Job, sha: str) -> str:
        return {Outcome.RED: "x", Outcome.GREEN: "+"}.get(self.trunk.outcomes(sha).get(job, Outcome.UNKNOWN), ".")


@pytest.mark.parametrize("every", [1, 5, 17], ids="polled after {} lines".format)
async def test_the_alerts_are_the_same(teller: Teller, http: aiohttp.ClientSession, every: int) -> None:
    follower, told = Follower(), story()
    source = teller.open(http)
    for line in told.lines[every - 1 :: every]:
        teller.show(line.at)
        await follower.poll(source, line.at)
    await source.close()
    teller.show(told.lines[-1].at)
    await follower.poll(teller.open(http), told.lines[-1].at)  # after a restart
    (alert,) = follower.trial.fired.values()
    (job,) = alert.jobs
    assert (job.job, job.first_failing, job.last_green) == (GPU, told.commits[3], told.commits[2])
    assert (alert.reopened, alert.resolved_at) == (1, None)
    assert [suspect.sha for suspect in alert.suspects] == [told.commits[3]]
    assert follower.drawn() == {"lint": "++x++++++++", GPU: "+++xx.x++xx"}
    assert next(commit.title for commit in follower.trunk.commits) == "Änderung 0 <!channel> (#1)"
    assert [list(follower.trunk.jobs[job].flakes[1:2]) for job in follower.jobs] == [[0], [1]]


async def test_a_poll_that_finds_nothing_new_changes_nothing(teller: Teller, http: aiohttp.ClientSession) -> None:
    follower, source = Follower(), teller.open(http)
    teller.show(story().lines[-1].at)
    await follower.poll(source, story().lines[-1].at)
    poll = await source.poll(follower.cursor, window=follower.trunk.window)
    change = await take_in(follower.trunk, poll)
    await source.close()
    assert (change.added, change.removed, change.jobs, change.rewritten) == ((), (), frozenset(), False)
    assert not change.cells


async def test_who_landed_a_commit_is_told(teller: Teller, http: aiohttp.ClientSession) -> None:
    teller.show(story().lines[-1].at)
    source = teller.open(http)
    commits = (await source.poll(None, window=200)).commits
    await source.close()
    assert [commit.sha for commit in commits] == list(story().commits)
    assert {commit.author.name or commit.author.login for commit in commits} <= {"Ada", "ada"}
    assert [commit.committed_at for commit in commits] == sorted(commit.committed_at for commit in commits)
