"""Who is who, and who is asked first: on-call lists and rotations, and whom a breach pings. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from chatbot.config import Rotation, Team


class Shift(Struct, frozen=True):
    """A turn of a rotation: whose it is, from when until when. `number` counts from the first."""

    number: int
    on_call: str
    began: datetime
    ends: datetime


def shift(team: Team, *, now: datetime) -> Shift | None:
    """The shift of *team* at *now*, `None` where nobody takes turns.

    A shift lasts `every` of the rotation's own calendar, so a change of the clocks moves it by nothing on the wall.
    Before `starts` the same turns go on backwards.
    """
    people, rotation = team.oncall, team.rotation
    if not people or rotation is None:
        return None
    wall = now.astimezone(rotation.starts.tzinfo).replace(tzinfo=None)
    number = (wall - rotation.starts.replace(tzinfo=None)) // rotation.every
    # In the hour that comes twice the wall says too little: what counts is when shifts really change.
    while _begin(rotation, number) > now:
        number -= 1
    while _begin(rotation, number + 1) <= now:
        number += 1
    who = people[number % len(people)]
    return Shift(number, who, _begin(rotation, number), _begin(rotation, number + 1))


def _begin(rotation: Rotation, number: int) -> datetime:
    """When shift *number* begins, in UTC."""
    wall = rotation.starts.replace(tzinfo=None, fold=0) + number * rotation.every
    return wall.replace(tzinfo=rotation.starts.tzinfo).astimezone(UTC)


def on_call(team: Team, *, now: datetime) -> tuple[str, ...]:
    """Who of *team* is on call at *now*: everyone listed, or whose turn it is where there is a rotation."""
    present = shift(team, now=now)
    return (present.on_call,) if present else team.oncall or ()


def pinged(team: Team, *, now: datetime) -> tuple[str, ...]:
    """Whom a breach mentions: who is on call, else the team's `mention`, else nobody."""
    people = on_call(team, now=now)
    return people or ((team.mention,) if team.mention else ())
