"""What Grafana says, in an alert and in its thread. Every word of it is from outside."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.alert import Entry
from chatbot.firing import Firing
from chatbot.kinds import Kind
from chatbot.messages import words
from chatbot.messages.blocks import Lines, lines
from chatbot.messages.dates import date
from chatbot.messages.escape import Text, Untrusted, code, escape, link, mrkdwn

NOTHING = Text("")
_SHOWN, _TITLE, _NOTE = 5, 120, 300


def listed(firings: Sequence[Firing]) -> Lines:
    """A line for each that fires, else for each that did."""
    some = [one for one in firings if one.ended is None] or list(firings)
    return lines([_line(one) for one in some[:_SHOWN]], hidden=max(0, len(some) - _SHOWN))


def figures(firings: Sequence[Firing]) -> Text:
    """How many fire, and the first by name."""
    some = [one for one in firings if one.ended is None] or list(firings)
    first = escape(Untrusted(some[0].summary or some[0].rule), limit=_TITLE)
    if len(some) == 1:
        return mrkdwn("Grafana says: {first}", first=first)
    return mrkdwn("Grafana says so of {count}: {first}", count=words.counted(len(some), "thing"), first=first)


def _line(one: Firing) -> Text:
    since = "over" if one.ended else "firing"
    summary = mrkdwn(": {said}", said=escape(Untrusted(one.summary), limit=_TITLE)) if one.summary else NOTHING
    return mrkdwn(
        "• Grafana: {rule}, {since} since {when}{summary}",
        rule=link(one.origin, escape(Untrusted(one.rule), limit=_TITLE)),
        since=since,
        when=date(one.ended or one.since),
        summary=summary,
    )


def pairs(some: Sequence[tuple[str, str]]) -> list[Text]:
    """Labels or values, a line each."""
    return [mrkdwn("• {name} = {value}", name=code(Untrusted(k)), value=code(Untrusted(v))) for k, v in some]


def _firing(entry: Entry) -> Text:
    note = escape(Untrusted(entry.note or ""), limit=_NOTE)
    return mrkdwn("Grafana says so too: {note}{door}", note=note, door=_door(entry))


def _over(entry: Entry) -> Text:
    return mrkdwn("Over, says Grafana: {note}", note=escape(Untrusted(entry.note or ""), limit=_NOTE))


def _left_out(entry: Entry) -> Text:
    return mrkdwn(
        "{count} of this group cannot be shown. Where Grafana left them out, raise `Max Alerts` of its contact point; "
        "of one delivery the first 300 are taken.",
        count=words.counted(int(entry.note or 0), "more alert"),
    )


def _door(entry: Entry) -> Text:
    return mrkdwn(" · {link}", link=link(entry.link, "Rule")) if entry.link else NOTHING


SAID = {Kind.FIRING: _firing, Kind.FIRING_OVER: _over, Kind.LEFT_OUT: _left_out}
"""What the thread says, by the entry's kind."""
