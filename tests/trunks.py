"""Small trunks for tests: commits by number, outcomes drawn as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from chatbot.ci import Attempt, Author, Commit, Conclusion, Job, Status
from chatbot.config import WatchConfig
from chatbot.trunk import Trunk
from chatbot.watch import Watch

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
EVERY = timedelta(minutes=10)
WORKFLOW = "inductor"
JOB = Job(WORKFLOW, "test (inductor)")

_CONCLUSIONS = {
    "x": Conclusion.FAILURE,
    "+": Conclusion.SUCCESS,
    "c": Conclusion.CANCELLED,
    "s": Conclusion.SKIPPED,
    "n": Conclusion.NEUTRAL,
    "t": Conclusion.TIMED_OUT,
    "u": Conclusion.STARTUP_FAILURE,
    "a": Conclusion.ACTION_REQUIRED,
    "o": Conclusion.STALE,
}


def sha(number: int) -> str:
    """A sha that tells its place: 00…07."""
    return f"{number:040x}"


def commit(number: int, *, title: str = "") -> Commit:
    """The commit at that place on trunk."""
    who = Author(f"Author {number}", f"author{number}", f"author{number}@example.org")
    return Commit(
        sha(number), START + number * EVERY, title or f"Change {number} (#{1000 + number})", who, 1000 + number
    )


def attempt(
    number: int, drawn: str, *, job: str = "test (inductor)", workflow: str = WORKFLOW, run: int = 0, attempt: int = 1
) -> Attempt:
    """One report on commit *number*: `x` failed, `+` passed, `c` cancelled, `?` running, `q` queued and so on."""
    at = START + number * EVERY
    conclusion = _CONCLUSIONS.get(drawn)
    run_id = run or 10_000 + number
    return Attempt(
        sha=sha(number),
        workflow=workflow,
        job=job,
        run_id=run_id,
        job_id=run_id * 100 + attempt * 10 + hash(job) % 10,
        attempt=attempt,
        status=Status.COMPLETED if conclusion else Status.QUEUED if drawn == "q" else Status.IN_PROGRESS,
        conclusion=conclusion,
        queued_at=at,
        started_at=at + timedelta(minutes=1),
        completed_at=at + timedelta(minutes=5) if conclusion else None,
    )


def trunk(*rows: str, window: int = 200, jobs: Iterable[str] = ()) -> Trunk:
    """A trunk whose jobs' outcomes are drawn, a row a job, a letter a commit; `.` is nothing seen."""
    made = Trunk("pytorch", window=window)
    names = list(jobs) or [f"test ({chr(97 + n)})" for n in range(len(rows))]
    made.apply([commit(n) for n in range(max(map(len, rows)))], ())
    made.apply(
        (),
        [
            attempt(n, drawn, job=name)
            for name, row in zip(names, rows, strict=True)
            for n, drawn in enumerate(row)
            if drawn != "."
        ],
    )
    return made


def watch(**fields: object) -> Watch:
    """A watch of everything, with *fields* of its configuration."""
    return Watch(WatchConfig.model_validate({"id": "inductor", "trunk": "pytorch", "team": "t", **fields}))
