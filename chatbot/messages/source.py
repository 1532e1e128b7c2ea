"""The alert about a source that does not answer: its root, its thread."""

from __future__ import annotations

from chatbot.alert import Alert, Entry, Kind, State
from chatbot.messages import thread, words
from chatbot.messages.alert import (
    ACKNOWLEDGE,
    ASSIGN,
    ASSIGN_TO_ME,
    COLOUR,
    MORE,
    RESOLVE,
    UNACKNOWLEDGE,
    About,
    carried,
    owner,
)
from chatbot.messages.blocks import Block, Option, Payload, actions, button, section, static_select, users_select
from chatbot.messages.dates import date, utc
from chatbot.messages.escape import Text, Untrusted, escape, mrkdwn, plain

NOTHING = Text("")


def root(alert: Alert, about: About) -> Payload:
    """The root message of *alert* as it is now. It pings nobody: nothing is known to be broken."""
    said = mrkdwn(
        "{colour} *{title}*\n{state}", colour=Text(COLOUR[alert.state]), title=_title(about), state=_state(alert)
    )
    blocks: list[Block] = [section(said), section(_meaning(alert))]
    if alert.open:
        blocks.append(_buttons(alert))
    return Payload(
        text=mrkdwn("{title}. {meaning}", title=_title(about), meaning=_meaning(alert)), blocks=tuple(blocks)
    )


def reply(entry: Entry, alert: Alert, about: About) -> Payload:
    """The thread reply for *entry*."""
    if entry.kind is Kind.RESOLVED and entry.by is None:
        said = mrkdwn("It answers again.")
    elif entry.kind is Kind.REOPENED:
        said = mrkdwn("It does not answer again: {note}", note=escape(Untrusted(entry.note or ""), limit=500))
    else:
        return thread.reply(entry, alert, about)
    return Payload(text=said, blocks=(section(said),))


def _title(about: About) -> Text:
    return escape(Untrusted(about.watch.title), limit=150)


def _state(alert: Alert) -> Text:
    if not alert.open:
        lasted = (alert.resolved_at or alert.changed_at) - alert.began
        return mrkdwn(
            "Over {when}, after {lasted}", when=date(alert.resolved_at or alert.changed_at), lasted=words.lasted(lasted)
        )
    return mrkdwn("Noticed {when} · {owner}", when=date(alert.opened_at), owner=owner(alert))


def _meaning(alert: Alert) -> Text:
    if not alert.open:
        return mrkdwn("Results are read again; alerts about jobs follow them.")
    return mrkdwn(
        "{why}. Until it answers, alerts about its jobs neither fire nor resolve. Noticed {when}.",
        why=escape(Untrusted((alert.note or "It does not answer").rstrip(".")), limit=500),
        when=utc(alert.opened_at),
    )


def _buttons(alert: Alert) -> Block:
    row = []
    if alert.state is State.OPEN:
        row.append(button(plain("Acknowledge"), ACKNOWLEDGE, style="primary"))
    row.append(users_select(ASSIGN, placeholder=plain("Assign…")))
    options = [Option(plain("Assign to me"), ASSIGN_TO_ME)]
    if alert.state is State.ACKNOWLEDGED:
        options.append(Option(plain("Un-acknowledge"), UNACKNOWLEDGE))
    options.append(Option(plain("Resolve"), RESOLVE))
    row.append(static_select(MORE, options, placeholder=plain("More")))
    return actions(*row, block_id=carried(alert))
