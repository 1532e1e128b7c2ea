"""Who is asked, reminded or told by the bot itself, in words: escalation, quiet hours, authors, alerts alike.

Each is a new message, because an edit pings nobody, and mentions exactly those it is for.
"""

from __future__ import annotations

from chatbot.alert import Alert, Entry, Kind
from chatbot.escalation import is_channel
from chatbot.messages import firings, words
from chatbot.messages.alert import About
from chatbot.messages.escape import Text, Untrusted, channel_name, escape, link, mention, mention_user, mrkdwn

NOTHING = Text("")


def escalated(entry: Entry, alert: Alert, about: About) -> Text:
    """The next step: a mention in the thread, or a message in another channel and a line that says so."""
    lasted = words.lasted(entry.at - alert.began)
    has = "has acknowledged" if alert.owner else "has"  # somebody was asked, and said nothing
    if entry.channel is not None:
        return mrkdwn(
            "{priority} {title}: broken for {lasted}, and nobody {has} it{door}",
            priority=about.watch.priority.value,
            title=_title(about),
            lasted=lasted,
            has=has,
            door=_door(alert),
        )
    target = entry.to or ""
    if is_channel(target):
        channel = channel_name(target)
        return mrkdwn("Nobody {has} it after {lasted}: {channel} is told.", has=has, lasted=lasted, channel=channel)
    return mrkdwn("{to} broken for {lasted}, and nobody {has} it.", to=mention(target), lasted=lasted, has=has)


def reminded(entry: Entry, alert: Alert, _about: About) -> Text:
    """Whoever has it."""
    lasted = words.lasted(entry.at - alert.began)
    who = mention_user(entry.to or "")
    return mrkdwn("{who} still broken after {lasted}: {what}", who=who, lasted=lasted, what=_broken(alert))


def held_back(_entry: Entry, alert: Alert, about: About) -> Text:
    """Those whom a breach mentions, after the quiet hours in which it happened."""
    ping = mrkdwn(" ").joined(mention(one) for one in about.ping)
    return mrkdwn("{ping} quiet hours are over and nobody has it yet: {what}", ping=ping, what=_broken(alert))


def released(entry: Entry, _alert: Alert, _about: About) -> Text:
    """What kept it quiet is over, and it is not."""
    return mrkdwn("No longer kept quiet, and still broken: {jobs}", jobs=words.some_jobs(entry.jobs))


def author(entry: Entry, alert: Alert, about: About) -> Text:
    """The author of a commit, in the thread or directly."""
    commit = words.commit(entry.commit, about.links) if entry.commit else NOTHING
    suspect = entry.suspect
    if suspect is None:
        revert = entry.revert
        back = mrkdwn(", reverted by {sha}", sha=words.sha(revert.sha, about.links)) if revert else NOTHING
        said = mrkdwn("your commit broke this: {commit}{back}", commit=commit, back=back)
    else:
        why = mrkdwn("\n{why}", why=escape(Untrusted(suspect.reasons[0]), limit=160)) if suspect.reasons else NOTHING
        share = f"{suspect.probability or 0.0:.0%}"
        said = mrkdwn("your commit is suspected, {share}: {commit}{why}", share=share, commit=commit, why=why)
    told = mrkdwn("{who} {said}", who=mention_user(entry.to or ""), said=said)
    return mrkdwn("{told}\n{title}{door}", told=told, title=_title(about), door=_door(alert)) if entry.channel else told


def same_suspect(entry: Entry, _alert: Alert, about: About) -> Text:
    """Another alert that the same commit is suspected of."""
    commit = entry.suspect.commit if entry.suspect else None
    return mrkdwn(
        "The same suspect as in {other}: {commit}",
        other=link(entry.link, Untrusted(entry.note or "another alert")),
        commit=words.commit(commit, about.links) if commit else NOTHING,
    )


def _broken(alert: Alert) -> Text:
    """The jobs that are broken; where none are, what Grafana says."""
    jobs = tuple(job.job for job in alert.broken)
    return firings.figures(alert.firings) if alert.firings and not jobs else words.some_jobs(jobs)


def _title(about: About) -> Text:
    return escape(Untrusted(about.watch.title), limit=150)


def _door(alert: Alert) -> Text:
    shown = alert.delivery.link
    return mrkdwn(" · {link}", link=link(shown, "Thread")) if shown else NOTHING


SAID = {
    Kind.ESCALATED: escalated,
    Kind.REMINDED: reminded,
    Kind.HELD_BACK: held_back,
    Kind.RELEASED: released,
    Kind.AUTHOR: author,
    Kind.SAME_SUSPECT: same_suspect,
}
"""What each kind of entry says."""
