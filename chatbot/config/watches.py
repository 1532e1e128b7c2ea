"""What is watched for: which jobs, which threshold, whose. Pure values; `chatbot.watch` judges by them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator, model_validator

from chatbot.config.fields import (
    Glob,
    Id,
    Model,
    PathGlob,
    Priority,
    Probability,
    Span,
    TargetId,
    Title,
    Url,
    WatchId,
    count,
)
from chatbot.config.teams import Quiet

DEFAULT_STREAK = 3
Globs = Annotated[tuple[Glob, ...], Field(min_length=1)]


class Match(Model):
    """Which jobs. Globs, ignoring case, or RE2 expressions after `re:`."""

    workflows: Globs = ("*",)
    """Names of workflows, one of which has to match."""
    jobs: Globs = ("*",)
    """Names of jobs (shards merged), one of which has to match."""
    exclude: tuple[Glob, ...] = ()
    """Names of jobs or workflows that do not count whatever the others say."""


class FailureRate(Model):
    """A job fails too often."""

    over: Annotated[int, count(2, 5_000)]
    """Commits with an outcome looked at, the newest."""
    at_least: Probability
    """Share of them that failed, above 0 up to 1."""


class When(Model):
    """When a job counts as broken, and how many such jobs breach the watch.

    A job is broken when *any* of the conditions given holds for it. Without any condition it is
    `consecutive_commits: 3`; where another is given, the streak counts only if it is given too.
    """

    consecutive_commits: Annotated[int, count(1, 1_000)] | None = None
    """Failures on this many commits in a row, counted over commits where the job has an outcome; 3 by default."""
    failing_jobs: Annotated[int, count(1, 10_000)] = 1
    """Jobs that have to be broken at the same time."""
    broken_probability: Probability | None = None
    """Broken when it is at least this probable that the job is, its flakiness considered."""
    failure_rate: FailureRate | None = None
    """Broken when it fails this often."""
    no_green_for: Span | None = None
    """Broken when it failed and has not been green for this long."""
    queued_for: Span | None = None
    """Broken when it waits for a runner for this long."""

    @model_validator(mode="before")
    @classmethod
    def _some_condition(cls, value: object) -> object:
        if isinstance(value, dict) and not any(value.get(condition) is not None for condition in CONDITIONS):
            return {**value, "consecutive_commits": DEFAULT_STREAK}
        return value


CONDITIONS = tuple(name for name, field in When.model_fields.items() if field.default is None)
"""The fields of `When` that are conditions; `chatbot.conditions` says what each means."""


class Escalation(Model):
    """Who is told next when nobody acknowledges."""

    after: Span
    """Time since nobody has had the alert: since it opened, was opened again or was given back, its snooze ended, or
    what kept it quiet was over."""
    to: TargetId
    """User group or person, mentioned in the thread; or a channel, which gets a message that links the thread."""


class WatchConfig(Model):
    """Which jobs, which threshold, whose."""

    id: WatchId
    """Short name, for `/trunk NAME`."""
    title: Title = Field(default="", validate_default=True)
    """One line that says what it means when this fires; by default the id."""
    trunk: Id = ""
    """A trunk's id; needed where there are several."""
    match: Match = Match()
    """Which jobs; all by default."""
    when: When = When()
    """When it is breached."""
    resolve_after: Annotated[int, count(1, 100)] = 1
    """Green commits needed after the streak."""
    reopen_within: Span = timedelta(hours=6)
    """A recurrence within this time goes to the same thread."""
    priority: Priority = Priority.P2
    """P0 to P3."""
    team: Id = ""
    """A team's name; needed where there are several."""
    escalate: tuple[Escalation, ...] = ()
    """Who is told next when nobody acknowledges."""
    remind_every: Span | None = None
    """How often the assignee of an acknowledged alert that is still broken is reminded; never where left out."""
    inhibited_by: tuple[Id, ...] = ()
    """Watches whose open alert keeps this one quiet."""
    runbook: Url | None = None
    """What to do, linked in the alert."""
    dashboard: Url | None = None
    """Where to look, linked in the alert."""
    paths: tuple[PathGlob, ...] = ()
    """Files that these jobs mostly test, a hint for suspects; `**` crosses directories."""
    grafana_rule: Title | None = None
    """Name of a Grafana alert rule that means the same; its alerts join this watch's, as do those of its dashboard."""
    quiet: Quiet | None = None
    """Quiet hours, instead of the team's."""

    @field_validator("title", mode="before")
    @classmethod
    def _or_the_id(cls, value: object, info: ValidationInfo) -> object:
        return value or info.data.get("id", "-")

    @field_validator("escalate")
    @classmethod
    def _in_order(cls, value: tuple[Escalation, ...]) -> tuple[Escalation, ...]:
        return tuple(sorted(value, key=lambda step: step.after))


class Infrastructure(Model):
    """One alert instead of many, when jobs fail for reasons of the infrastructure and not of a commit.

    It opens when more than `more_than` jobs of a trunk that were green break at once and their logs say so (no runner,
    no network, no disk). While it is open, watches all of whose broken jobs are among its own are kept quiet.
    """

    more_than: Annotated[int, count(1, 10_000)] = 8
    """Jobs (shards merged) that may fail like that at the same time without an alert."""
    team: Id | None = None
    """Whose alert it is; by default it goes to `slack.fallback_channel` and mentions nobody."""
    priority: Priority = Priority.P1
    """P0 to P3."""


class Grafana(Model):
    """What holds for alerts of Grafana's that no watch takes in; team and priority are in their own annotations."""

    reopen_within: Span = timedelta(hours=6)
    """What fires again within this time goes to the same thread."""
    escalate: tuple[Escalation, ...] = ()
    """Who is told next when nobody acknowledges."""
    remind_every: Span | None = None
    """How often the assignee of an acknowledged alert that still fires is reminded; never where left out."""

    @field_validator("escalate")
    @classmethod
    def _in_order(cls, value: tuple[Escalation, ...]) -> tuple[Escalation, ...]:
        return tuple(sorted(value, key=lambda step: step.after))
