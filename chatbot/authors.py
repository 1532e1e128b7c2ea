"""Which commits' authors are to be told that their commit is suspected, and who they are in Slack. Pure.

Robots, co-authors and those who do not want to are never told; an author is told once an alert. Asking Slack for
an e-mail address is done elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from chatbot.alert import Alert, Culprit, Entry, Group, Kind, Seen, Suspect
from chatbot.config import Authors, Person
from chatbot.escalation import may_speak
from chatbot.globs import Globs

_NOREPLY = re.compile(r"(?:\d+\+)?(?P<login>[^@+]+)@users\.noreply\.github\.com", re.IGNORECASE)


class Telling(Struct, frozen=True):
    """A commit whose author is to be told; `suspect` where it is only suspected, `culprit` where it is known."""

    commit: Seen
    suspect: Suspect | None = None
    culprit: Culprit | None = None


def tellings(alert: Alert, authors: Authors, people: Mapping[str, str]) -> tuple[Telling, ...]:
    """The commits whose authors are to be told now: culprits first, then favourites that are probable enough.

    *people* are `mentioned_with_culprits`: who is named with a culprit in the thread is not told by another message.
    """
    if authors.tell == "never" or not may_speak(alert) or alert.of_infrastructure:
        return ()
    solved = {job for culprit in alert.found for job in culprit.jobs}
    found = [Telling(c.commit, culprit=c) for c in alert.found if (c.commit.login or "").lower() not in people]
    acquitted = any(e.kind is Kind.NO_CULPRIT and e.at >= alert.began for e in alert.entries)
    for group in alert.groups:
        suspect = known_favourite(group)
        probable = suspect is not None and (suspect.probability or 0.0) >= authors.at_least
        if suspect is not None and probable and not acquitted and not solved.issuperset(group.jobs):
            found.append(Telling(suspect.commit, suspect=suspect))
    told = {e.commit.sha for e in alert.entries if e.kind is Kind.AUTHOR and e.commit is not None}
    once = {one.commit.sha: one for one in reversed(found)}
    left = (one for sha, one in reversed(once.items()) if sha not in told)
    return tuple(one for one in left if not is_left_alone(one.commit, authors))


def mentioned_with_culprits(authors: Authors, people: Iterable[Person]) -> dict[str, str]:
    """Who is mentioned where the thread names a culprit: Slack users by login, without those who opted out."""
    if authors.tell != "thread":
        return {}
    left_alone = {name.lower().removeprefix("@") for name in authors.opt_out}
    known = {person.github.lower(): person for person in people}
    return {
        login: person.slack
        for login, person in known.items()
        if not left_alone & {login, (person.email or "").lower()} and not is_robot(login, authors)
    }


def is_robot(login: str, authors: Authors) -> bool:
    """Whether nobody stands behind *login*, in lower case."""
    return login.endswith("[bot]") or Globs(authors.robots).matches(login)


def known_favourite(group: Group) -> Suspect | None:
    """The suspect that people were told stands out, once everything that was to be asked has been answered."""
    first = group.suspects[0] if group.suspects else None
    return first if first is not None and group.named and first.commit.sha == group.told else None


def is_left_alone(commit: Seen, authors: Authors) -> bool:
    """Whether nobody is to be told about *commit*: a robot's, or of somebody who opted out."""
    login, email = login_of(commit), (commit.email or "").lower()
    if login is None and not email:
        return True
    if login is not None and is_robot(login, authors):
        return True
    return bool({name.lower().removeprefix("@") for name in authors.opt_out} & {login, email})


def login_of(commit: Seen) -> str | None:
    """The author's GitHub login in lower case, read off GitHub's own address for those who hide theirs if need be."""
    if commit.login:
        return commit.login.lower()
    hidden = _NOREPLY.fullmatch(commit.email or "")
    return hidden["login"].lower() if hidden else None


def configured(commit: Seen, people: Iterable[Person]) -> str | None:
    """The author's Slack user as the configuration has it: by login, else by e-mail address."""
    login, email = login_of(commit), (commit.email or "").lower()
    by_email = None
    for person in people:
        if login is not None and person.github.lower() == login:
            return person.slack
        if email and (person.email or "").lower() == email:
            by_email = by_email or person.slack
    return by_email


def address_of(commit: Seen) -> str | None:
    """The address to ask Slack for; `None` where it is one that nobody reads."""
    email = (commit.email or "").strip().lower()
    return email if "@" in email and not email.endswith("noreply.github.com") and " " not in email else None


def entry(telling: Telling, user: str, *, now: datetime, channel: str | None = None) -> Entry:
    """What tells *user*; *channel* is the direct one with them, where that is how people are told.

    Its id is the person's: who is told about one commit is not told about the next.
    """
    return Entry(
        f"author:{user}",
        Kind.AUTHOR,
        now,
        to=user,
        commit=telling.commit,
        suspect=telling.suspect,
        revert=telling.culprit.revert if telling.culprit else None,
        channel=channel,
    )
