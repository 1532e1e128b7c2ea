"""Phrases that several messages share: a commit, a job, a streak, a number of things."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chatbot.alert import Alert, AlertJob, Entry, Group, Seen, State, Suspect
from chatbot.ci import Job
from chatbot.links import Links
from chatbot.messages.dates import date, span
from chatbot.messages.escape import Text, Untrusted, code, escape, link, mention_user, mrkdwn
from chatbot.snooze import Snooze, named
from chatbot.wishes import Until

NOTHING = Text("")
_DRAWING = {"+": "✓", "x": "✗", ".": "·"}
_IMPOSSIBLE = 0.03  # below that a suspect only takes the eye from the others
_FEW = 10  # commits on which a job must have run before its failures are worth a figure
TITLE = 90  # characters of a title: about two lines of a phone


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 job`, `3 jobs`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def extent(alert: Alert, how: str = "") -> str:
    """`3 jobs`, of which *how* says what they are; of what has no jobs, that Grafana says so."""
    if not alert.jobs and alert.firings:
        return "firing in Grafana"
    return f"{counted(len(alert.broken), 'job')} {how}".rstrip()


def sha(full: str, links: Links) -> Text:
    """The short sha, linked."""
    return link(links.commit(full), full[:7])


def commit(seen: Seen, links: Links, *, title: int = TITLE) -> Text:
    """`1a2b3c4 Title of the change (#123), Author`; the title's own `(#123)` is not said twice."""
    pr = link(links.pull(seen.pr), f"#{seen.pr}") if seen.pr else NOTHING
    bare = seen.title.removesuffix(f"(#{seen.pr})").strip() if seen.pr else seen.title
    return mrkdwn(
        "{sha} {title}{pr}, {author}",
        sha=sha(seen.sha, links),
        title=escape(Untrusted(bare), limit=title),
        pr=mrkdwn(" ({pr})", pr=pr) if pr else NOTHING,
        author=escape(Untrusted(seen.author), limit=40),
    )


def job(name: Job) -> Text:
    """A job's name as code: it is looked for by copying it."""
    return code(Untrusted(name.name), limit=110)


def drawn(outcomes: str) -> str:
    """`✓✗✗✗`: the newest outcomes, oldest first."""
    return "".join(_DRAWING.get(outcome, "·") for outcome in outcomes)


def streak(one: AlertJob) -> Text:
    """One line about a broken job: its outcomes, its name, its reason, how often it failed before."""
    said = "green again" if one.healed else f"{one.reason}{before(one)}"
    return mrkdwn("`{drawn}` {job} {said}", drawn=drawn(one.drawn), job=job(one.job), said=said)


def before(one: AlertJob) -> str:
    """`, on 3 of the 120 before`: whether failing is news; nothing where too little is known."""
    failed, ran = one.earlier
    return f", on {f'{failed:,}' if failed else 'none'} of the {ran:,} before" if ran >= _FEW else ""


def suspect(one: Suspect, links: Links) -> Text:
    """One line about a suspect: how likely, which commit, the strongest reason."""
    if one.probability is None:
        return mrkdwn("• {commit}", commit=commit(one.commit, links))
    reason = mrkdwn("\n      {why}", why=escape(Untrusted(one.reasons[0]), limit=160)) if one.reasons else NOTHING
    return mrkdwn(
        "• *{word}, {share}*: {commit}{reason}",
        word=likelihood(one.probability),
        share=f"{one.probability:.0%}",
        commit=commit(one.commit, links),
        reason=reason,
    )


def worth_showing(group: Group, *, at_most: int) -> tuple[Suspect, ...]:
    """The likeliest suspects, without those that are next to impossible; unranked ones newest last."""
    ranked = [one for one in group.suspects if one.probability is not None]
    if not ranked:
        return group.suspects[-at_most:]
    likely = tuple(one for one in ranked[:at_most] if (one.probability or 0.0) >= _IMPOSSIBLE)
    return likely or tuple(ranked[:1])


def likelihood(probability: float) -> str:
    """A probability in a word, for those who do not read figures at night."""
    for least, word in ((0.9, "almost certain"), (0.6, "likely"), (0.3, "possible"), (0.1, "less likely")):
        if probability >= least:
            return word
    return "unlikely"


def some_jobs(jobs: Sequence[Job], *, at_most: int = 3) -> Text:
    """Up to *at_most* jobs and how many more there are."""
    shown = mrkdwn(", ").joined(job(one) for one in jobs[:at_most])
    rest = len(jobs) - at_most
    return mrkdwn("{shown} and {rest} more", shown=shown, rest=rest) if rest > 0 else shown


def lasted(duration: timedelta) -> str:
    """`2 h 5 min`."""
    return span(duration)


def who(entry: Entry) -> Text:
    """Whoever did it, by name where that is known: saying so must not ping them. A mention is the last resort."""
    return escape(Untrusted(entry.name), limit=60) if entry.name else mention_user(entry.by or "")


def has(alert: Alert, who: Text | None = None) -> Text:
    """`nobody has it yet`, `alice is asked, not acknowledged`, `alice has it`; *who* is what its owner is called.

    Whoever was asked and has not answered may be asleep: nobody should rely on them.
    """
    if alert.owner is None:
        return mrkdwn("nobody has it yet")
    called = who or mention_user(alert.owner)
    if alert.state is State.OPEN:
        return mrkdwn("{who} is asked, not acknowledged", who=called)
    return mrkdwn("{who} has it", who=called)


def taken(alert: Alert) -> str:
    """The same without a name, for texts that must not ping."""
    if alert.state is State.ACKNOWLEDGED:
        return "acknowledged"
    return "somebody is asked, not acknowledged" if alert.owner else "nobody has it yet"


def until(snooze: Snooze, links: Links, *, at_most: bool = False) -> Text:
    """`until 14:00`, `until the next run`, `until #123 is tested`; *at_most* adds when that ends in any case."""
    if snooze.until is Until.TIME:
        return mrkdwn("until {when}", when=date(snooze.ends))
    what = mrkdwn("until the {what}", what=snooze.until.value)
    if snooze.until is Until.COMMIT:
        url = links.pull(snooze.pr) if snooze.pr else links.commit(snooze.sha or "")
        what = mrkdwn("until {commit} is tested", commit=link(url, named(snooze)))
    return mrkdwn("{what}, at most until {when}", what=what, when=date(snooze.ends)) if at_most else what
