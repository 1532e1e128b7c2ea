"""Snooze: the modal with a preview of what stays silent, and what the thread says when it begins and ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from chatbot.alert import Alert, Entry
from chatbot.config import WatchConfig
from chatbot.durations import spelled
from chatbot.escalation import waiting_since
from chatbot.messages import words
from chatbot.messages.alert import About
from chatbot.messages.blocks import Block, Lines, Option, lines, section
from chatbot.messages.dates import date
from chatbot.messages.escape import Plain, Text, Untrusted, escape, mention, mrkdwn
from chatbot.messages.views import View, input_block, modal, radio_buttons, text_input
from chatbot.wishes import Wish

TITLE: Final = "Snooze"
SUBMIT: Final = "snooze_submitted"
CHOICE: Final = "snooze_choice"
OTHER: Final = "snooze_other"
DEFAULT: Final = "2h"
OPTIONS: Final = {
    "30m": "30 minutes",
    "2h": "2 hours",
    "8h": "8 hours",
    "1d": "1 day",
    "until next run": "Until the next run",
    "until green": "Until the next green",
}


def ask(alert: Alert, about: About, *, wish: Wish, chosen: str, now: datetime) -> View:
    """The choices, and what stays silent if *chosen* is taken. *wish* is what *chosen* means."""
    options = [Option(Plain(label), value) for value, label in OPTIONS.items()]
    initial = next(option for option in options if option.value == chosen)
    blocks: list[Block | Lines] = [
        section(mrkdwn("*{title}*", title=escape(Untrusted(about.watch.title), limit=150))),
        input_block(
            Plain("Keep it quiet for"),
            radio_buttons(CHOICE, options, initial=initial),
            block_id=CHOICE,
            tells_at_once=True,
        ),
        input_block(
            Plain("Or until"),
            text_input(OTHER, placeholder=Plain("tomorrow 9:00, #123, a sha"), at_most=100),
            block_id=OTHER,
            optional=True,
            hint=Plain(
                "If filled in, this counts. A pull request or commit counts once it has landed and been tested."
            ),
        ),
        lines(list(silent(alert, about, wish, now=now)), title=mrkdwn("*What stays silent*")),
        lines(list(still(alert)), title=mrkdwn("*What is still said*")),
    ]
    return modal(Plain(TITLE), blocks, callback_id=SUBMIT, submit=Plain("Snooze"), close=Plain("Cancel"))


def silent(alert: Alert, about: About, wish: Wish, *, now: datetime) -> Iterator[Text]:
    """Which replies, mentions and calls nobody hears."""
    yield mrkdwn("• replies about further failing commits and jobs")
    whom = [mention(one) for one in ([alert.owner] if alert.owner else about.ping)]
    yield mrkdwn("• mentions of {whom}", whom=mrkdwn(", ").joined(whom)) if whom else mrkdwn("• every mention")
    end = now + wish.length if wish.length else None
    yield from _calls(alert, about.watch, end, now)


def _calls(alert: Alert, watch: WatchConfig, end: datetime | None, now: datetime) -> Iterator[Text]:
    """Escalation and reminders that would come before *end*, or ever where that is unknown."""
    if alert.acknowledged_by is None:
        for step in watch.escalate:
            at = waiting_since(alert) + step.after
            if at > now and (end is None or at < end):
                yield mrkdwn("• escalation to {to}, due {when}", to=mention(step.to), when=date(at))
    elif watch.remind_every is not None:
        yield mrkdwn("• the reminder every {span}", span=spelled(watch.remind_every))


def still(alert: Alert) -> Iterator[Text]:
    """What a snooze does not keep quiet."""
    yield mrkdwn("• the alert itself stays up to date, without a ping")
    yield mrkdwn("• that it is green again")
    if alert.owner:
        yield mrkdwn(
            "• at the end, once, what happened meanwhile; {who} is told if it is still broken", who=mention(alert.owner)
        )
    else:
        yield mrkdwn("• at the end, once, what happened meanwhile; the team is told if it is still broken")


def begun(entry: Entry, _alert: Alert, about: About) -> Text:
    """The reply that says who snoozed it until when."""
    if entry.snooze is None:
        return mrkdwn("Snoozed by {who}.", who=words.who(entry))
    return mrkdwn(
        "Snoozed by {who} {until}: no replies about further failures, no mentions.",
        who=words.who(entry),
        until=words.until(entry.snooze, about.links, at_most=True),
    )


def ended(entry: Entry, alert: Alert, about: About) -> Text:
    """The reply that says what happened meanwhile; whoever has it is told, or the team, if it is still broken."""
    why = (
        mrkdwn("{who} ended the snooze", who=words.who(entry)) if entry.by else escape(entry.note or "Snoozed no more")
    )
    if entry.by is None and alert.open:
        whom = [alert.owner] if alert.owner else about.ping
        ping = mrkdwn(" ").joined(mention(one) for one in whom)
        still_broken = mrkdwn("{why}, and it is still broken. {meanwhile}", why=why, meanwhile=_meanwhile(entry))
        return mrkdwn("{ping} {said}", ping=ping, said=still_broken) if ping else still_broken
    return mrkdwn("{why}. {meanwhile}", why=why, meanwhile=_meanwhile(entry))


def _meanwhile(entry: Entry) -> Text:
    commits, jobs = entry.commits, entry.jobs
    if not commits and not jobs:
        return mrkdwn("Nothing new failed meanwhile.")
    parts = [mrkdwn("{count} failed", count=words.counted(commits, "more commit"))] if commits else []
    if jobs:
        parts.append(
            mrkdwn("{count} broke: {which}", count=words.counted(len(jobs), "more job"), which=words.some_jobs(jobs))
        )
    return mrkdwn("Meanwhile {what}.", what=mrkdwn(" and ").joined(parts))
