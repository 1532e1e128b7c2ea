"""What concerns the person who asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chatbot.alert import Alert, Entry, Kind, State
from chatbot.links import Links
from chatbot.messages import words
from chatbot.messages.blocks import Block, Lines, Payload, context, lines, section
from chatbot.messages.dates import date
from chatbot.messages.escape import Text, Untrusted, code, escape, link, mention_user, mrkdwn
from chatbot.mine import Mine, Suspected

NOTHING = Text("")


def mine(found: Mine, titles: Mapping[str, str], links: Mapping[str, Links], *, now: datetime, command: str) -> Payload:
    """*found* in three lists. *titles* are by watch, *links* by trunk."""
    notes = [] if found.known else [_unknown(command)]
    if found.empty:
        text = mrkdwn("Nothing is waiting for you: you have no open alert, and no commit of yours is suspected.")
        if not found.known:
            text = mrkdwn("Nothing is waiting for you: you have no open alert.")
        return Payload(text=text, blocks=(section(text), *(context(note) for note in notes)))
    text = mrkdwn("{figures}.", figures=_figures(found))
    blocks: list[Block | Lines] = [section(mrkdwn("*{text}*", text=text))]
    have = [_have(alert, titles, now=now) for alert in found.have]
    suspected = [_suspected(one, titles, links) for one in found.suspected]
    handed = [_handed(alert, entry, titles) for alert, entry in found.handed]
    for shown, title in ((have, "Yours"), (suspected, "Your commits are suspected"), (handed, "You handed over")):
        if shown:
            blocks.append(lines(shown, title=mrkdwn("*{title}*", title=title)))
    blocks += [context(note) for note in notes]
    return Payload(text=mrkdwn("\n").joined([text, *have, *suspected, *handed]), blocks=tuple(blocks))


def _figures(found: Mine) -> str:
    parts = [
        f"You have {words.counted(len(found.have), 'open alert')}" if found.have else "",
        f"{words.counted(len(found.suspected), 'commit')} of yours suspected" if found.suspected else "",
        f"{words.counted(len(found.handed), 'alert')} handed over" if found.handed else "",
    ]
    said = ", ".join(part for part in parts if part)
    return said[0].upper() + said[1:]


def _unknown(command: str) -> Text:
    return mrkdwn(
        "I do not know which commits are yours: `people` in the configuration does not have you. "
        "Whoever runs this bot can add you; {help} finds any commit.",
        help=code(f"{command} commit SHA"),
    )


def _title(alert: Alert, titles: Mapping[str, str]) -> Text:
    shown = escape(Untrusted(titles.get(alert.watch, alert.watch)), limit=100)
    door = mrkdwn(" · {link}", link=link(alert.delivery.link, "thread")) if alert.delivery.link else NOTHING
    return mrkdwn("*{title}*{door}", title=shown, door=door)


def _have(alert: Alert, titles: Mapping[str, str], *, now: datetime) -> Text:
    asked = "" if alert.state is State.ACKNOWLEDGED else ", not acknowledged yet"
    return mrkdwn(
        "• {title} · {jobs} for {lasted}, since {when}{asked}",
        title=_title(alert, titles),
        jobs=words.extent(alert, "broken"),
        lasted=words.lasted(now - alert.began),
        when=date(alert.began),
        asked=asked,
    )


def _suspected(one: Suspected, titles: Mapping[str, str], links: Mapping[str, Links]) -> Text:
    if one.sure:
        how = mrkdwn("the culprit is")
    elif one.probability is None:
        how = mrkdwn("among the suspects")
    else:
        how = mrkdwn("{word}, {share}", word=words.likelihood(one.probability), share=f"{one.probability:.0%}")
    commit = words.commit(one.commit, links.get(one.alert.trunk, Links()))
    return mrkdwn("• {title} · {how}: {commit}", title=_title(one.alert, titles), how=how, commit=commit)


def _handed(alert: Alert, entry: Entry, titles: Mapping[str, str]) -> Text:
    now_has = mention_user(alert.owner) if alert.owner else mrkdwn("nobody")
    what = "given back" if entry.kind is Kind.UNACKNOWLEDGED else "handed over"
    return mrkdwn(
        "• {title} · {what} {when}, now {who} has it",
        title=_title(alert, titles),
        what=what,
        when=date(entry.at),
        who=now_has,
    )
