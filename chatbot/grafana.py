"""Makes an alert follow what Grafana says: opens it, joins one that is open, resolves it, opens it again.

Pure. Grafana repeats what fires every few hours and may deliver twice or out of order: what was told already changes
nothing. A watch's alert is resolved when its jobs are green and Grafana has nothing to say any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec
from msgspec import Struct

from chatbot import presses
from chatbot.alert import GRAFANA, Alert, Entry, Kind
from chatbot.firing import Firing

NOBODY = "-"
"""Stands where a team's id does, for what goes to the fallback channel."""
MOST = 50
"""Firings that one alert remembers: a rule may have an instance for every runner."""


class Home(Struct, frozen=True):
    """Where a firing belongs: the watch whose alert tells of it, that watch's trunk, how long it may open again."""

    watch: str
    trunk: str
    within: timedelta


def home_of(team: str, fingerprint: str, *, within: timedelta) -> Home:
    """Where a firing belongs that no watch takes in: an alert of its own for *team*."""
    return Home(f"{GRAFANA}{team or NOBODY}/{fingerprint}", GRAFANA, within)


def team_of(watch: str) -> str:
    """The team that the built-in *watch* belongs to; empty where none is."""
    team = watch.removeprefix(GRAFANA).partition("/")[0]
    return "" if team == NOBODY else team


def followed(present: Alert | None, told: Firing, home: Home, *, now: datetime) -> Alert | None:
    """The alert at *home* after Grafana told of *told*: *present* itself where nothing changes.

    *present* is the newest alert there, open or resolved.
    """
    known = _known(present, told)
    if told.ended is not None:
        return _over(present, known, told, now) if present is not None and known is not None else present
    if present is not None and known is not None and told.since <= known.since:
        if not known.partial or known.ended is not None:  # told before, or late; who resolved it by hand knows
            return present
        return present.changed(at=now, firings=_with(present, told))
    if present is None or not (present.open or presses.may_reopen(present, within=home.within, now=now)):
        return _open(present, told, home, now)
    after = present.changed(at=now, firings=_with(present, told))
    if present.open:
        entry = Entry(_name("firing", told), Kind.FIRING, now, note=_said(told), link=told.origin)
        return after.said(entry)
    return presses.reopened(after, at=now, note=_said(told))


def _known(present: Alert | None, told: Firing) -> Firing | None:
    firings = present.firings if present is not None else ()
    return next((one for one in firings if one.fingerprint == told.fingerprint), None)


def _with(present: Alert, told: Firing) -> tuple[Firing, ...]:
    """The firings of *present* with *told* in its place; the oldest that are over make room."""
    others = [one for one in present.firings if one.fingerprint != told.fingerprint]
    over = [one for one in others if one.ended is not None]
    room = max(0, len(others) + 1 - MOST)
    gone = {one.fingerprint for one in over[:room]}
    kept = [one for one in others if one.fingerprint not in gone]
    return (*kept[: MOST - 1], told)


def _over(present: Alert, known: Firing, told: Firing, now: datetime) -> Alert:
    if known.ended is not None or told.since < known.since:
        return present
    ended = msgspec.structs.replace(known, ended=now)
    firings = tuple(ended if one is known else one for one in present.firings)
    if not present.open:  # resolved by hand: nobody need hear of it, but it must not keep a later alert open
        return msgspec.structs.replace(present, firings=firings)
    after = present.changed(at=now, firings=firings)
    if not after.firing and all(job.healed for job in after.jobs):
        return presses.resolved(after, at=now)
    return after.said(Entry(_name("over", known), Kind.FIRING_OVER, now, note=known.rule))


def _open(previous: Alert | None, told: Firing, home: Home, now: datetime) -> Alert:
    tail = blake2b(told.fingerprint.encode(errors="replace"), digest_size=4).hexdigest()
    return Alert(
        id=f"{home.watch}:{told.since:%Y%m%dT%H%M%S}-{tail}",
        watch=home.watch,
        trunk=home.trunk,
        opened_at=now,
        opened_on="",
        changed_at=now,
        jobs=(),
        failing=(),
        note=told.rule,
        firings=(told,),
        previous=previous.delivery.link if previous else None,
    )


def left_out(alert: Alert, number: int, *, key: str, now: datetime) -> Alert:
    """With its thread saying that Grafana left out *number* alerts of the same delivery, once for each *key*."""
    if not alert.open:
        return alert
    return alert.said(Entry(f"left out:{key}:{number}", Kind.LEFT_OUT, now, note=str(number)))


def _name(what: str, told: Firing) -> str:
    return f"{what}:{told.fingerprint}:{told.since:%Y%m%dT%H%M%S}"


def _said(told: Firing) -> str:
    return f"{told.rule}: {told.summary}" if told.summary else told.rule
