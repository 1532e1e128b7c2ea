"""What is worth writing down of a change of an alert that its thread does not tell. Pure.

The thread's entries are an alert's life as people were told it. Beside them stands a note for each change, in Redis:
who made it, which entries it brought, and what nobody was told. Redrawing what is known already leaves no note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from chatbot.alert import Alert, AlertJob


class Noted(Struct, frozen=True, omit_defaults=True):
    """One change: which `entries` it brought, and in words what they do not say."""

    at: datetime
    version: int
    by: str | None = None
    entries: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


_NAMES = 5  # jobs named in a note


def opened(alert: Alert) -> bytes:
    """The first note of an alert."""
    because = "opened by Grafana" if alert.firings and not alert.jobs else f"opened with {_jobs(alert.jobs)}"
    return msgspec.json.encode(Noted(alert.opened_at, alert.version, untold=(because,)))


def note(before: Alert, after: Alert) -> bytes | None:
    """What to write down of a change from *before* to *after*; `None` where there is nothing to be said."""
    known = {entry.id for entry in before.entries}
    new = [entry for entry in after.entries if entry.id not in known]
    untold = tuple(_untold(before, after))
    if not new and not untold:
        return None
    by = next((entry.by for entry in new if entry.by), None)
    return msgspec.json.encode(Noted(after.changed_at, after.version, by, tuple(entry.id for entry in new), untold))


def read(notes: Iterable[bytes]) -> list[Noted]:
    """*notes* as they were written; what cannot be read is left out."""
    found = []
    for one in notes:
        try:
            found.append(msgspec.json.decode(one, type=Noted))
        except msgspec.MsgspecError:
            continue
    return found


def _untold(before: Alert, after: Alert) -> Iterator[str]:
    healed = {job.job for job in before.jobs if job.healed}
    recovered = [job for job in after.jobs if job.healed and job.job not in healed]
    if recovered and len(recovered) < len(after.jobs):
        yield f"green again: {_jobs(recovered)}"
    relapsed = [job for job in after.jobs if not job.healed and job.job in healed]
    if relapsed and before.open:
        yield f"red again: {_jobs(relapsed)}"
    shas = {one.sha for one in before.failing}
    told = {entry.commit.sha for entry in after.entries if entry.commit is not None}
    failing = [one.sha[:7] for one in after.failing if one.sha not in shas and one.sha not in told]
    if failing and before.open:
        yield f"also failed on {', '.join(failing[:_NAMES])}"


def _jobs(jobs: Iterable[AlertJob]) -> str:
    names = [str(one.job) for one in jobs]
    rest = len(names) - _NAMES
    shown = ", ".join(names[:_NAMES])
    return f"{shown} and {rest} more" if rest > 0 else shown or "no job"
