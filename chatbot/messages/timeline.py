"""An alert's whole life, line by line: as Markdown for people, as JSON for programs, as a message where no file goes.

The words are those of its thread. What came from outside stands in the Markdown as it was, and formats nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from chatbot.additions import MOST
from chatbot.alert import Alert, Entry
from chatbot.messages import source as of_source
from chatbot.messages import thread
from chatbot.messages.alert import About
from chatbot.messages.blocks import Payload, lines, section
from chatbot.messages.dates import date, span, utc
from chatbot.messages.escape import Text, Untrusted, cleaned, code, escape, link, mrkdwn, plain
from chatbot.timeline import Noted

_LONGEST: Final = 1_500  # characters of a line
_LINES: Final = 2_000  # more than any alert that people could still follow
_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|[^<>]*)?>")
_BOLD = re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)")
_LABELLED = re.compile(r"<(https?://[^<>|]+)\|([^<>]+)>")
_FORMATTING = re.compile(r"([\\`*_\[\]<>#|~])")
_BEGINS = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)")


class Line(Struct, frozen=True, omit_defaults=True):
    """Something that happened. `source` is `alert` (what the thread tells), `audit` (a note) or `thread` (a person)."""

    at: datetime
    kind: str
    text: str
    source: str
    by: str | None = None
    name: str | None = None


class Timeline(Struct, frozen=True):
    """An alert with everything that happened to it, oldest first; times in UTC."""

    alert: str
    watch: str
    title: str
    trunk: str
    priority: str
    team: str
    state: str
    opened_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    reopened: int
    owner: str | None
    thread: str | None
    jobs: tuple[str, ...]
    culprits: tuple[str, ...]
    timeline: tuple[Line, ...]


def timeline(alert: Alert, notes: Sequence[Noted], about: About, names: Mapping[str, str]) -> Timeline:
    """The life of *alert*; *names* are those of the users in it, by id."""
    first = _acknowledged(alert)
    return Timeline(
        alert=alert.id,
        watch=alert.watch,
        title=about.watch.title,
        trunk=alert.trunk,
        priority=about.watch.priority.value,
        team=about.watch.team,
        state=alert.state.value,
        opened_at=alert.opened_at,
        acknowledged_at=first,
        resolved_at=alert.resolved_at,
        reopened=alert.reopened,
        owner=names.get(alert.owner, alert.owner) if alert.owner else None,
        thread=alert.delivery.link,
        jobs=tuple(str(one.job) for one in alert.jobs),
        culprits=tuple(one.commit.sha for one in alert.culprits),
        timeline=tuple(_life(alert, notes, about, names))[-_LINES:],
    )


def people_in(alert: Alert) -> tuple[str, ...]:
    """The ids of everybody whom its timeline names, each once."""
    ids = [one for entry in alert.entries for one in (entry.by, entry.to) if one]
    ids += [one for one in (alert.owner, alert.resolved_by) if one]
    return tuple(dict.fromkeys(one for one in ids if one[0] in "UW"))


def _acknowledged(alert: Alert) -> datetime | None:
    told = (entry.at for entry in alert.entries if entry.kind.value in {"acknowledged", "assigned"} and entry.by)
    return min(told, default=alert.acknowledged_at)


def _life(alert: Alert, notes: Sequence[Noted], about: About, names: Mapping[str, str]) -> list[Line]:
    shas = f" on {alert.opened_on[:7]}" if alert.opened_on else ""
    begun = next((text for one in notes for text in one.untold if text.startswith("opened")), "opened")
    found = [Line(alert.opened_at, "opened", f"{begun[0].upper()}{begun[1:]}{shas}.", "alert")]
    found += [_told(entry, alert, about, names) for entry in alert.entries]
    for one in notes:
        who = names.get(one.by, one.by) if one.by else None
        found += [
            Line(one.at, "note", f"{text[0].upper()}{text[1:]}.", "audit", one.by, who)
            for text in one.untold
            if not text.startswith("opened")
        ]
    found += [Line(one.at, "added", one.text, "thread", name=one.author) for one in alert.added]
    return sorted(found, key=lambda line: line.at)


def _told(entry: Entry, alert: Alert, about: About, names: Mapping[str, str]) -> Line:
    """What the thread says of it, without Slack's formatting."""
    reply = of_source.reply if alert.of_source else thread.reply
    said = reply(entry, alert, about).text
    said = Text(_USER.sub(lambda match: f"@{escape(Untrusted(names.get(match[1], match[1])))}", said))
    said = Text(_GROUP.sub(r"@\1", _BOLD.sub(r"\1", said)))
    return Line(
        entry.at, entry.kind.value, str(plain(said, limit=_LONGEST)) or entry.kind.value, "alert", entry.by, entry.name
    )


# ---- as a file


def as_json(life: Timeline) -> bytes:
    """The same as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(life), indent=2)


def as_markdown(life: Timeline) -> bytes:
    """The same as Markdown: the figures first, then a line for each thing that happened."""
    facts = [
        f"- Alert: `{life.alert}`, {life.priority}, team {_bare(life.team or 'none')}, trunk {_bare(life.trunk)}",
        f"- Opened: {utc(life.opened_at)}",
        f"- Acknowledged: {_after(life.acknowledged_at, life)}",
        f"- Resolved: {_after(life.resolved_at, life)}",
        *([f"- Reopened: {life.reopened} times"] if life.reopened else []),
        *([f"- Owner: {_bare(life.owner)}"] if life.owner else []),
        *([f"- Thread: <{life.thread}>"] if life.thread else []),
        *([f"- Culprits: {', '.join(f'`{sha}`' for sha in life.culprits)}"] if life.culprits else []),
    ]
    jobs = [f"- {_bare(job)}" for job in life.jobs]
    told = [f"- {utc(line.at)}: {_said(line)}" for line in life.timeline]
    parts = [f"# {_bare(life.title)}", "\n".join(facts), "## Jobs", "\n".join(jobs) or "None.", "## Timeline"]
    return ("\n\n".join([*parts, "\n".join(told)]) + "\n").encode(errors="replace")


def _after(moment: datetime | None, life: Timeline) -> str:
    return f"{utc(moment)}, after {span(moment - life.opened_at)}" if moment else "not yet"


def _said(line: Line) -> str:
    return (
        f"{_bare(line.name or 'somebody')} wrote: {_bare(line.text)}" if line.source == "thread" else _bare(line.text)
    )


def _bare(text: str) -> str:
    """*text* on one line, with nothing in it that Markdown would take for formatting."""
    shown = cleaned(text, limit=_LONGEST).replace("&", "&amp;")
    return _BEGINS.sub(r"\1\\\2", _FORMATTING.sub(r"\\\1", shown))


def filename(alert: Alert, kind: str) -> str:
    """`timeline-inductor-20260105T090000-1a2b3c4.md`."""
    return f"timeline-{re.sub(r'[^A-Za-z0-9._-]+', '-', alert.id)[:120]}.{kind}"


# ---- as messages


def shown(life: Timeline, *, why: str = "") -> Payload:
    """The newest lines as a message, where no file can be had; *why* says so."""
    told = [
        mrkdwn("{when} {text}", when=date(line.at), text=escape(Untrusted(line.text), limit=300))
        for line in life.timeline
    ]
    title = mrkdwn("*{title}*", title=escape(Untrusted(life.title), limit=150))
    text = mrkdwn("The timeline of {title}: {count} lines. {why}", title=life.title, count=len(told), why=why)
    blocks = [section(escape(Untrusted(why), limit=500))] if why else []
    return Payload(text=text, blocks=(*blocks, lines(told[::-1], title=title, more=mrkdwn("older"))))


def uploaded(alert: Alert, name: str) -> Payload:
    """Where the file is."""
    door = link(alert.delivery.link, "in its thread") if alert.delivery.link else mrkdwn("in its thread")
    said = mrkdwn("The timeline of {alert} is {door}: {name}", alert=code(alert.id), door=door, name=code(name))
    return Payload(text=said, blocks=(section(said),))


def written(text: str) -> str:
    """What a person wrote, as Slack keeps it, in plain words; an address behind a label is not lost."""
    return str(plain(Text(_LABELLED.sub(r"\2 (\1)", text)))) or "(no text)"


def put(command: str, alert: Alert) -> Text:
    """It is on the timeline now."""
    return mrkdwn("On the timeline. {typed} shows it.", typed=code(f"{command} timeline {alert.watch}"))


def taken() -> Text:
    """It is not any more."""
    return mrkdwn("Off the timeline again.")


def already() -> Text:
    """It was there before."""
    return mrkdwn("It is on the timeline already. A :pushpin: that is taken back takes it off.")


def ours() -> Text:
    """The bot's own messages need nobody to put them there."""
    return mrkdwn("What I say in the thread is on the timeline by itself.")


def full() -> Text:
    """No room."""
    return mrkdwn("The timeline holds {most} messages and is full. Take one off first.", most=MOST)


def nowhere() -> Text:
    """Not a message of an alert's thread."""
    return mrkdwn("Only messages in the thread of an alert can be put on a timeline, and this is none.")
