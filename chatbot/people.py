"""Who is who, and who is asked first: on-call lists and rotations, and whom a breach pings. Pure."""

from __future__ import annotations

from datetime import datetime

from chatbot.config import Team


def on_call(team: Team, *, now: datetime) -> tuple[str, ...]:
    """Who of *team* is on call at *now*: everyone listed, or whose turn it is where there is a rotation.

    A shift lasts `every` of the rotation's own calendar, so a change of the clocks does not move it.
    """
    people = team.oncall or ()
    rotation = team.rotation
    if not people or rotation is None:
        return people
    zone = rotation.starts.tzinfo
    elapsed = now.astimezone(zone).replace(tzinfo=None) - rotation.starts.replace(tzinfo=None)
    return (people[int(elapsed // rotation.every) % len(people)],)


def pinged(team: Team, *, now: datetime) -> tuple[str, ...]:
    """Whom a breach mentions: who is on call, else the team's `mention`, else nobody."""
    people = on_call(team, now=now)
    return people or ((team.mention,) if team.mention else ())
