"""The Home tab: what is open, sorted by how much it is the reader's, what is unwell, and their own settings.

Every alert stands there once, under the first heading that fits. The most urgent come first; the rest is on further
pages, so that a bad day makes more pages and not more than Slack's 100 blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from chatbot.alert import Alert, State
from chatbot.health import Row
from chatbot.messages import alert as drawn
from chatbot.messages import settings, words
from chatbot.messages.alert import About
from chatbot.messages.blocks import (
    Block,
    Element,
    Lines,
    Option,
    actions,
    button,
    context,
    divider,
    header,
    lines,
    overflow,
    section,
)
from chatbot.messages.dates import TIME, date
from chatbot.messages.escape import Plain, Text, Untrusted, code, escape, link, mention_user, mrkdwn, plain
from chatbot.messages.views import View, carrying
from chatbot.messages.views import home as home_view
from chatbot.preferences import Preferences

NOTHING = Text("")
PER_PAGE: Final = 10
"""Alerts on a page: with headings and buttons at most 40 blocks."""
PAGE: Final = "home_page"
"""The buttons that turn pages; their value is the page."""
REFRESH: Final = "home_refresh"
_SICK = 5  # lines about what is unwell; the rest is in /trunk health


class Part(StrEnum):
    """Whose an open alert is, seen by the reader, in the order of the Home; the value is the heading."""

    ASKED = "Waiting for you"
    HAVE = "You have"
    TEAM = "Your teams"
    OTHERS = "Everybody else"
    SNOOZED = "Snoozed"


class Reader(Struct, frozen=True):
    """Who looks: their id, the teams whose on-call or mention they are, what they asked for."""

    user: str
    teams: frozenset[str] = frozenset()
    preferences: Preferences = Preferences()


def part(alert: Alert, about: About, reader: Reader) -> Part:
    """Under which heading *alert* stands for *reader*."""
    if alert.snooze is not None:
        return Part.SNOOZED
    if reader.user in {alert.assignee, alert.acknowledged_by}:
        return Part.HAVE if alert.state is State.ACKNOWLEDGED else Part.ASKED
    return Part.TEAM if about.watch.team in reader.teams else Part.OTHERS


def pages(alerts: int) -> int:
    """How many pages that many alerts take; one where there are none."""
    return max(1, -(-alerts // PER_PAGE))


def home(
    alerts: Sequence[Alert],
    about: Mapping[str, About],
    reader: Reader,
    *,
    health: Sequence[Row],
    page: int,
    now: datetime,
    command: str,
) -> View:
    """The Home of *reader*. *about* is by alert id; a *page* that is no more is the last one."""
    parted = sorted(
        ((part(alert, about[alert.id], reader), alert) for alert in alerts),
        key=lambda one: (list(Part).index(one[0]), about[one[1].id].watch.priority.value, one[1].opened_at),
    )
    last = pages(len(parted))
    page = min(max(1, page), last)
    shown = parted[(page - 1) * PER_PAGE : page * PER_PAGE]
    counts = {name: sum(one is name for one, _ in parted) for name in Part}
    blocks: list[Block | Lines] = [header(_headline(counts)), *_health(health, command)]
    for name in Part:
        cards = [alert for one, alert in shown if one is name]
        if cards:
            heading = context(_heading(name, counts[name]), keep=True)
            blocks += [divider(), heading, *_cards(cards, about, reader, name, now=now)]
    if not parted:
        blocks.append(section(mrkdwn("Every watch is quiet. {command} shows them.", command=code(command))))
    blocks += [*_turning(page, last, len(parted)), divider(), settings.shown(reader.preferences), _foot(now)]
    more = mrkdwn("see {command}", command=code(f"{command} alerts"))
    return carrying(home_view(blocks, more=more), f'{{"alert":"","home":{page}}}')


def _headline(counts: Mapping[Part, int]) -> Plain:
    total, asked, have = sum(counts.values()), counts[Part.ASKED], counts[Part.HAVE]
    if not total:
        return Plain("Nothing is open")
    yours = [f"{asked} waiting for you" if asked else "", f"{have} in your hands" if have else ""]
    told = ", ".join(one for one in yours if one) or "none yours"
    return Plain(f"{words.counted(total, 'alert')} open, {told}")


def _heading(name: Part, count: int) -> Text:
    return mrkdwn("*{name}* · {count}", name=name.value, count=count)


def _health(rows: Sequence[Row], command: str) -> list[Block | Lines]:
    """What is unwell, before anything else: what stands below may be old then."""
    sick = [row for row in rows if not row.good]
    if not sick:
        return [context(mrkdwn("Sources, channels and the bot itself are well."))]
    shown = [
        mrkdwn("• *{name}*: {text}", name=row.name, text=escape(Untrusted(row.text), limit=300)) for row in sick[:_SICK]
    ]
    more = mrkdwn("see {command}", command=code(f"{command} health"))
    title = mrkdwn(":warning: *Not well*")
    return [lines(shown, title=title, more=more, hidden=max(0, len(sick) - _SICK))]


def _cards(
    alerts: Sequence[Alert], about: Mapping[str, About], reader: Reader, name: Part, *, now: datetime
) -> list[Block]:
    blocks: list[Block] = []
    for alert in alerts:
        mine = name in {Part.ASKED, Part.HAVE} or (name is Part.TEAM and alert.owner is None)
        said = _card(alert, about[alert.id], reader, now=now)
        if mine and not alert.of_source:
            blocks += [section(said), drawn.buttons(alert)]
        else:
            row = section(said, accessory=_menu(alert))
            blocks.append(Block({**row.body, "block_id": drawn.carried(alert)}))
    return blocks


def _card(alert: Alert, about: About, reader: Reader, *, now: datetime) -> Text:
    """What broke, for how long, who has it, where to read more."""
    quiet = mrkdwn("\nSnoozed {until}", until=words.until(alert.snooze, about.links)) if alert.snooze else NOTHING
    door = mrkdwn(" · {link}", link=link(alert.delivery.link, "thread")) if alert.delivery.link else NOTHING
    first = alert.failing[0].sha if alert.failing else None
    since = mrkdwn(", since {sha}", sha=words.sha(first, about.links)) if first else NOTHING
    return mrkdwn(
        "{icon} *{priority} · {title}*\n{jobs} for {lasted}{since} · {owner}{door}{quiet}",
        icon=Text(drawn.COLOUR[alert.state]),
        priority=about.watch.priority.value,
        title=escape(Untrusted(about.watch.title), limit=150),
        jobs=mrkdwn("{count} broken", count=words.counted(len(alert.broken), "job"))
        if alert.jobs
        else mrkdwn("Firing in Grafana" if alert.firings else "Broken"),
        lasted=words.lasted(now - alert.began),
        since=since,
        owner=_owner(alert, reader.user),
        door=door,
        quiet=quiet,
    )


def _owner(alert: Alert, user: str) -> Text:
    if alert.owner is None:
        return mrkdwn("nobody has it")
    who = mrkdwn("you") if alert.owner == user else mention_user(alert.owner)
    asked = alert.state is State.OPEN
    if alert.owner == user:
        return mrkdwn("you are asked to take it") if asked else mrkdwn("you have it")
    return mrkdwn("{who} is asked", who=who) if asked else mrkdwn("{who} has it", who=who)


def _menu(alert: Alert) -> Element:
    """The same as the buttons of an alert, folded: what is somebody else's should not shout."""
    options = [Option(plain("Acknowledge"), drawn.ACKNOWLEDGE)] if alert.state is State.OPEN else []
    options.append(Option(plain("Assign to me"), drawn.ASSIGN_TO_ME))
    if alert.snooze is not None:
        options.append(Option(plain("End snooze"), drawn.END_SNOOZE))
    if not alert.of_source:
        options.append(Option(plain("Why did this fire?"), drawn.EXPLAIN))
    return overflow(drawn.MORE, options)


def _turning(page: int, last: int, count: int) -> list[Block]:
    """Buttons to the pages before and after; none where one page holds everything."""
    if last == 1:
        return []
    first, end = (page - 1) * PER_PAGE + 1, min(count, page * PER_PAGE)
    row = [button(plain("Previous"), PAGE, value=str(page - 1))] if page > 1 else []
    if page < last:
        row.append(button(plain("Next"), PAGE, value=str(page + 1)))
    told = context(mrkdwn("{first} to {end} of {count}", first=first, end=end, count=count), keep=True)
    return [told, actions(*row, block_id="|pages")]


def _foot(now: datetime) -> Block:
    row = section(mrkdwn("As of {when}", when=date(now, TIME)), accessory=button(plain("Refresh"), REFRESH))
    return Block({**row.body, "block_id": "|refresh"})
