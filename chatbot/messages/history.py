"""A watch's last alerts, beside a picture of its trunk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from chatbot.alert import Alert, State
from chatbot.config import WatchConfig
from chatbot.links import Links
from chatbot.messages import words
from chatbot.messages.blocks import Block, Lines, Payload, context, lines, section
from chatbot.messages.dates import date
from chatbot.messages.escape import Text, Untrusted, escape, link, mention_user, mrkdwn
from chatbot.spells import red, spells

NOTHING = Text("")
SHOWN = 10
"""Alerts listed."""
_SINCE = timedelta(days=90)  # how long a resolved alert is kept


def history(
    config: WatchConfig,
    alerts: Sequence[Alert],
    links: Links,
    *,
    now: datetime,
    picture: Block | None = None,
    alt: str = "",
) -> Payload:
    """The last of *alerts* (newest first). *alt* is what the picture shows: it is said where there is none."""
    title = escape(Untrusted(config.title), limit=150)
    text = mrkdwn("{title}: {figures}", title=title, figures=_figures(alerts, now=now))
    said = mrkdwn("*{id}* · {text}", id=config.id, text=text)
    blocks: list[Block | Lines] = [section(said)]
    if alerts:
        shown = [_alert(alert, links, now=now) for alert in alerts[:SHOWN]]
        hidden = max(0, len(alerts) - SHOWN)
        blocks.append(lines(shown, title=mrkdwn("*Last alerts*"), hidden=hidden))
    if picture is not None:
        blocks.append(picture)
    elif alt:
        blocks.append(context(escape(Untrusted(alt), limit=1900)))
    return Payload(
        text=mrkdwn("{text}\n{alt}", text=text, alt=escape(Untrusted(alt), limit=1500)), blocks=tuple(blocks)
    )


def _figures(alerts: Sequence[Alert], *, now: datetime) -> str:
    if not alerts:
        return "no alert so far. Here is how its jobs are."
    lasted = red((spell for alert in alerts for spell in spells(alert)), begin=now - _SINCE, end=now)
    many = "at least " if len(alerts) > SHOWN else ""
    count = words.counted(min(len(alerts), SHOWN) if many else len(alerts), "alert")
    return f"{many}{count} in 90 days, red for {words.lasted(lasted)}."


def _alert(alert: Alert, links: Links, *, now: datetime) -> Text:
    stretches = spells(alert)
    lasted = red(stretches, begin=stretches[0].begin, end=now)
    again = f" in {len(stretches)} spells" if len(stretches) > 1 else ""
    return mrkdwn(
        "• {when}, {state} {lasted}{again} · {owner}{door}{culprit}",
        when=date(alert.opened_at),
        state="red for" if alert.open else "was red for",
        lasted=words.lasted(lasted),
        again=again,
        owner=_owner(alert),
        door=mrkdwn(" · {link}", link=link(alert.delivery.link, "thread")) if alert.delivery.link else NOTHING,
        culprit=_culprit(alert, links),
    )


def _owner(alert: Alert) -> Text:
    """Who had it: by name where it is known, because a shared answer must not ping them."""
    if alert.owner is None:
        return mrkdwn("nobody has it") if alert.open else mrkdwn("nobody had it")
    verb = "had it" if not alert.open else "has it" if alert.state is State.ACKNOWLEDGED else "is asked"
    name = next((entry.name for entry in reversed(alert.entries) if entry.by == alert.owner and entry.name), None)
    return mrkdwn(
        "{who} {verb}", who=escape(Untrusted(name), limit=60) if name else mention_user(alert.owner), verb=verb
    )


def _culprit(alert: Alert, links: Links) -> Text:
    """Who broke it, where that is known; else whoever stands out."""
    if alert.culprits:
        return mrkdwn("\n      broken by {commit}", commit=words.commit(alert.culprits[-1].commit, links, title=60))
    named = next((group.suspects[0] for group in alert.groups if group.named and group.suspects), None)
    if named is None or named.probability is None:
        return NOTHING
    return mrkdwn(
        "\n      {word} {commit}",
        word=words.likelihood(named.probability),
        commit=words.commit(named.commit, links, title=60),
    )
