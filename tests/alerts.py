"""Small alerts for tests: opened at an hour, resolved at another, taken by somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chatbot.alert import Alert, AlertJob, Culprit, Entry, Group, Kind, Seen, State, Suspect
from chatbot.ci import Job

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
JOB = Job("inductor", "build")


def hours(number: float) -> datetime:
    """So many hours after Monday, 5 January 2026, 9:00 UTC."""
    return MONDAY + timedelta(hours=number)


def seen(number: int, *, login: str | None = None, email: str | None = None) -> Seen:
    """A commit that tells its number."""
    return Seen(
        f"{number:040x}", f"Change {number}", f"Author {number}", login or f"author{number}", email, number, MONDAY
    )


def entry(kind: Kind, at: float, *, by: str | None = None, to: str | None = None) -> Entry:
    """An entry of a thread."""
    return Entry(f"{kind}:{at}", kind, hours(at), by=by, to=to, name=by.lower() if by else None)


def alert(*entries: Entry, begin: float = 0, watch: str = "inductor", **fields: object) -> Alert:
    """An alert opened *begin* hours after Monday morning; what its last entry says is its state."""
    over = bool(entries) and entries[-1].kind is Kind.RESOLVED
    known: dict[str, object] = {
        "id": f"{watch}:{begin}",
        "watch": watch,
        "trunk": "pytorch",
        "state": State.RESOLVED if over else State.OPEN,
        "opened_at": hours(begin),
        "opened_on": seen(1).sha,
        "changed_at": hours(begin),
        "resolved_at": entries[-1].at if over else None,
        "jobs": (AlertJob(JOB, 3, seen(2).sha, seen(1).sha),),
        "failing": (seen(2),),
        "entries": entries,
    }
    return Alert(**known | fields)  # type: ignore[arg-type]  # fields by name, as tests give them


def group(*suspects: Suspect, named: bool = True) -> Group:
    """A range with its suspects."""
    return Group((JOB,), seen(1), seen(2), suspects, candidates=len(suspects), named=named)


def culprit(number: int, at: float = 1) -> Culprit:
    """A commit that is known to have done it."""
    return Culprit(seen(number), hours(at), (JOB,), seen(1).sha, seen(2).sha)
