"""Answers about trunk: all watches at a glance, one watch in detail, open alerts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from chatbot.alert import Alert, State
from chatbot.ci import Job
from chatbot.config import WatchConfig
from chatbot.links import Links
from chatbot.messages import inhibited, suspects, words
from chatbot.messages.blocks import Block, Lines, Payload, context, lines, section
from chatbot.messages.dates import ago, date
from chatbot.messages.escape import Text, Untrusted, escape, link, mrkdwn
from chatbot.summary import FailingCommit, WatchSummary

NOTHING = Text("")
_RED_NOW = 12  # jobs shown of a watch that fail now
_GREEN, _YELLOW, _RED, _GREY = (
    Text(f":{c}:") for c in ("large_green_circle", "large_yellow_circle", "red_circle", "white_circle")
)


def overview(
    watches: Sequence[WatchConfig],
    summaries: Mapping[str, WatchSummary],
    alerts: Mapping[str, Alert],
    *,
    now: datetime,
    command: str,
) -> Payload:
    """All watches, the broken ones first, a line each."""
    order = sorted(watches, key=lambda w: (_rank(summaries.get(w.id), alerts.get(w.id)), w.priority, w.id))
    text = _text(watches, summaries, alerts)
    shown = [_line(w, summaries.get(w.id), alerts.get(w.id), now=now) for w in order]
    more = mrkdwn("`{command} WATCH` shows one", command=command)
    return Payload(
        text=text,
        blocks=(
            lines(shown, title=mrkdwn("*{text}*", text=text), more=more),
            context(_freshness(summaries.values(), now)),
        ),
        more=more,
    )


def _text(watches: Sequence[WatchConfig], summaries: Mapping[str, WatchSummary], alerts: Mapping[str, Alert]) -> Text:
    """How many are broken; what another alert keeps quiet is broken as well, and what is not known is not well."""
    count = words.counted(len(watches), "watch", "watches")
    quiet = {name for name, one in summaries.items() if one.breached and one.inhibited_by}
    broken = sum(1 for watch in watches if watch.id in alerts or watch.id in quiet)
    if broken:
        return mrkdwn("{broken} of {count} broken.", broken=broken, count=count)
    if watches and not summaries:
        return mrkdwn("Nothing is known yet: {count}.", count=count)
    return mrkdwn("Nothing is broken: {count}.", count=count)


def _rank(summary: WatchSummary | None, alert: Alert | None) -> int:
    if alert is not None:
        return 0 if alert.state is State.OPEN else 1
    return 2 if summary is not None and summary.failing else 3


def _line(watch: WatchConfig, summary: WatchSummary | None, alert: Alert | None, *, now: datetime) -> Text:
    name = mrkdwn("*{id}*", id=watch.id)
    if alert is not None:
        said = mrkdwn(
            "{jobs} for {lasted}, {owner}{door}",
            jobs=words.extent(alert, "broken"),
            lasted=words.lasted(now - alert.began),
            owner=words.has(alert),
            door=mrkdwn(" · {link}", link=link(alert.delivery.link, "thread")) if alert.delivery.link else NOTHING,
        )
        return mrkdwn(
            "{colour} {name} {priority} · {said}",
            colour=_YELLOW if alert.state is State.ACKNOWLEDGED else _RED,
            name=name,
            priority=watch.priority.value,
            said=said,
        )
    if summary is None:
        return mrkdwn("{colour} {name} · not evaluated yet", colour=_GREY, name=name)
    if not summary.jobs:
        return mrkdwn("{colour} {name} · no job matches: check `match` in the configuration", colour=_GREY, name=name)
    if summary.breached and summary.inhibited_by:
        jobs, why = words.counted(summary.broken, "job"), inhibited.by(summary.inhibited_by)
        return mrkdwn("{colour} {name} · {jobs} broken, {why}", colour=_YELLOW, name=name, jobs=jobs, why=why)
    if summary.failing:
        return mrkdwn(
            "{colour} {name} · {jobs} red, below the threshold",
            colour=_GREEN,
            name=name,
            jobs=words.counted(summary.failing, "job"),
        )
    return mrkdwn("{colour} {name} · {jobs} green", colour=_GREEN, name=name, jobs=words.counted(summary.jobs, "job"))


def _freshness(summaries: Iterable[WatchSummary], now: datetime) -> Text:
    seen = [s.at for s in summaries]
    return mrkdwn("Data from {when}", when=ago(min(seen), now=now)) if seen else mrkdwn("No data yet")


def watch(
    config: WatchConfig, summary: WatchSummary | None, alert: Alert | None, links: Links, *, now: datetime
) -> Payload:
    """One watch: its state, what is red, recent failures, suspect commits."""
    if summary is None:
        text = mrkdwn("{id} has not been evaluated yet: the first poll is still under way.", id=config.id)
        return Payload(text=text, blocks=(section(text),))
    text = mrkdwn(
        "{title}: {state}", title=escape(Untrusted(config.title), limit=150), state=_state(summary, alert, now=now)
    )
    blocks: list[Block | Lines] = [
        section(mrkdwn("{colour} *{id}* · {text}", colour=_colour(summary, alert), id=config.id, text=text))
    ]
    if summary.red:
        shown = summary.red[:_RED_NOW]
        hidden = max(0, summary.failing - len(shown))
        blocks.append(lines([words.streak(job) for job in shown], title=mrkdwn("*Red now*"), hidden=hidden))
    if summary.red:
        blocks += suspects.groups(summary.groups[:3], links, culprits=alert.found if alert else (), at_most=5)
    if summary.recent:
        known = {one.job for one in summary.red[:_RED_NOW]}
        recent = [_recent(one, links, known=known) for one in summary.recent[:6]]
        blocks.append(lines(recent, title=mrkdwn("*Recent failures*")))
    blocks.append(context(*_figures(config, summary, alert, now=now)))
    return Payload(text=text, blocks=tuple(blocks))


def _colour(summary: WatchSummary, alert: Alert | None) -> Text:
    if alert is not None:
        return _YELLOW if alert.state is State.ACKNOWLEDGED else _RED
    return _GREEN if summary.jobs else _GREY


def _state(summary: WatchSummary, alert: Alert | None, *, now: datetime) -> Text:
    if alert is not None:
        return mrkdwn(
            "{jobs} for {lasted}, {owner}{quiet}",
            jobs=words.extent(alert, "broken"),
            lasted=words.lasted(now - alert.began),
            owner=words.has(alert),
            quiet=mrkdwn(", {why}", why=inhibited.by(alert.inhibited_by)) if alert.inhibited_by else NOTHING,
        )
    if not summary.jobs:
        return mrkdwn("no job matches it")
    if summary.breached and summary.inhibited_by:
        jobs, why = words.counted(summary.broken, "job"), inhibited.by(summary.inhibited_by)
        return mrkdwn("{jobs} broken, {why}", jobs=jobs, why=why)
    if summary.failing:
        return mrkdwn(
            "{failing} of {jobs} red, below the threshold",
            failing=summary.failing,
            jobs=words.counted(summary.jobs, "job"),
        )
    return mrkdwn("all {jobs} green", jobs=words.counted(summary.jobs, "job"))


def _recent(one: FailingCommit, links: Links, *, known: Collection[Job]) -> Text:
    """A commit and what failed on it; of jobs that are *known* from above only how many."""
    commit = words.commit(one.commit, links, title=60)
    strange = [job for job in one.jobs if job not in known]
    if not strange:
        return mrkdwn("• {commit}: {jobs} red", commit=commit, jobs=words.counted(one.failed, "job"))
    rest = mrkdwn(" and {rest} more", rest=one.failed - 1) if one.failed > 1 else NOTHING
    return mrkdwn("• {commit}\n      {job}{rest}", commit=commit, job=words.job(strange[0]), rest=rest)


def _figures(config: WatchConfig, summary: WatchSummary, alert: Alert | None, *, now: datetime) -> list[Text]:
    facts = mrkdwn(
        "{priority} · team {team} · {jobs} on the last {commits} · data from {when}",
        priority=config.priority.value,
        team=config.team,
        jobs=words.counted(summary.jobs, "job"),
        commits=words.counted(summary.commits, "commit"),
        when=ago(summary.at, now=now),
    )
    doors = [
        (alert.delivery.link if alert else None, "Thread"),
        (config.runbook, "Runbook"),
        (config.dashboard, "Dashboard"),
    ]
    linked = [link(url, label) for url, label in doors if url]
    return [facts, mrkdwn(" · ").joined(linked)] if linked else [facts]


def alerts(some: Sequence[Alert], titles: Mapping[str, str], *, now: datetime) -> Payload:
    """Open alerts, oldest first, a line each."""
    if not some:
        text = mrkdwn("No alert is open.")
        return Payload(text=text, blocks=(section(text),))
    text = mrkdwn("{count} open.", count=words.counted(len(some), "alert is", "alerts are"))
    return Payload(
        text=text, blocks=(lines([_alert(one, titles, now=now) for one in some], title=mrkdwn("*{text}*", text=text)),)
    )


def _alert(alert: Alert, titles: Mapping[str, str], *, now: datetime) -> Text:
    return mrkdwn(
        "{colour} *{title}*, {lasted}, since {when} · {jobs} · {owner}{door}",
        colour=_YELLOW if alert.state is State.ACKNOWLEDGED else _RED,
        title=escape(Untrusted(titles.get(alert.watch, alert.watch)), limit=100),
        lasted=words.lasted(now - alert.began),
        when=date(alert.began),
        jobs=words.extent(alert),
        owner=words.has(alert),
        door=mrkdwn(" · {link}", link=link(alert.delivery.link, "thread")) if alert.delivery.link else NOTHING,
    )
