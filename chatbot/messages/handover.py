"""The message at the change of shifts: who is on call now, and what is handed over, a line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from chatbot.alert import Alert
from chatbot.handover import Handover
from chatbot.messages import words
from chatbot.messages.blocks import Block, Lines, Payload, lines, section
from chatbot.messages.dates import date
from chatbot.messages.escape import Text, Untrusted, escape, link, mention, mention_user, mrkdwn

NOTHING = Text("")


def handover(
    one: Handover, titles: Mapping[str, str], names: Mapping[str, str], *, now: datetime, quiet: bool
) -> Payload:
    """The whole hand-over. Whose shift begins is mentioned, unless it is *quiet*; whose ends is only named.

    *titles* are the watches', *names* lead from a user to what they are called.
    """
    incoming, outgoing = one.change.now.on_call, one.change.before.on_call
    said = mrkdwn(
        "{who} on call for {team} until {end}, after {before}. {count} open, {asleep} snoozed, {flapped} came back.",
        who=_called(incoming, names) if quiet else mention(incoming),
        team=escape(Untrusted(one.team)),
        end=date(one.change.now.ends),
        before=_called(outgoing, names),
        count=len(one.open),
        asleep=len(one.asleep),
        flapped=len(one.flapped),
    )
    parts: list[tuple[str, Sequence[Text]]] = [
        ("Open", [_open(alert, titles, names, now=now) for alert in one.open]),
        ("Snoozed", [_asleep(alert, titles) for alert in one.asleep]),
        ("Came back", [_flapped(alert, titles) for alert in one.flapped]),
    ]
    blocks: list[Block | Lines] = [section(said)]
    blocks += [lines(shown, title=mrkdwn("*{title}*", title=title)) for title, shown in parts if shown]
    return Payload(text=said, blocks=tuple(blocks), metadata={"handover": one.team, "shift": one.change.key})


def _open(alert: Alert, titles: Mapping[str, str], names: Mapping[str, str], *, now: datetime) -> Text:
    has = words.has(alert, _called(alert.owner, names)) if alert.owner else mrkdwn("*nobody has it yet*")
    return mrkdwn(
        "• {door}, {jobs} broken for {lasted} · {has}",
        door=_door(alert, titles),
        jobs=words.counted(len(alert.broken), "job"),
        lasted=words.lasted(now - alert.began),
        has=has,
    )


def _asleep(alert: Alert, titles: Mapping[str, str]) -> Text:
    ends = alert.snooze.ends if alert.snooze else alert.changed_at
    return mrkdwn("• {door}, until {end} at the latest", door=_door(alert, titles), end=date(ends))


def _flapped(alert: Alert, titles: Mapping[str, str]) -> Text:
    state = "is broken again" if alert.open else "is resolved now"
    times = words.counted(alert.reopened, "time")
    return mrkdwn("• {door} came back {times}, {state}", door=_door(alert, titles), times=times, state=state)


def _door(alert: Alert, titles: Mapping[str, str]) -> Text:
    return link(alert.delivery.link, Untrusted(titles.get(alert.watch, alert.watch)))


def _called(who: str, names: Mapping[str, str]) -> Text:
    """Somebody's name; a group has none that would not ping it."""
    if who.startswith("S"):
        return mrkdwn("the group on call")
    return escape(Untrusted(names[who]), limit=60) if names.get(who) else mention_user(who)
