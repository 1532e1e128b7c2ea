"""What of the open alerts concerns one person: those they have, those their commits are suspected of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from chatbot.alert import Alert, Culprit, Entry, Kind, Seen, Suspect
from chatbot.config import Person


class Suspected(Struct, frozen=True):
    """A commit of theirs that may have done it; `sure`: somebody or a revert says that it did."""

    alert: Alert
    commit: Seen
    probability: float | None = None
    sure: bool = False


class Mine(Struct, frozen=True):
    """Open alerts, oldest first: those they have, those they are suspected in, those they handed over."""

    have: tuple[Alert, ...]
    suspected: tuple[Suspected, ...]
    handed: tuple[tuple[Alert, Entry], ...]
    known: bool = True

    @property
    def empty(self) -> bool:
        """Whether nothing concerns them."""
        return not (self.have or self.suspected or self.handed)


def mine(alerts: Sequence[Alert], user: str, people: Iterable[Person]) -> Mine:
    """What of the open *alerts* concerns *user*. *people* says whose commits are theirs; `known` whether it does."""
    selves = [one for one in people if one.slack == user]
    have = tuple(one for one in alerts if one.owner == user)  # who acknowledged it and handed it over has it no more
    return Mine(
        have=have,
        suspected=tuple(found for one in alerts if (found := _suspected(one, selves)) is not None),
        handed=tuple((one, entry) for one in alerts if one not in have and (entry := _handed(one, user)) is not None),
        known=bool(selves),
    )


def wrote(commit: Seen, selves: Iterable[Person]) -> bool:
    """Whether one of *selves* is the commit's author: by login, else by the address given."""
    login, email = (commit.login or "").casefold(), (commit.email or "").casefold()
    return any(
        (login and one.github.casefold() == login) or (email and (one.email or "").casefold() == email)
        for one in selves
    )


def _suspected(alert: Alert, selves: Sequence[Person]) -> Suspected | None:
    """The likeliest commit of theirs among the culprits and suspects of *alert*."""
    culprits: tuple[Culprit, ...] = alert.culprits
    sure = next((one for one in culprits if wrote(one.commit, selves)), None)
    if sure is not None:
        return Suspected(alert, sure.commit, sure=True)
    found: list[Suspect] = [one for group in alert.groups for one in group.suspects if wrote(one.commit, selves)]
    best = max(found, key=lambda one: one.probability or 0.0, default=None)
    return Suspected(alert, best.commit, best.probability) if best is not None else None


def _handed(alert: Alert, user: str) -> Entry | None:
    """The last time *user* gave it to somebody else, or back."""
    gave = [
        entry
        for entry in alert.entries
        if entry.by == user
        and (entry.kind is Kind.UNACKNOWLEDGED or (entry.kind is Kind.ASSIGNED and entry.to != user))
    ]
    return gave[-1] if gave else None
