"""The alert about something that Grafana watches: its root, and why it fired. It suspects nobody."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.alert import Alert
from chatbot.firing import Firing
from chatbot.messages import alert as drawn
from chatbot.messages import firings, words
from chatbot.messages.alert import About
from chatbot.messages.blocks import Block, Lines, Payload, context, lines, section
from chatbot.messages.dates import date, utc
from chatbot.messages.escape import Text, Untrusted, escape, link, mention, mention_user, mrkdwn

NOTHING = Text("")
_SUMMARY, _DESCRIPTION = 300, 1_000


def root(alert: Alert, about: About, *, fresh: bool = False) -> Payload:
    """The root message of *alert* as it is now; *fresh* adds whom a new message pings."""
    told = alert.firings[-1] if alert.firings else None
    blocks: list[Block | Lines] = [section(_headline(alert, about))]
    if fresh and alert.open and about.ping:
        blocks.append(section(mrkdwn(" ").joined(mention(one) for one in about.ping)))
    if told is not None:
        blocks += [section(text) for text in _told(told)]
    blocks.append(context(*_small_print(alert, about, told)))
    if alert.open:
        blocks.append(drawn.buttons(alert, writable=False))
    return Payload(text=summary(alert, about, fresh=fresh), blocks=tuple(blocks))


def summary(alert: Alert, about: About, *, fresh: bool = False) -> Text:
    """The whole sense in a sentence."""
    ping = mrkdwn(" ").joined(mention(one) for one in about.ping) if fresh and alert.open else NOTHING
    said = mrkdwn(
        "{priority} {title}. {state}. {says}.",
        priority=about.watch.priority.value,
        title=escape(Untrusted(about.watch.title), limit=150),
        state=_state_in_words(alert),
        says=firings.figures(alert.firings) if alert.firings else mrkdwn("Grafana says so"),
    )
    return mrkdwn("{ping} {said}", ping=ping, said=said) if ping else said


def explained(alert: Alert) -> Payload:
    """Why it fired: what Grafana said, labels and values and all."""
    blocks: list[Block | Lines] = []
    for one in alert.firings:
        rule = link(one.origin, escape(Untrusted(one.rule), limit=150))
        blocks.append(section(mrkdwn("*{rule}* fires in Grafana since {when}.", rule=rule, when=date(one.since))))
        for title, some in (("Values", one.values), ("Labels", one.labels)):
            if some:
                blocks.append(lines(firings.pairs(some), title=mrkdwn("*{title}*", title=title)))
        if one.partial:
            blocks.append(context(mrkdwn("The rest was lost with the store; Grafana's next repeat brings it back.")))
    text = firings.figures(alert.firings) if alert.firings else mrkdwn("Grafana said so; no more is known.")
    return Payload(text=text, blocks=tuple(blocks) or (section(text),))


def _headline(alert: Alert, about: About) -> Text:
    return mrkdwn(
        "{colour} *{priority} · {title}*\n{state}",
        colour=Text(drawn.COLOUR[alert.state]),
        priority=about.watch.priority.value,
        title=escape(Untrusted(about.watch.title), limit=150),
        state=_state(alert, about),
    )


def _state(alert: Alert, about: About) -> Text:
    if alert.open:
        return mrkdwn(
            "Firing in Grafana, {when}{again} · {owner}{quiet}",
            when=date(alert.began),
            again=drawn.again(alert),
            owner=drawn.owner(alert),
            quiet=drawn.quiet(alert, about),
        )
    by = mrkdwn(" by {who}", who=mention_user(alert.resolved_by)) if alert.resolved_by else NOTHING
    lasted = (alert.resolved_at or alert.changed_at) - alert.began
    return mrkdwn(
        "Resolved{by} {when}, fired for {lasted}{again}",
        by=by,
        when=date(alert.resolved_at or alert.changed_at),
        lasted=words.lasted(lasted),
        again=drawn.again(alert),
    )


def _state_in_words(alert: Alert) -> str:
    if not alert.open:
        return f"Resolved {utc(alert.resolved_at or alert.changed_at)}"
    return f"Firing in Grafana, {words.taken(alert)}{', snoozed' if alert.snooze else ''}"


def _told(told: Firing) -> Iterator[Text]:
    if told.summary:
        yield escape(Untrusted(told.summary), limit=_SUMMARY)
    if told.description and told.description != told.summary:
        yield escape(Untrusted(told.description), limit=_DESCRIPTION)
    if told.lacks:
        yield mrkdwn(":warning: {lacks}", lacks=escape(Untrusted(told.lacks), limit=_SUMMARY))


def _small_print(alert: Alert, about: About, told: Firing | None) -> Iterator[Text]:
    if about.watch.team:
        yield mrkdwn("team {team}", team=about.watch.team)
    doors = [(about.watch.runbook, "Runbook"), (about.watch.dashboard, "Dashboard")]
    if told is not None:
        doors += [(told.panel, "Panel"), (told.origin, "Rule in Grafana"), (told.silence, "Silence in Grafana")]
    linked = [link(url, label) for url, label in [*doors, (alert.previous, "The alert before")] if url]
    yield mrkdwn(" · ").joined(linked)
