"""Why a watch fired, or why it has not: its condition, and each job's streak against it."""

from __future__ import annotations

from datetime import datetime

from chatbot import conditions
from chatbot.alert import Alert, AlertJob
from chatbot.config import WatchConfig, When
from chatbot.links import Links
from chatbot.messages import inhibited, suspects, words
from chatbot.messages.blocks import Block, Lines, Payload, context, lines, section
from chatbot.messages.dates import ago
from chatbot.messages.escape import Text, mrkdwn
from chatbot.summary import WatchSummary

_JOBS = 15
NO_LINKS = Links()


def explain(
    config: WatchConfig,
    summary: WatchSummary | None,
    alert: Alert | None,
    links: Links = NO_LINKS,
    *,
    now: datetime,
) -> Payload:
    """The streak job by job against the threshold, and who is suspected."""
    if summary is None:
        text = mrkdwn("{id} has not been evaluated yet: the first poll is still under way.", id=config.id)
        return Payload(text=text, blocks=(section(text),))
    text = mrkdwn("{verdict}", verdict=_verdict(config, summary, alert))
    rule = mrkdwn("*The rule*: {rule}", rule=condition(config.when))
    blocks: list[Block | Lines] = [section(mrkdwn("*{id}*: {text}\n{rule}", id=config.id, text=text, rule=rule))]
    if summary.red:
        shown = [_job(job, config.when) for job in summary.red[:_JOBS]]
        blocks.append(lines(shown, title=mrkdwn("*Jobs that are red now*"), hidden=summary.failing - len(shown)))
    if alert is not None:
        blocks += suspects.groups(alert.groups, links, culprits=alert.found)
    blocks.append(context(_matched(config, summary, now=now)))
    return Payload(text=text, blocks=tuple(blocks))


def _verdict(config: WatchConfig, summary: WatchSummary, alert: Alert | None) -> str:
    needed = config.when.failing_jobs
    met = f"{words.counted(summary.broken, 'job')} of {summary.jobs} meet the rule, {needed} needed"
    if summary.breached and summary.inhibited_by:
        return f"it would fire, but it is {inhibited.by(summary.inhibited_by)}: {met}."
    if summary.breached:
        return f"it fires: {met}."
    if alert is not None:
        green = words.counted(config.resolve_after, "green commit")
        return f"it fired and is not resolved yet: {met} to fire, {green} to resolve each job."
    if not summary.jobs:
        return "it cannot fire: no job matches. Look at `match` in the configuration."
    return f"it does not fire: {met}."


def infrastructure(alert: Alert) -> Payload:
    """Why the alert about the infrastructure is there: its jobs, and what their logs say."""
    text = mrkdwn(
        "{jobs} began to fail within a few commits, and their logs blame the runners, the network or the disks.",
        jobs=words.counted(len(alert.jobs), "job"),
    )
    shown = [words.streak(job) for job in alert.jobs[:_JOBS]]
    rest = len(alert.jobs) - len(shown)
    return Payload(text=text, blocks=(section(text), lines(shown, title=mrkdwn("*Its jobs*"), hidden=rest)))


def condition(when: When) -> str:
    """The watch's condition in words."""
    return f"{words.counted(when.failing_jobs, 'job')} {conditions.rule(when)}"


def _job(job: AlertJob, when: When) -> Text:
    of = f" ({job.streak} of {when.consecutive_commits})" if when.consecutive_commits else ""
    return mrkdwn(
        "{line}{of}, failed {failed} of the last {ran} commits",
        line=words.streak(job),
        of=of,
        failed=job.failed,
        ran=job.ran,
    )


def _matched(config: WatchConfig, summary: WatchSummary, *, now: datetime) -> Text:
    match = config.match
    parts = [f"workflows {', '.join(match.workflows)}", f"jobs {', '.join(match.jobs)}"]
    if match.exclude:
        parts.append(f"without {', '.join(match.exclude)}")
    return mrkdwn(
        "{jobs} matched by {match} · data from {when}",
        jobs=words.counted(summary.jobs, "job"),
        match="; ".join(parts),
        when=ago(summary.at, now=now),
    )
