"""Who is suspected, in words: the same lines in the alert, in `/trunk WATCH`, in `explain` and on their own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from chatbot.alert import Alert, Culprit, Group, Seen
from chatbot.links import Links
from chatbot.messages import words
from chatbot.messages.blocks import Block, Lines, Payload, context, lines, section
from chatbot.messages.escape import Text, mention_user, mrkdwn

if TYPE_CHECKING:  # importing it compiles many patterns, which a green trunk never needs
    from chatbot.suspects import Factor

NOTHING = Text("")
_WORTH_A_WORD = 0.2  # below one in five, "no commit at all" is noise at night
_FACTORS = 12


def groups(
    some: Sequence[Group], links: Links, *, culprits: Sequence[Culprit] = (), at_most: int = 3
) -> list[Block | Lines]:
    """Culprits where they are known, suspects of every other range."""
    known = {job for one in culprits for job in one.jobs}
    open_questions = [group for group in some if not known.issuperset(group.jobs)]
    blocks: list[Block | Lines] = [lines([culprit(one, links) for one in culprits])] if culprits else []
    return blocks + [
        ranked(group, links, several=len(some) > 1, at_most=at_most) for group in open_questions if group.candidates
    ]


def culprit(one: Culprit, links: Links) -> Text:
    """`Culprit: 1a2b3c4 title, author, reverted by 5d6e7f8`."""
    return mrkdwn("*Culprit*: {commit}{proof}", commit=words.commit(one.commit, links), proof=proof(one, links))


def proof(one: Culprit, links: Links) -> Text:
    """Why a culprit counts as one."""
    if one.revert is not None:
        return mrkdwn(", reverted by {sha}", sha=words.sha(one.revert.sha, links))
    return mrkdwn(", says {who}", who=mention_user(one.by)) if one.by else NOTHING


def ranked(group: Group, links: Links, *, several: bool, at_most: int = 3) -> Lines:
    """Who is suspected of one range, with what is known to be green and red around it."""
    of = mrkdwn(" of {jobs}", jobs=words.some_jobs(group.jobs, at_most=1)) if several else NOTHING
    shown = words.worth_showing(group, at_most=at_most)
    hidden = max(0, group.candidates - len(shown))
    if group.suspects and group.suspects[0].probability is not None and not group.named:
        title = mrkdwn(
            "*No commit stands out*{of}: {likely} of {count} share 90 % of the suspicion",
            of=of,
            likely=group.likely,
            count=words.counted(group.candidates, "commit"),
        )
    else:
        title = mrkdwn(
            "*Suspects*{of}: {count} since {green}",
            of=of,
            count=words.counted(group.candidates, "commit"),
            green=_last_green(group, links),
        )
    notes = [_not_a_commit(group)] if (group.not_a_commit or 0.0) >= _WORTH_A_WORD else []
    return lines([*(words.suspect(s, links) for s in shown), *notes], title=title, hidden=hidden)


def _last_green(group: Group, links: Links) -> Text:
    if group.last_green is None:
        return mrkdwn("a green run that is out of sight")
    return mrkdwn("{sha}, the last green", sha=words.sha(group.last_green.sha, links))


def _not_a_commit(group: Group) -> Text:
    share = group.not_a_commit or 0.0
    return mrkdwn(
        "• {word}, {share}: no commit but {what}",
        word=words.likelihood(share),
        share=f"{share:.0%}",
        what=_instead(share, group.infrastructure or 0.0),
    )


def _instead(share: float, outage: float) -> str:
    """What else it is. The runners alone are blamed only where that is likely: one job's outage looks like a break."""
    if outage <= share / 2:
        return "a flake"
    return "the runners" if outage > 0.5 else "a flake or the runners"  # noqa: PLR2004  more likely than not


# ---- `/trunk suspects`


def answer(alert: Alert, title: Text, links: Links, *, learned: int) -> Payload:
    """The suspects of *alert*, five of a range, each with all its reasons; *learned* is from how many culprits."""
    state = "" if alert.open else " (resolved)"
    text = mrkdwn("Suspects of {title}{state}", title=title, state=state)
    blocks: list[Block | Lines] = [section(mrkdwn("*{text}*", text=text))]
    blocks += groups(alert.groups, links, culprits=alert.culprits, at_most=5)
    if len(blocks) == 1:
        blocks.append(section(mrkdwn("No range of commits is known: the jobs were never green in the window.")))
    blocks.append(context(_learned(learned)))
    return Payload(text=text, blocks=tuple(blocks))


def _learned(count: int) -> Text:
    if not count:
        return mrkdwn("No culprit of this trunk is known yet: reverts on trunk and named culprits will teach this.")
    return mrkdwn("{count} of this trunk taught this so far.", count=words.counted(count, "culprit"))


class Account(Struct, frozen=True):
    """How a suspect's probability came about: from its looks alone, then with what the runs of the jobs say."""

    commit: Seen
    alone: float
    probability: float
    reasons: tuple[str, ...]
    counted: tuple[Factor, ...]


def why(account: Account, title: Text, links: Links) -> Payload:
    """The features of a suspect with their weights, the weightiest first."""
    text = mrkdwn(
        "{word}, {share}: {commit}",
        word=words.likelihood(account.probability),
        share=f"{account.probability:.0%}",
        commit=words.commit(account.commit, links),
    )
    steps = mrkdwn(
        "By its looks alone {alone} among the candidates, with what the jobs did on each commit {share}.",
        alone=f"{account.alone:.0%}",
        share=f"{account.probability:.0%}",
    )
    blocks: list[Block | Lines] = [
        section(mrkdwn("*Suspect of {title}*\n{text}\n{steps}", title=title, text=text, steps=steps))
    ]
    if account.reasons:
        blocks.append(
            lines([mrkdwn("• {reason}", reason=reason) for reason in account.reasons], title=mrkdwn("*In words*"))
        )
    shown = account.counted[:_FACTORS]
    hidden = len(account.counted) - len(shown)
    if not shown:
        blocks.append(section(mrkdwn("No feature speaks for it or against it: nothing but its place is known.")))
        return Payload(text=text, blocks=tuple(blocks))
    blocks.append(lines(list(map(_factor, shown)), title=mrkdwn("*Features: value times weight*"), hidden=hidden))
    blocks.append(context(mrkdwn("The first figure says by how much a feature multiplies the odds of the commit.")))
    return Payload(text=text, blocks=tuple(blocks))


def _factor(one: Factor) -> Text:
    return mrkdwn(
        "• {times} times {feature}: {value} · {weight} = {sum}",
        times=f"{math.exp(max(-20.0, min(20.0, one.contribution))):.2f}",
        feature=one.feature,
        value=f"{one.value:.2f}",
        weight=f"{one.weight:+.2f}",
        sum=f"{one.contribution:+.2f}",
    )


def known_of(sha: str, alerts: Iterable[Alert], links: Links) -> list[Text]:
    """In which of *alerts* the commit *sha* is a culprit or a suspect, a line each."""
    found: list[Text] = []
    for alert in alerts:
        culprits = [one for one in alert.culprits if one.commit.sha == sha]
        found += [mrkdwn("• Culprit of {watch}{proof}", watch=alert.watch, proof=proof(one, links)) for one in culprits]
        for group in alert.groups if not culprits else ():
            found += [_suspected(alert, s.probability) for s in group.suspects if s.commit.sha == sha]
    return found


def _suspected(alert: Alert, probability: float | None) -> Text:
    if probability is None:
        return mrkdwn("• Suspect of {watch}", watch=alert.watch)
    return mrkdwn(
        "• Suspect of {watch}, {share}: {word}",
        watch=alert.watch,
        share=f"{probability:.0%}",
        word=words.likelihood(probability),
    )
