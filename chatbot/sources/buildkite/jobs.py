"""A build's jobs in our words: their names, which is a retry of which, and what each state means. Pure.

Two jobs of one build never get one name, or one of them could hide that the other failed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

from chatbot.ci import Attempt, Conclusion, Failure, Status
from chatbot.shards import ALL_SHARDS
from chatbot.sources.buildkite.wire import Build, Job
from chatbot.sources.values import LONGEST

_QUEUED = frozenset({"scheduled", "assigned", "accepted"})
_RUNNING = frozenset({"running", "canceling", "timing_out"})

CONCLUSIONS = {
    "passed": Conclusion.SUCCESS,
    "failed": Conclusion.FAILURE,
    "timed_out": Conclusion.TIMED_OUT,
    "canceled": Conclusion.CANCELLED,
    "expired": Conclusion.STALE,
    "skipped": Conclusion.SKIPPED,
    "broken": Conclusion.SKIPPED,
    "waiting_failed": Conclusion.SKIPPED,
    "blocked_failed": Conclusion.SKIPPED,
    "unblocked_failed": Conclusion.SKIPPED,
}
"""How a job ended. `broken` is Buildkite's word for a step whose branch or condition excludes it; `expired` never found
an agent; those with `_failed` were waiting when the build failed. None of these says anything about a commit.
"""

_AGENT = {
    "agent_stop": "the agent was stopped",
    "agent_refused": "the agent refused the job",
    "agent_incompatible": "the agent cannot run this kind of job",
    "process_run_error": "the agent could not start the process",
    "signature_rejected": "the job's signature was rejected",
    "stack_error": "the agent's stack failed",
}
_PLAIN = re.compile(r"[\x00-\x1f\x7f]+")
_DEEPEST = 10  # levels of a matrix that are read
_MOST_DIGITS = 999  # of a shard's number that is written as [2/4]


def job_number(uuid: str) -> int:
    """A number for a job, which Buildkite calls by a UUID: 63 bits, the same whenever it is asked for."""
    return int.from_bytes(blake2b(uuid.lower().encode(), digest_size=8).digest(), "big") >> 1


def attempts(build: Build, *, sha: str, workflow: str) -> list[Attempt]:
    """Every execution of every step of *build*."""
    jobs = [job for job in build.jobs or () if job.counts]
    found: list[Attempt] = []
    taken: set[str] = set()
    for chain in _chains(jobs):
        name = _name(chain[-1])
        spelled = next(one for one in _spellings(name) if one not in taken)
        taken.add(spelled)
        first = 1 + (chain[0].retries_count or 0 if chain[0].retry_source else 0)
        found += [
            _attempt(job, spelled, number, build.number, sha=sha, workflow=workflow)
            for number, job in enumerate(chain, first)
        ]
    return found


def _spellings(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name} #{number}" for number in itertools.count(2))


def _chains(jobs: Sequence[Job]) -> Iterable[list[Job]]:
    """Jobs with the retries that took their place, first execution first, in the build's order."""
    by_id = {job.id: job for job in jobs}
    retries = {job.retried_in_job_id for job in jobs if job.retried_in_job_id}
    seen: set[str | None] = set()
    for job in (*(job for job in jobs if job.id not in retries), *jobs):  # the second time round only a circle is left
        chain: list[Job] = []
        following: Job | None = job
        while following is not None and following.id not in seen:
            seen.add(following.id)
            chain.append(following)
            following = by_id.get(following.retried_in_job_id) if following.retried_in_job_id else None
        if chain:
            yield chain


def _name(job: Job) -> str:
    """What people know the step by, with what tells its parallel and matrix jobs apart."""
    said = job.name or job.label or job.step_key or (job.command or "").strip().split("\n", 1)[0] or ALL_SHARDS
    name = _PLAIN.sub(" ", said[:LONGEST]).strip()
    values = [value for value in _values(job.matrix) if value not in name]
    if values:
        name = f"{name} ({', '.join(values)})"[:LONGEST]
    index, total = job.parallel_group_index, job.parallel_group_total
    if index is None or not total:
        return name
    return f"{name} [{index + 1}/{total}]" if total <= _MOST_DIGITS else f"{name} (shard {index + 1} of {total})"


def _values(matrix: Any, depth: int = 0) -> list[str]:
    """The values of a matrix job, a few levels deep."""
    if isinstance(matrix, dict | list):
        parts = matrix.values() if isinstance(matrix, dict) else matrix
        return [value for part in parts for value in _values(part, depth + 1)] if depth < _DEEPEST else []
    return [] if matrix is None else [_PLAIN.sub(" ", str(matrix)[:LONGEST])]


def _attempt(job: Job, name: str, number: int, build: int, *, sha: str, workflow: str) -> Attempt:
    state = job.state or ""
    conclusion = CONCLUSIONS.get(state)
    if job.soft_failed and conclusion is not None and conclusion.failed:
        conclusion = Conclusion.NEUTRAL  # the pipeline says that it may fail
    status = (
        Status.COMPLETED
        if conclusion
        else Status.IN_PROGRESS
        if state in _RUNNING
        else Status.QUEUED
        if state in _QUEUED
        else Status.WAITING
    )
    return Attempt(
        sha=sha,
        workflow=workflow,
        job=name,
        run_id=build,
        job_id=job_number(job.id or ""),
        attempt=number,
        status=status,
        conclusion=conclusion,
        queued_at=job.runnable_at,
        started_at=job.started_at,
        completed_at=job.finished_at if conclusion else None,
        url=job.web_url,
        failure=_failure(job) if conclusion is not None and conclusion.failed else None,
    )


def _failure(job: Job) -> Failure | None:
    """What Buildkite itself knows: that it was the agent, not the command, that ended the job."""
    said = _AGENT.get(job.signal_reason or "")
    return Failure(line=f"Buildkite: {said} ({job.signal_reason})") if said else None
