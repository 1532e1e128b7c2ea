"""What happens on the trunks: a window of commits that is there already, and what goes on from now on.

The same shape and start give the same story in every process, so nobody has to tell anybody. Durations, flakes and the
rate of commits are as PyTorch's: 100 commits a day, jobs of 3 to 90 minutes, one in a hundred fails for no reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from msgspec import Struct

from chatbot.ci import Author, Conclusion, Status
from chatbot.recording import Recorded, RecordedCommit, RecordedJob

DAY = 86_400.0
WORKFLOWS, SHARDS = 6, 5
_SHORTEST, _LONGEST = 180.0, 5_400.0  # seconds a job takes
_BEGINS = 600.0  # seconds from a commit to the begin of its last job
_FLAKES, _SKIPPED = 0.01, 0.005


class Shape(Struct, frozen=True):
    """How much there is. `rate` is in times PyTorch's; the `probes` of a trunk break a job each, once."""

    trunks: int = 50
    commits: int = 100
    jobs: int = 300
    rate: float = 1.0
    probes: int = 3
    people: int = 50
    replicas: int = 1
    poll_every: int = 30
    warm: float = 300.0
    minutes: float = 4.0

    @property
    def until(self) -> float:
        """Seconds from the start to the end of what is measured."""
        return self.warm + 60 * self.minutes


class Probe(Struct, frozen=True):
    """A job that fails at `at`, and the watch that has to notice."""

    trunk: str
    watch: str
    job: str
    at: datetime


def trunk(number: int) -> str:
    """A trunk's name."""
    return f"trunk{number:02d}"


def sha(trunk_name: str, number: int) -> str:
    """The *number*-th commit; the window that is there at the start has numbers below 0."""
    return f"{int(trunk_name[5:]):02x}{number & 0xFFFFFF:06x}".ljust(40, "0")


def probes(shape: Shape, start: datetime) -> list[Probe]:
    """What is to be noticed, in order of time: spread over the measured minutes."""
    random = Random("probes")
    found = []
    for name in (trunk(number) for number in range(shape.trunks)):
        for number in range(shape.probes):
            at = start + timedelta(seconds=shape.warm + random.uniform(0, 60 * shape.minutes - shape.poll_every - 5))
            found.append(Probe(name, f"{name}-probe{number}", f"probe{number}", at))
    return sorted(found, key=lambda probe: probe.at)


def lines(shape: Shape, start: datetime) -> Iterator[Recorded]:
    """Everything on all trunks, not in order of time."""
    noticed = probes(shape, start)
    for number in range(shape.trunks):
        name = trunk(number)
        yield from _trunk(shape, name, start, [probe for probe in noticed if probe.trunk == name])


def _trunk(shape: Shape, name: str, start: datetime, noticed: list[Probe]) -> Iterator[Recorded]:
    random = Random(name)
    gap = DAY / (100 * shape.rate)
    landed: list[tuple[datetime, str]] = []
    at, number = start - timedelta(seconds=gap * shape.commits), -shape.commits
    while at < start + timedelta(seconds=shape.until):
        one = sha(name, number)
        landed.append((at, one))
        author = Author("Ada", "ada", "ada@example.org")
        yield RecordedCommit(sha=one, committed_at=at, title=f"Change {number}", author=author, at=at, trunk=name)
        yield from _jobs(shape, name, one, at, start, number, random)
        number += 1
        at += timedelta(seconds=random.uniform(0.5, 1.5) * gap)
    for index, probe in enumerate(noticed):
        on = next(one for at, one in reversed(landed) if at < probe.at)
        yield RecordedJob(
            sha=on, workflow="probes", job=probe.job, run_id=_number(name, number, 99), job_id=_number(name, index, 98),
            at=probe.at, trunk=name, status=Status.COMPLETED, conclusion=Conclusion.FAILURE,
            started_at=probe.at, completed_at=probe.at,
        )  # fmt: skip


def _jobs(
    shape: Shape, name: str, on: str, landed: datetime, start: datetime, number: int, random: Random
) -> Iterator[Recorded]:
    each = shape.jobs // WORKFLOWS
    over = start + timedelta(seconds=shape.until)
    for workflow in range(WORKFLOWS):
        run = _number(name, number, workflow)
        for index in range(each):
            begins = landed + timedelta(seconds=random.uniform(5.0, _BEGINS))
            ends = begins + timedelta(seconds=random.triangular(_SHORTEST, _LONGEST, _SHORTEST * 4))
            chance = random.random()
            if begins > over:
                continue
            job = RecordedJob(
                sha=on, workflow=f"workflow-{workflow}",
                job=f"group{index // SHARDS} / test (default, {index % SHARDS + 1}, {SHARDS}, linux.large)",
                run_id=run, job_id=run * 1000 + index, at=begins, trunk=name, status=Status.IN_PROGRESS,
                started_at=begins,
            )  # fmt: skip
            if ends > start:
                yield job
            if ends <= over:
                yield _ended(job, ends, chance)


def _ended(job: RecordedJob, at: datetime, chance: float) -> RecordedJob:
    conclusion = Conclusion.SUCCESS
    if chance < _FLAKES + _SKIPPED:
        conclusion = Conclusion.FAILURE if chance < _FLAKES else Conclusion.SKIPPED
    return RecordedJob(
        sha=job.sha, workflow=job.workflow, job=job.job, run_id=job.run_id, job_id=job.job_id, at=at, trunk=job.trunk,
        status=Status.COMPLETED, conclusion=conclusion, started_at=job.started_at, completed_at=at,
    )  # fmt: skip


def _number(name: str, number: int, workflow: int) -> int:
    """A run's number, of which there is one in the world."""
    return (int(name[5:]) + 1) * 100_000_000 + (number + 500_000) * 100 + workflow


def configuration(shape: Shape, channels: int) -> str:
    """Three watches a trunk as anybody has them, and one for each probe; teams share *channels*."""
    text = ["version: 1", "slack: {fallback_channel: C0LOAD00}", "trunks:"]
    for number in range(shape.trunks):
        source = f"{{kind: github, repo: load/{trunk(number)}, branch: main}}"
        text.append(
            f"  - {{id: {trunk(number)}, source: {source}, poll_every: {shape.poll_every}s, window: {shape.commits}}}"
        )
    text += ["teams:", *(f"  team{n:02d}: {{channel: C0LOAD{n:02d}}}" for n in range(channels)), "watches:"]
    for number in range(shape.trunks):
        name, team = trunk(number), f"team{number % channels:02d}"
        for kind in range(3):
            text.append(
                f"  - {{id: {name}-w{kind}, trunk: {name}, match: {{workflows: [workflow-{kind}]}}, "
                f"when: {{consecutive_commits: 3}}, team: {team}}}"
            )
        for probe in range(shape.probes):
            text.append(
                f"  - {{id: {name}-probe{probe}, trunk: {name}, match: {{jobs: [probe{probe}]}}, "
                f"when: {{consecutive_commits: 1}}, team: {team}}}"
            )
    return "\n".join([*text, ""])
