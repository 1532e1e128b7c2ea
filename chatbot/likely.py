"""Who could take an alert, likeliest first: the authors of its suspects, who is on call, the rest of the team. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from chatbot import people
from chatbot.alert import Alert, Suspect
from chatbot.config import Team

MOST = 10
"""People offered: Slack shows ten choices at a glance, and everybody else is one search away."""

WORTH = 0.05
"""A commit less probable than this says little about its author."""


class Likely(Struct, frozen=True):
    """Somebody who could take it, and why; with neither a suspect nor a turn on call they are of the team."""

    user: str
    suspect: Suspect | None = None
    on_call: bool = False


def suspects(alert: Alert) -> tuple[Suspect, ...]:
    """The suspects of all groups, each commit once, the most probable first."""
    ranked = sorted((s for group in alert.groups for s in group.suspects), key=lambda one: -(one.probability or 0.0))
    once: dict[str, Suspect] = {}
    for suspect in ranked:
        once.setdefault(suspect.commit.sha, suspect)
    return tuple(once.values())


def takers(
    alert: Alert, team: Team | None, *, authors: Mapping[str, str], members: Iterable[str], now: datetime
) -> tuple[Likely, ...]:
    """At most `MOST` people, each once. *authors* are Slack users by sha, *members* those of the team's user group.

    Whoever has the alert already is not offered it again. *team* is `None` for alerts that belong to none.
    """
    found = [
        Likely(authors[suspect.commit.sha], suspect=suspect)
        for suspect in suspects(alert)
        if suspect.commit.sha in authors and (suspect.probability is None or suspect.probability >= WORTH)
    ]
    if team is not None:
        found += [Likely(user, on_call=True) for user in people.on_call(team, now=now)]
        found += [Likely(user) for user in team.oncall or ()]
    found += [Likely(user) for user in members]
    once: dict[str, Likely] = {}
    for one in found:
        if one.user != alert.owner:
            once.setdefault(one.user, one)
    return tuple(once.values())[:MOST]
