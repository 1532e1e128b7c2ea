"""What an alert's thread says: a line for each failing commit, each job that joins, each change of state.

Whoever did something is named, not pinged; only the person asked to act is mentioned: the assignee on
assignment, the team when it is broken again.
"""

from __future__ import annotations

from collections.abc import Callable

from chatbot.alert import Alert, Entry, Kind
from chatbot.messages import firings, rerun, revert, snooze, telling, words
from chatbot.messages.alert import About
from chatbot.messages.blocks import Payload, section
from chatbot.messages.escape import Text, Untrusted, escape, link, mention, mention_user, mrkdwn

NOTHING = Text("")


def reply(entry: Entry, alert: Alert, about: About) -> Payload:
    """The thread reply for *entry*; its text is the same line without blocks."""
    of_grafana = firings.SAID.get(entry.kind)
    said = of_grafana(entry) if of_grafana else _SAID[entry.kind](entry, alert, about)
    return Payload(text=said, blocks=(section(said),))


def _failing_commit(entry: Entry, _alert: Alert, about: About) -> Text:
    commit = words.commit(entry.commit, about.links) if entry.commit else NOTHING
    return mrkdwn("Failing on another commit: {commit}\n{jobs}", commit=commit, jobs=words.some_jobs(entry.jobs))


def _failing_jobs(entry: Entry, _alert: Alert, about: About) -> Text:
    jobs = words.counted(len(entry.jobs), "more job")
    return mrkdwn(
        "{count} broken{since}: {jobs}", count=jobs, since=_since(entry, about), jobs=words.some_jobs(entry.jobs)
    )


def _other_range(entry: Entry, _alert: Alert, about: About) -> Text:
    return mrkdwn(
        "Another break{since}, probably with a cause of its own: {jobs}",
        since=_since(entry, about),
        jobs=words.some_jobs(entry.jobs),
    )


def _favourite(entry: Entry, _alert: Alert, about: About) -> Text:
    if entry.suspect is None:
        return mrkdwn("No commit stands out any more.")
    return mrkdwn("The likeliest suspect is now\n{suspect}", suspect=words.suspect(entry.suspect, about.links))


def _culprit(entry: Entry, alert: Alert, about: About) -> Text:
    """Who broke it. The author is pinged, where we know them and have not told them before."""
    commit, revert = entry.commit, entry.revert
    author = about.people.get((commit.login or "").lower()) if commit else None
    if any(other.kind is Kind.AUTHOR and other.to == author for other in alert.entries):
        author = None
    proof = mrkdwn(", reverted by {sha}", sha=words.sha(revert.sha, about.links)) if revert else NOTHING
    said = mrkdwn(
        "Culprit{by}: {commit}{proof}\n{jobs}",
        by=mrkdwn(", says {who}", who=words.who(entry)) if entry.by else NOTHING,
        commit=words.commit(commit, about.links) if commit else NOTHING,
        proof=proof,
        jobs=words.some_jobs(entry.jobs),
    )
    return mrkdwn("{author} {said}", author=mention_user(author), said=said) if author else said


def _no_culprit(entry: Entry, _alert: Alert, _about: About) -> Text:
    return mrkdwn("No commit did it, says {who}: a flake, or the runners.", who=words.who(entry))


def _acknowledged(entry: Entry, _alert: Alert, _about: About) -> Text:
    return mrkdwn("Acknowledged by {who}.", who=words.who(entry))


def _unacknowledged(entry: Entry, _alert: Alert, _about: About) -> Text:
    return mrkdwn("{who} gave it back: nobody has it.", who=words.who(entry))


def _assigned(entry: Entry, _alert: Alert, _about: About) -> Text:
    if entry.to == entry.by:
        return mrkdwn("{who} took it.", who=words.who(entry))
    return mrkdwn("{to}, {who} assigned this to you.", to=mention_user(entry.to or ""), who=words.who(entry))


def _told_directly(entry: Entry, alert: Alert, about: About) -> Text:
    """The assignee, in a direct message."""
    door = mrkdwn("\n{link}", link=link(alert.delivery.link, "Thread")) if alert.delivery.link else NOTHING
    title = escape(Untrusted(about.watch.title), limit=150)
    priority = about.watch.priority.value
    return mrkdwn(
        "{who} assigned this to you: *{priority} · {title}*{door}",
        who=words.who(entry), priority=priority, title=title, door=door,
    )  # fmt: skip


def _resolved(entry: Entry, alert: Alert, _about: About) -> Text:
    note = mrkdwn(": {note}", note=escape(Untrusted(entry.note), limit=500)) if entry.note else NOTHING
    if entry.by is None and not alert.jobs and alert.firings:
        return mrkdwn("Resolved: it is over, says Grafana.")
    if entry.by is None:
        jobs = words.counted(len(alert.jobs), "job is", "jobs are")
        return mrkdwn("Resolved: {jobs} green again.", jobs=jobs)
    return mrkdwn("Resolved by {who}{note}", who=words.who(entry), note=note)


def _reopened(entry: Entry, _alert: Alert, about: About) -> Text:
    ping = mrkdwn(" ").joined(mention(one) for one in about.ping)
    said = mrkdwn("Broken again: {jobs}", jobs=words.some_jobs(entry.jobs))
    if not entry.jobs and entry.note:
        said = mrkdwn("Firing again, says Grafana: {note}", note=escape(Untrusted(entry.note), limit=500))
    return mrkdwn("{ping} {said}", ping=ping, said=said) if ping else said


def _moved(entry: Entry, _alert: Alert, _about: About) -> Text:
    return mrkdwn("{note}", note=escape(Untrusted(entry.note or ""), limit=500))


def _since(entry: Entry, about: About) -> Text:
    return mrkdwn(" since {commit}", commit=words.commit(entry.commit, about.links)) if entry.commit else NOTHING


_SAID: dict[Kind, Callable[[Entry, Alert, About], Text]] = {
    Kind.FAILING_COMMIT: _failing_commit,
    Kind.FAILING_JOBS: _failing_jobs,
    Kind.OTHER_RANGE: _other_range,
    Kind.FAVOURITE: _favourite,
    Kind.CULPRIT: _culprit,
    Kind.NO_CULPRIT: _no_culprit,
    Kind.ACKNOWLEDGED: _acknowledged,
    Kind.UNACKNOWLEDGED: _unacknowledged,
    Kind.ASSIGNED: _assigned,
    Kind.TOLD_DIRECTLY: _told_directly,
    Kind.RERUN: rerun.again,
    Kind.REVERT: revert.opened,
    Kind.SNOOZED: snooze.begun,
    Kind.SNOOZE_ENDED: snooze.ended,
    Kind.RESOLVED: _resolved,
    Kind.REOPENED: _reopened,
    Kind.MOVED: _moved,
    **telling.SAID,
}
