"""What a message's metadata says of its alert, and an alert made of nothing but that.

Pure. Should Redis lose everything, the messages in Slack still say which alert they are, so that the bot
can go on in the same threads. Jobs and suspects are not kept there: the next verdict brings them back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from chatbot import settle
from chatbot.alert import Alert, Delivery, Entry, Kind, State
from chatbot.firing import Firing
from chatbot.outbox import ROOT
from chatbot.slack.answers import Posted
from chatbot.trunk import Trunk
from chatbot.watch import Verdict


class Mark(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a root carries: about half a kilobyte. `known` is the newest failing commit it told of."""

    alert: str
    entry: str
    watch: str
    trunk: str
    version: int
    turn: int
    opened_at: datetime
    opened_on: str
    state: State = State.OPEN
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    assignee: str | None = None
    assigned_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    reopened: int = 0
    reopened_at: datetime | None = None
    note: str | None = None
    previous: str | None = None
    known: str | None = None
    fingerprint: str | None = None
    since: datetime | None = None
    priority: str = "P2"


_ALIKE = tuple(
    name
    for name in Mark.__struct_fields__
    if name not in {"alert", "entry", "known", "fingerprint", "since", "priority"}
)


def of_root(alert: Alert) -> dict[str, Any]:
    """The metadata of *alert*'s root."""
    untold = {entry.commit.sha for entry in alert.unsent if entry.commit is not None}
    known = next((commit.sha for commit in reversed(alert.failing) if commit.sha not in untold), None)
    same = {name: getattr(alert, name) for name in _ALIKE}
    mark = Mark(alert=alert.id, entry=ROOT, known=known, **same)
    if alert.of_grafana and alert.firings:
        one = alert.firings[0]
        mark = msgspec.structs.replace(mark, fingerprint=one.fingerprint, since=one.since, priority=one.priority)
    found: dict[str, Any] = msgspec.to_builtins(mark)
    return found


def of_entry(alert: Alert, entry: Entry) -> dict[str, Any]:
    """The metadata of a reply."""
    return {"alert": alert.id, "entry": entry.id, "kind": entry.kind.value}


def root_mark(metadata: Mapping[str, Any]) -> Mark | None:
    """The mark in *metadata*, `None` where it is no root's or not understood."""
    if metadata.get("entry") != ROOT:
        return None
    try:
        return msgspec.convert(metadata, Mark)
    except msgspec.ValidationError:
        return None


def restored(mark: Mark, root: Posted, replies: Sequence[Posted], *, channel: str) -> Alert:
    """The alert that *mark* tells of, as its thread shows it; its jobs are still to come."""
    entries = tuple(entry for reply in replies if (entry := _entry(reply)) is not None)
    shown = {str(reply.metadata.get("entry")): reply.ts for reply in replies}
    same = {name: getattr(mark, name) for name in _ALIKE}
    return Alert(
        id=mark.alert,
        changed_at=mark.opened_at,
        jobs=(),
        failing=(),
        firings=_firings(mark),
        entries=entries,
        found_again=mark.known or mark.opened_on,
        delivery=Delivery(channel=channel, root=root.ts, rendered=mark.version, entries=shown),
        **same,
    )


def _firings(mark: Mark) -> tuple[Firing, ...]:
    """What Grafana said, as far as *mark* tells."""
    if mark.fingerprint is None or mark.since is None:
        return ()
    rule = mark.note or "An alert of Grafana's"
    ended, kept = mark.resolved_at, mark.priority if mark.priority in {"P0", "P1", "P2", "P3"} else "P2"
    return (
        Firing(fingerprint=mark.fingerprint, rule=rule, since=mark.since, ended=ended, priority=kept, partial=True),
    )


def _entry(reply: Posted) -> Entry | None:
    """The entry that *reply* shows; what it said stands in Slack and is not said again."""
    try:
        kind = Kind(str(reply.metadata.get("kind")))
    except ValueError:
        return None
    return Entry(str(reply.metadata.get("entry")), kind, datetime.fromtimestamp(float(reply.ts), UTC))


def completed(alert: Alert, verdict: Verdict, trunk: Trunk) -> Alert:
    """*alert* with the jobs and commits that it lost with the store: those that *verdict* finds, told already.

    Commits after the newest one that it knew are news, and stay so.
    """
    if alert.found_again is None:
        return alert
    if not alert.open:
        return msgspec.structs.replace(alert, found_again=None)
    known = trunk.position(alert.found_again)
    seen = settle.commits(trunk, (sha for broken in verdict.broken for sha in broken.failing))
    told = tuple(c for c in seen if known is None or (trunk.position(c.sha) or 0) <= known)
    return alert.changed(
        at=verdict.at,
        found_again=None,
        jobs=tuple(settle.described(broken, trunk) for broken in verdict.broken),
        failing=told,
        groups=settle.groups(verdict.broken, trunk),
    )
