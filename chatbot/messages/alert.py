"""An alert's root message: what broke, since when, who has it; then jobs, suspects, thresholds, buttons.

Everything is read off the alert, so that any replica draws the same message at any time. The team is
pinged only where `fresh`: in a new message, never in an edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from chatbot.alert import Alert, AlertJob, State
from chatbot.config import WatchConfig
from chatbot.links import Links
from chatbot.messages import firings, inhibited, suspects, words
from chatbot.messages.blocks import (
    Block,
    Lines,
    Option,
    Payload,
    actions,
    button,
    context,
    lines,
    section,
    static_select,
    users_select,
)
from chatbot.messages.dates import date, utc
from chatbot.messages.escape import Text, Untrusted, code, escape, link, mention, mention_user, mrkdwn, plain

NOTHING = Text("")
COLOUR = {
    State.OPEN: ":red_circle:",
    State.ACKNOWLEDGED: ":large_yellow_circle:",
    State.RESOLVED: ":large_green_circle:",
}
_JOBS, _FAILURES, _LINE = 8, 3, 250

ACKNOWLEDGE, ASSIGN, MORE = "acknowledge", "assign", "more"
SNOOZE, END_SNOOZE, RERUN, REVERT, CULPRIT = "snooze", "end_snooze", "rerun", "revert", "culprit"
ASSIGN_TO_ME, ASSIGN_TO, RESOLVE = "assign_to_me", "assign_to", "resolve"
UNACKNOWLEDGE, EXPLAIN = "unacknowledge", "explain"


class About(Struct, frozen=True):
    """What an alert is about, from the configuration: its watch, its team, whom to ping, where to look.

    `people` leads from a login of the source to the Slack user. *writable*: jobs can be run again at its source.
    `command` is the slash command that the workspace has.
    """

    watch: WatchConfig
    links: Links = Links()
    ping: tuple[str, ...] = ()
    people: Mapping[str, str] = {}
    writable: bool = False
    command: str = "/trunk"


def root(alert: Alert, about: About, *, fresh: bool = False) -> Payload:
    """The root message of *alert* as it is now; *fresh* adds whom a new message pings."""
    more = mrkdwn("the rest is in `{command} {watch}`", command=about.command, watch=about.watch.id)
    if alert.of_infrastructure:
        more = mrkdwn("`{command} alerts` lists what else is open", command=about.command)
    blocks: list[Block | Lines] = [section(_headline(alert, about))]
    if fresh and alert.open and about.ping:
        blocks.append(section(mrkdwn(" ").joined(mention(one) for one in about.ping)))
    if alert.jobs:
        drawn = [words.streak(job) for job in alert.jobs[:_JOBS]]
        blocks.append(lines(drawn, more=more, hidden=max(0, len(alert.jobs) - _JOBS)))
    if alert.firings:
        blocks.append(firings.listed(alert.firings))
    if alert.open and not alert.of_infrastructure:  # nobody is to be suspected of what no commit did
        blocks += suspects.groups(alert.groups, about.links, culprits=alert.found)
    elif alert.found:
        blocks.append(lines([suspects.culprit(one, about.links) for one in alert.found]))
    blocks += failures(alert.broken or alert.jobs)
    blocks.append(context(*_small_print(alert, about)))
    if alert.open:
        blocks.append(buttons(alert, writable=about.writable))
    return Payload(text=summary(alert, about, fresh=fresh), blocks=tuple(blocks), more=more)


def summary(alert: Alert, about: About, *, fresh: bool = False) -> Text:
    """The whole sense in a sentence: for notifications, lists and screen readers."""
    ping = mrkdwn(" ").joined(mention(one) for one in about.ping) if fresh and alert.open else NOTHING
    said = mrkdwn(
        "{priority} {title}. {state}. {jobs}.",
        priority=about.watch.priority.value,
        title=escape(Untrusted(about.watch.title), limit=150),
        state=_state_in_words(alert),
        jobs=_which(alert),
    )
    return mrkdwn("{ping} {said}", ping=ping, said=said) if ping else said


def _headline(alert: Alert, about: About) -> Text:
    title = escape(Untrusted(about.watch.title), limit=150)
    return mrkdwn(
        "{colour} *{priority} · {title}*\n{state}",
        colour=Text(COLOUR[alert.state]),
        priority=about.watch.priority.value,
        title=title,
        state=_state(alert, about),
    )


def _state(alert: Alert, about: About) -> Text:
    """Since when, since which commit, and who has it."""
    if not alert.open:
        by = mrkdwn(" by {who}", who=mention_user(alert.resolved_by)) if alert.resolved_by else NOTHING
        lasted = (alert.resolved_at or alert.changed_at) - alert.began
        return mrkdwn(
            "Resolved{by} {when}, broken for {lasted}{again}",
            by=by,
            when=date(alert.resolved_at or alert.changed_at),
            lasted=words.lasted(lasted),
            again=again(alert),
        )
    first = alert.failing[0] if alert.failing else None
    since = mrkdwn("Broken since {commit}, ", commit=words.sha(first.sha, about.links)) if first else mrkdwn("Broken, ")
    return mrkdwn(
        "{since}{when}{again} · {owner}{quiet}",
        since=since,
        when=date(alert.began),
        again=again(alert),
        owner=owner(alert),
        quiet=quiet(alert, about),
    )


def quiet(alert: Alert, about: About) -> Text:
    """A line that says who snoozed it until when; nothing where nobody has."""
    if alert.snooze is None:
        return NOTHING
    by = escape(Untrusted(alert.snooze.name), limit=60) if alert.snooze.name else mention_user(alert.snooze.by)
    return mrkdwn("\n*Snoozed* by {by} {until}", by=by, until=words.until(alert.snooze, about.links))


def owner(alert: Alert) -> Text:
    """Who has it, and whether they said so."""
    return words.has(alert) if alert.owner else mrkdwn("*nobody has it yet*")


def again(alert: Alert) -> str:
    """How often it was opened again; nothing where never."""
    return f", reopened {words.counted(alert.reopened, 'time')}" if alert.reopened else ""


def _state_in_words(alert: Alert) -> str:
    if not alert.open:
        return f"Resolved {utc(alert.resolved_at or alert.changed_at)}"
    since = f" since {alert.failing[0].sha[:7]}" if alert.failing else ""
    return f"Broken{since}, {words.taken(alert)}{', snoozed' if alert.snooze else ''}"


def _which(alert: Alert) -> Text:
    """How many jobs, and the first by name."""
    jobs = alert.broken or alert.jobs
    if not jobs and alert.firings:
        return firings.figures(alert.firings)
    first = words.job(jobs[0].job) if jobs else NOTHING
    commits = words.counted(len(alert.failing), "commit")
    if len(jobs) == 1:
        return mrkdwn("{job} failed on {commits}", job=first, commits=commits)
    return mrkdwn(
        "{count} failed on {commits}, {job} among them",
        count=words.counted(len(jobs), "job"),
        commits=commits,
        job=first,
    )


def failures(jobs: Sequence[AlertJob]) -> list[Block | Lines]:
    """Why the jobs failed: a line for each kind of failure, three at most, with how many jobs fail like that."""
    kinds: dict[str, list[str]] = {}
    for job in jobs:
        if job.failure is not None and job.failure.line:
            kinds.setdefault(job.fingerprint or job.failure.line, []).append(job.failure.line)
    ordered = sorted(kinds.values(), key=len, reverse=True)
    shown = [_failure(alike, several=len(ordered) > 1) for alike in ordered[:_FAILURES]]
    rest = len(ordered) - len(shown)
    if rest > 0:
        shown.append(mrkdwn("+{others}", others=words.counted(rest, "other failure")))
    return [section(one) for one in shown]


def _failure(alike: Sequence[str], *, several: bool) -> Text:
    line = code(Untrusted(alike[0]), limit=_LINE)
    return mrkdwn("{jobs}: {line}", jobs=words.counted(len(alike), "job"), line=line) if several else line


def _small_print(alert: Alert, about: About) -> Sequence[Text]:
    """Thresholds, team and links: what the person who owns the rule asks for."""
    when = about.watch.when
    commits = when.consecutive_commits
    threshold = mrkdwn("{commits} in a row · ", commits=words.counted(commits, "commit")) if commits else NOTHING
    facts = mrkdwn(
        "{team}{threshold}Failure_Threshold={needed} · Number_of_Jobs_Failing={failing}",
        team=mrkdwn("team {team} · ", team=about.watch.team) if about.watch.team else NOTHING,
        threshold=threshold,
        needed=when.failing_jobs,
        failing=len(alert.broken),
    )
    doors = [
        (about.watch.runbook, "Runbook"),
        (about.watch.dashboard, "Dashboard"),
        (alert.previous, "The alert before"),
    ]
    linked = [link(url, label) for url, label in doors if url]
    quiet = [inhibited.by(alert.inhibited_by)] if alert.inhibited_by else []
    return [facts, *quiet, mrkdwn(" · ").joined(linked)] if linked else [facts, *quiet]


def buttons(alert: Alert, *, writable: bool = True) -> Block:
    """What can be done now. The row's id carries the alert and its turn, so that a late press is recognised.

    *writable*: something can be set off at its source.
    """
    row = []
    if alert.state is State.OPEN:
        row.append(button(plain("Acknowledge"), ACKNOWLEDGE, style="primary"))
    row += [users_select(ASSIGN, placeholder=plain("Assign…")), button(plain("Snooze"), SNOOZE)]
    options = [Option(plain("Assign to me"), ASSIGN_TO_ME), Option(plain("Assign to…"), ASSIGN_TO)]
    if alert.state is State.ACKNOWLEDGED:
        options.append(Option(plain("Un-acknowledge"), UNACKNOWLEDGE))
    if alert.snooze is not None:
        options.append(Option(plain("End snooze"), END_SNOOZE))
    options.append(Option(plain("Resolve"), RESOLVE))
    if alert.groups:
        options.append(Option(plain("Confirm culprit"), CULPRIT))
    if writable:
        options += [Option(plain("Re-run jobs"), RERUN), Option(plain("Open revert"), REVERT)]
    options.append(Option(plain("Why did this fire?"), EXPLAIN))
    row.append(static_select(MORE, options, placeholder=plain("More")))
    return actions(*row, block_id=carried(alert))


def carried(alert: Alert) -> str:
    """What a press brings back: the alert's id, its turn, and its version so that Slack redraws the row."""
    return f"{alert.id}|{alert.turn}|{alert.version}"
