"""An alert: a breach since it was first told. Its state, its jobs, who has it, and what its thread should say.

Pure. An alert is one frozen document; every change gives a new one with a higher `version`. What people
should see is `version` and `entries`; what they have been shown is `delivery`, which `outbox` writes and
`marks` makes anew of an alert found again in Slack. `turn` counts what people and resolution did: a button
carries the turn it was drawn for, so a press on an outdated message is recognised.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

import msgspec
from msgspec import Struct

from chatbot.additions import Added
from chatbot.ci import Commit, Failure, Job
from chatbot.firing import Firing
from chatbot.kinds import Kind, State
from chatbot.snooze import Snooze

__all__ = ["GRAFANA", "INFRASTRUCTURE", "SOURCE", "Alert", "AlertJob", "Culprit", "Delivery", "Entry", "Group", "Kind",
           "Seen", "Sending", "State", "Suspect"]  # fmt: skip

SOURCE = "source/"
"""Begins the name of the watch of an alert about a trunk's source; the trunk's id follows.

No watch that is configured can be called so: their ids have no slash.
"""
INFRASTRUCTURE = "infrastructure/"
"""The same for the alert about what no commit of a trunk did."""
GRAFANA = "grafana/"
"""The same for alerts of Grafana's: a team's id and a fingerprint follow. Alone it stands for the trunk they lack."""


class Seen(Struct, frozen=True):
    """A commit as an alert remembers it."""

    sha: str
    title: str
    author: str
    login: str | None = None
    email: str | None = None
    pr: int | None = None
    at: datetime | None = None

    @classmethod
    def of(cls, commit: Commit) -> Self:
        """What an alert keeps of *commit*: titles longer than 300 characters are cut."""
        author = commit.author
        name = author.name or author.login or "unknown author"
        return cls(commit.sha, commit.title[:300], name, author.login, author.email, commit.pr, commit.committed_at)


class Suspect(Struct, frozen=True):
    """A commit that may have done it. `probability` is `None` where nothing has ranked it."""

    commit: Seen
    probability: float | None = None
    reasons: tuple[str, ...] = ()


class AlertJob(Struct, frozen=True):
    """A job of an alert. `drawn` are its newest outcomes, oldest first: `+` green, `x` red, `.` unknown.

    `failed` and `ran` count commits of the window; `earlier` counts the same before the streak, those commits
    that have left the window included.
    """

    job: Job
    streak: int
    first_failing: str | None
    last_green: str | None
    reason: str = ""
    drawn: str = ""
    healed: bool = False
    failed: int = 0
    ran: int = 0
    earlier: tuple[int, int] = (0, 0)
    failure: Failure | None = None
    fingerprint: str | None = None
    infrastructure: bool = False
    url: str | None = None


class Group(Struct, frozen=True):
    """Jobs that broke in the same range of commits, and who is suspected.

    `candidates` counts the commits of the range; `suspects` holds those worth showing: most likely first
    where something ranked them, else in trunk order. `named` says whether the first is worth naming.
    """

    jobs: tuple[Job, ...]
    last_green: Seen | None
    first_failing: Seen | None
    suspects: tuple[Suspect, ...] = ()
    candidates: int = 0
    not_a_commit: float | None = None
    infrastructure: float | None = None
    named: bool = False
    likely: int = 0  # size of the smallest set that holds 90 %
    rerun: str | None = None  # the sha whose run would tell most
    told: str | None = None  # the sha that was named as likeliest so far


class Culprit(Struct, frozen=True):
    """A commit that is known to have broken *jobs*: a later one took it back, or a person says so.

    `last_green` and `first_failing` are the shas between which the jobs broke. `taught` says whether the
    suspects model has taken it in.
    """

    commit: Seen
    at: datetime
    jobs: tuple[Job, ...]
    last_green: str | None
    first_failing: str | None
    revert: Seen | None = None
    by: str | None = None
    taught: bool = False


class Entry(Struct, frozen=True):
    """One reply that the thread should hold. `id` is unique within the alert; posting twice is recognised by it.

    With a `channel` it is a message of its own there (a channel, or a direct one) that links the thread.
    """

    id: str
    kind: Kind
    at: datetime
    by: str | None = None
    name: str | None = None  # what `by` is called: saying who did it must not ping them
    to: str | None = None
    commit: Seen | None = None
    jobs: tuple[Job, ...] = ()
    suspect: Suspect | None = None
    revert: Seen | None = None  # the commit that took `commit` back
    note: str | None = None
    snooze: Snooze | None = None
    commits: int = 0  # that failed meanwhile, where a snooze ends
    channel: str | None = None
    link: str | None = None  # where what `note` names is to be found


class Sending(Struct, frozen=True):
    """A post that is on its way: written before it leaves, so that a crash in between can be settled."""

    entry: str
    nonce: str
    at: datetime
    channel: str
    version: int


class Delivery(Struct, frozen=True):
    """What Slack has been shown so far. `channel` is where the root really is (it may be the fallback).

    `entries` maps an entry's id to the ts of its reply; `trouble` is why something cannot be shown, in words.
    `refused` maps what Slack refused for good (an entry's id, `root`, `edit`) to the alert's version then: a newer
    one is tried again. `doubts` are posts that were looked for and not found, and sent again: should one turn up
    late after all, it is a double. `detour` says why it is not in its own channel.
    """

    channel: str | None = None
    root: str | None = None
    rendered: int = 0
    entries: dict[str, str] = {}
    sending: Sending | None = None
    trouble: str | None = None
    link: str | None = None
    refused: dict[str, int] = {}
    doubts: tuple[Sending, ...] = ()
    detour: str | None = None


class Alert(Struct, frozen=True, kw_only=True):
    """One alert. Its id begins with its watch's and a colon, by which its keys share the watch's slot of a cluster."""

    id: str
    watch: str
    trunk: str
    version: int = 1
    turn: int = 1
    state: State = State.OPEN
    opened_at: datetime
    opened_on: str
    changed_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    assignee: str | None = None
    assigned_by: str | None = None
    snooze: Snooze | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    reopened: int = 0
    reopened_at: datetime | None = None
    jobs: tuple[AlertJob, ...]
    failing: tuple[Seen, ...]
    groups: tuple[Group, ...] = ()
    culprits: tuple[Culprit, ...] = ()
    dismissed: tuple[tuple[Job, str | None], ...] = ()
    note: str | None = None  # what is wrong, where it is not a job
    inhibited_by: tuple[str, ...] = ()  # watches whose open alerts keep this one quiet
    found_again: str | None = None  # the newest failing commit it knew when it was found again in Slack
    previous: str | None = None  # link to the root of the alert before this one
    entries: tuple[Entry, ...] = ()
    firings: tuple[Firing, ...] = ()  # of Grafana's, that this alert tells of
    added: tuple[Added, ...] = ()  # messages that people put on its timeline
    delivery: Delivery = Delivery()

    @property
    def open(self) -> bool:
        """Whether it still is one: not resolved."""
        return self.state is not State.RESOLVED

    @property
    def of_source(self) -> bool:
        """Whether it is about a source that does not answer, and not about jobs."""
        return self.watch.startswith(SOURCE)

    @property
    def of_infrastructure(self) -> bool:
        """Whether it is about what no commit did."""
        return self.watch.startswith(INFRASTRUCTURE)

    @property
    def of_grafana(self) -> bool:
        """Whether it is about nothing but what Grafana says."""
        return self.watch.startswith(GRAFANA)

    @property
    def began(self) -> datetime:
        """When the present breakage was first told: when it was last opened again, else when it opened."""
        return self.reopened_at or self.opened_at

    @property
    def firing(self) -> bool:
        """Whether Grafana says that something is wrong still."""
        return any(one.ended is None for one in self.firings)

    @property
    def broken(self) -> tuple[AlertJob, ...]:
        """The jobs that have not healed."""
        return tuple(job for job in self.jobs if not job.healed)

    @property
    def found(self) -> tuple[Culprit, ...]:
        """The culprits of the present breakage: those of before it was reopened are history."""
        return tuple(one for one in self.culprits if one.at >= self.began)

    @property
    def owner(self) -> str | None:
        """Who has it: the assignee, else whoever acknowledged it."""
        return self.assignee or self.acknowledged_by

    @property
    def unsent(self) -> tuple[Entry, ...]:
        """Thread entries that Slack has not been shown, oldest first."""
        return tuple(e for e in self.entries if e.id not in self.delivery.entries)

    @property
    def settled(self) -> bool:
        """Whether Slack shows everything that it should."""
        shown = self.delivery
        return shown.sending is None and shown.rendered >= self.version and not self.unsent and not shown.doubts

    def changed(self, *, at: datetime, **fields: object) -> Alert:
        """With *fields* changed; a higher version if anything really is different."""
        after = msgspec.structs.replace(self, **fields)
        if after == self:
            return self
        return msgspec.structs.replace(after, version=self.version + 1, changed_at=at)

    def said(self, *entries: Entry) -> Alert:
        """With *entries* at the end of its thread, those that are already there left out."""
        known = {entry.id for entry in self.entries}
        new = tuple(entry for entry in entries if entry.id not in known)
        return msgspec.structs.replace(self, entries=self.entries + new) if new else self

    def shown(self, delivery: Delivery) -> Alert:
        """With what Slack has been shown. No new version: nothing else is to be seen."""
        return msgspec.structs.replace(self, delivery=delivery)

    def taught(self, sha: str) -> Alert:
        """With the suspects model having learned from the culprit *sha*. No new version: nobody sees that."""
        done = tuple(msgspec.structs.replace(c, taught=True) if c.commit.sha == sha else c for c in self.culprits)
        return msgspec.structs.replace(self, culprits=done)
