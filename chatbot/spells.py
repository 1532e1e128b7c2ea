"""Since when and until when an alert's watch was broken, and how fast people took it. Pure reading of alerts.

A spell is one stretch of being broken: an alert that was opened again in the same thread has several.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from msgspec import Struct

from chatbot.alert import Alert, Kind


class Spell(Struct, frozen=True):
    """Broken from `begin` to `end` (`None`: still), acknowledged at `taken` (`None`: never)."""

    begin: datetime
    end: datetime | None = None
    taken: datetime | None = None


def spells(alert: Alert) -> tuple[Spell, ...]:
    """The spells of *alert*, oldest first."""
    found = [Spell(alert.opened_at)]
    for entry in sorted(alert.entries, key=lambda one: one.at):
        last = found[-1]
        if entry.kind is Kind.REOPENED and last.end is not None:
            found.append(Spell(entry.at))
        elif last.end is not None:
            continue
        elif entry.kind is Kind.RESOLVED:
            found[-1] = Spell(last.begin, max(entry.at, last.begin), last.taken)
        elif last.taken is None and _takes(entry.kind, entry.by, entry.to):
            found[-1] = Spell(last.begin, None, max(entry.at, last.begin))
    return tuple(found)


def _takes(kind: Kind, by: str | None, to: str | None) -> bool:
    return kind is Kind.ACKNOWLEDGED or (kind is Kind.ASSIGNED and by is not None and by == to)


def red(some: Iterable[Spell], *, begin: datetime, end: datetime) -> timedelta:
    """How long it was broken between *begin* and *end*; where spells overlap, that counts once."""
    total, reached = timedelta(), begin
    for spell in sorted(some, key=lambda one: one.begin):
        first, last = max(spell.begin, reached), min(spell.end or end, end)
        if last > first:
            total, reached = total + last - first, last
    return total


def to_acknowledge(some: Iterable[Spell], *, begin: datetime, end: datetime) -> timedelta | None:
    """The median of how long spells that began between *begin* and *end* waited; `None` where none was taken."""
    return _median(one.taken - one.begin for one in some if one.taken and begin <= one.begin < end)


def to_resolve(some: Iterable[Spell], *, begin: datetime, end: datetime) -> timedelta | None:
    """The median length of spells that ended between *begin* and *end*; `None` where none did."""
    return _median(one.end - one.begin for one in some if one.end and begin <= one.end < end)


def _median(lengths: Iterable[timedelta]) -> timedelta | None:
    seconds = [length.total_seconds() for length in lengths]
    return timedelta(seconds=median(seconds)) if seconds else None
