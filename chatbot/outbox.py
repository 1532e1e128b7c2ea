"""What Slack should be shown next of an alert, and what is written down before and after showing it.

Pure: the difference between what an alert should say and what its `delivery` says it has. Slack has no
idempotency key, so a post is written down as `sending` with a nonce before it leaves; one found later is
looked for in the channel by that nonce and only sent again where it is not there. One that turns up even
later, because the network held it back, is a double and taken away: those are the `doubts`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct

from chatbot.alert import Alert, Entry, Kind, Sending
from chatbot.slack.schedule import Priority

ROOT = "root"
EDIT = "edit"
DOUBTED = timedelta(minutes=10)
"""How long a post that could not be found may still turn up: far longer than any connection holds a request."""


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


def next_step(alert: Alert) -> Step | None:
    """What Slack should be shown next, `None` where it shows everything that it takes.

    A post on its way is settled first. What a person just did shows on the root before its thread
    tells; otherwise the thread goes first, because an edit can wait and takes in what comes after.
    What Slack refused is left out until the alert has changed.
    """
    shown = alert.delivery
    if shown.sending is not None:
        return Step(Act.SETTLE, Priority.ACTION)
    if shown.root is None:
        return None if _refused(alert, ROOT) else Step(Act.POST_ROOT, Priority.ALERT)
    unsent = [entry for entry in alert.unsent if not _refused(alert, entry.id)]
    outdated = shown.rendered < alert.version and not _refused(alert, EDIT)
    pressed = any(entry.by is not None for entry in unsent)
    if outdated and (pressed or not unsent):
        return Step(Act.EDIT_ROOT, Priority.ACTION if pressed else Priority.EDIT)
    if unsent:
        entry = unsent[0]
        return Step(Act.POST_ENTRY, Priority.ACTION if entry.by is not None else Priority.ENTRY, entry)
    return None


def _refused(alert: Alert, what: str) -> bool:
    return alert.delivery.refused.get(what) == alert.version


def _shown(alert: Alert, **fields: object) -> Alert:
    return alert.shown(msgspec.structs.replace(alert.delivery, **fields))


def _without(refused: dict[str, int], what: str) -> dict[str, int]:
    return {name: version for name, version in refused.items() if name != what}


def _trouble(alert: Alert, refused: dict[str, int]) -> str | None:
    """The words about what is refused stay although something else arrived, for as long as it is not tried again."""
    return alert.delivery.trouble if alert.version in refused.values() else None


# ---- posts


def begun(alert: Alert, sending: Sending) -> Alert:
    """With *sending* written down, unless another post is on its way or it has been sent meanwhile."""
    shown = alert.delivery
    sent = shown.root is not None if sending.entry == ROOT else sending.entry in shown.entries
    if shown.sending is not None or sent:
        return alert
    return _shown(alert, sending=sending)


def arrived(alert: Alert, sending: Sending, ts: str) -> Alert:
    """With what *sending* became. A root counts as rendered in the version it was drawn from."""
    shown = alert.delivery
    if shown.sending is None or shown.sending.nonce != sending.nonce:
        return alert
    refused = _without(shown.refused, sending.entry)
    if sending.entry != ROOT:
        entries = shown.entries | {sending.entry: ts}
        return _shown(alert, sending=None, entries=entries, refused=refused, trouble=_trouble(alert, refused))
    return _shown(
        alert,
        sending=None,
        root=ts,
        channel=sending.channel,
        rendered=sending.version,
        refused=refused,
        trouble=_trouble(alert, refused),
        link=None,
    )


def holds(alert: Alert, ts: str) -> bool:
    """Whether the message *ts* is what the alert says it is shown as."""
    return alert.delivery.root == ts or ts in alert.delivery.entries.values()


def elsewhere(alert: Alert, what: str) -> bool:
    """Whether *what* is an entry with a channel of its own, and no reply."""
    return any(entry.id == what and entry.channel is not None for entry in alert.entries)


def thread_of(alert: Alert, sending: Sending) -> str | None:
    """The ts of the root that *sending* replies to; `None` where it is a message of its own."""
    return None if sending.entry == ROOT or elsewhere(alert, sending.entry) else alert.delivery.root


def awaits(alert: Alert, sending: Sending) -> bool:
    """Whether what became of *sending* has still to be found out."""
    present = alert.delivery.sending
    return present is not None and present.nonce == sending.nonce


def given_up(alert: Alert, sending: Sending) -> Alert:
    """With *sending* taken back: it is certain that it did not arrive."""
    return _shown(alert, sending=None) if awaits(alert, sending) else alert


def doubted(alert: Alert, sending: Sending) -> Alert:
    """With *sending* taken back because it was nowhere to be found; it may still turn up."""
    if not awaits(alert, sending):
        return alert
    return _shown(alert, sending=None, doubts=(*alert.delivery.doubts, sending))


def cleared(alert: Alert, nonce: str) -> Alert:
    """Without the doubt about the post with *nonce*."""
    return _shown(alert, doubts=tuple(doubt for doubt in alert.delivery.doubts if doubt.nonce != nonce))


# ---- edits


def rendered(alert: Alert, version: int) -> Alert:
    """With the root showing at least *version*."""
    shown = alert.delivery
    if shown.rendered >= version:
        return alert
    left = _without(shown.refused, EDIT)
    return _shown(alert, rendered=version, refused=left, trouble=_trouble(alert, left))


def smudged(alert: Alert) -> Alert:
    """With its root to be drawn again: somebody who had no right to may have drawn an older version over it."""
    return _shown(alert, rendered=0) if alert.delivery.root is not None else alert


def linked(alert: Alert, link: str | None) -> Alert:
    """With the address of its root."""
    return _shown(alert, link=link)


# ---- refusals


def refused(alert: Alert, what: str, version: int, reason: str) -> Alert:
    """With *what* refused for good in *version*, and no post on its way. The reason is for `/trunk health`."""
    shown = alert.delivery
    return _shown(alert, sending=None, trouble=reason, refused=shown.refused | {what: version})


def redirected(alert: Alert, what: str, channel: str) -> Alert:
    """With the entry *what* going to *channel*, because the one it was for refuses it; it is on its way no more."""
    entries = tuple(msgspec.structs.replace(e, channel=channel) if e.id == what else e for e in alert.entries)
    return msgspec.structs.replace(_shown(alert, sending=None), entries=entries)


def troubled(alert: Alert, reason: str) -> Alert:
    """With the reason why it cannot be shown, for `/trunk health`."""
    return _shown(alert, trouble=reason)


def uprooted(alert: Alert, *, at: datetime, note: str, link: str | None) -> Alert:
    """With its root gone for good: a new one will be posted that links the old thread.

    What the old thread said is not said again, what it was still to say is; `note` tells why there is a new one.
    """
    shown = alert.delivery
    new = Entry(f"moved:{alert.version}:{len(alert.entries)}", Kind.MOVED, at, note=note)
    said = tuple(entry for entry in alert.entries if entry.id in shown.entries)
    after = _shown(alert, root=None, rendered=0, sending=None, trouble=None, link=None, refused={})
    return msgspec.structs.replace(after, previous=link or alert.previous, entries=(*said, new, *alert.unsent))


def moved(alert: Alert, channel: str, *, at: datetime, note: str) -> Alert:
    """With its messages going to *channel* from now on, because the team's refuses them."""
    after = uprooted(alert, at=at, note=note, link=alert.delivery.link)
    return _shown(after, channel=channel, detour=note)
