"""What Slack should be shown next of an alert, and what is written down before and after showing it.

Pure: the difference between what an alert should say and what its `delivery` says it has. Slack has no
idempotency key, so a post is written down as `sending` with a nonce before it leaves; one found later is
looked for in the channel by that nonce and only sent again where it is not there.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from chatbot.alert import Alert, Entry, Kind, Sending
from chatbot.slack.schedule import Priority

ROOT = "root"


class Act(StrEnum):
    """What is to be done next."""

    SETTLE = "settle"
    POST_ROOT = "post root"
    POST_ENTRY = "post entry"
    EDIT_ROOT = "edit root"


class Step(Struct, frozen=True):
    """One thing to do about an alert. `entry` is the reply's, where it is one."""

    act: Act
    priority: Priority
    entry: Entry | None = None


_BY_PEOPLE = frozenset({Kind.ACKNOWLEDGED, Kind.UNACKNOWLEDGED, Kind.ASSIGNED})


def next_step(alert: Alert) -> Step | None:
    """What Slack should be shown next, `None` where it shows everything.

    A post on its way is settled first. What a person just did shows on the root before its thread
    tells; otherwise the thread goes first, because an edit can wait and takes in what comes after.
    """
    shown = alert.delivery
    if shown.sending is not None:
        return Step(Act.SETTLE, Priority.ACTION)
    if shown.root is None:
        return Step(Act.POST_ROOT, Priority.ALERT)
    unsent = alert.unsent
    outdated = shown.rendered < alert.version
    pressed = any(entry.by is not None for entry in unsent)
    if outdated and (pressed or not unsent):
        return Step(Act.EDIT_ROOT, Priority.ACTION if pressed else Priority.EDIT)
    if unsent:
        entry = unsent[0]
        return Step(Act.POST_ENTRY, Priority.ACTION if entry.by is not None else Priority.ENTRY, entry)
    return None


def begun(alert: Alert, sending: Sending) -> Alert:
    """With *sending* written down, unless another post is on its way or it has been sent meanwhile."""
    shown = alert.delivery
    sent = shown.root is not None if sending.entry == ROOT else sending.entry in shown.entries
    if shown.sending is not None or sent:
        return alert
    return alert.shown(msgspec.structs.replace(shown, sending=sending))


def arrived(alert: Alert, sending: Sending, ts: str) -> Alert:
    """With what *sending* became. A root counts as rendered in the version it was drawn from."""
    shown = alert.delivery
    if shown.sending is None or shown.sending.nonce != sending.nonce:
        return alert
    if sending.entry == ROOT:
        after = msgspec.structs.replace(
            shown, sending=None, root=ts, channel=sending.channel, rendered=sending.version, trouble=None, link=None
        )
    else:
        after = msgspec.structs.replace(shown, sending=None, entries=shown.entries | {sending.entry: ts})
    return alert.shown(after)


def given_up(alert: Alert, sending: Sending) -> Alert:
    """With *sending* taken back: it is certain that it did not arrive."""
    shown = alert.delivery
    if shown.sending is None or shown.sending.nonce != sending.nonce:
        return alert
    return alert.shown(msgspec.structs.replace(shown, sending=None))


def linked(alert: Alert, link: str | None) -> Alert:
    """With the address of its root."""
    return alert.shown(msgspec.structs.replace(alert.delivery, link=link))


def rendered(alert: Alert, version: int) -> Alert:
    """With the root showing at least *version*."""
    shown = alert.delivery
    if shown.rendered >= version:
        return alert
    return alert.shown(msgspec.structs.replace(shown, rendered=version))


def uprooted(alert: Alert, *, at: datetime, note: str, link: str | None) -> Alert:
    """With its root gone for good: a new one will be posted that links the old thread.

    What the old thread said is not said again; `note` tells why there is a new one.
    """
    shown = alert.delivery
    told = {entry.id: "" for entry in alert.entries}
    entry = Entry(f"moved:{alert.version}:{len(alert.entries)}", Kind.MOVED, at, note=note)
    after = msgspec.structs.replace(
        shown, root=None, rendered=0, sending=None, entries=shown.entries | told, trouble=None, link=None
    )
    return msgspec.structs.replace(alert.shown(after), previous=link or alert.previous).said(entry)


def troubled(alert: Alert, reason: str) -> Alert:
    """With the reason why it cannot be shown, for `/trunk health`."""
    return alert.shown(msgspec.structs.replace(alert.delivery, trouble=reason, sending=None))


def moved(alert: Alert, channel: str, *, at: datetime, note: str) -> Alert:
    """With its messages going to *channel* from now on, because the team's refuses them."""
    after = uprooted(alert, at=at, note=note, link=alert.delivery.link)
    return after.shown(msgspec.structs.replace(after.delivery, channel=channel))
