"""Who is told, and when they would rather not be. Pure values; the fields' texts are in the JSON Schema."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator, model_validator

from chatbot.config.fields import (
    ChannelId,
    Glob,
    MentionId,
    Model,
    Priority,
    Probability,
    Span,
    TimeOfDay,
    Timezone,
    UserId,
)

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Rotation(Model):
    """An on-call rotation over a team's `oncall`, one person after the other."""

    timezone: Timezone = "UTC"
    """IANA name; shifts change at the same time of day all year."""
    starts: datetime
    """When the first person's shift began, in the rotation's time zone: `2026-01-05T09:00`."""
    every: Span = timedelta(weeks=1)
    """How long a shift is."""

    @field_validator("starts", mode="before")
    @classmethod
    def _written_out(cls, value: object) -> object:
        if not isinstance(value, str | datetime):
            raise ValueError("is not a date and time; write 2026-01-05T09:00")  # noqa: TRY004  pydantic wants ValueError
        return value

    @field_validator("starts")
    @classmethod
    def _in_its_zone(cls, value: datetime, info: ValidationInfo) -> datetime:
        zone = ZoneInfo(info.data.get("timezone", "UTC"))
        return value.replace(tzinfo=zone) if value.tzinfo is None else value.astimezone(zone)


class Quiet(Model):
    """Hours in which nobody is mentioned by the bot itself; `from` after `to` goes over midnight.

    Alerts are posted and kept up to date all the same. Who would have been mentioned is mentioned once when the hours
    are over, if it is still so. What a person does (assigning somebody) is not kept quiet.
    """

    start: TimeOfDay = Field(alias="from")
    """First minute of the quiet hours, `22:00`."""
    end: TimeOfDay = Field(alias="to")
    """First minute after them, `08:00`."""
    timezone: Timezone = "UTC"
    """IANA name."""
    exempt: tuple[Priority, ...] = Field(default=(Priority.P0,), alias="except")
    """Priorities that are not kept quiet."""

    @model_validator(mode="after")
    def _not_empty(self) -> Quiet:
        if self.start == self.end:
            raise ValueError("`from` and `to` are the same time")
        return self


class Digest(Model):
    """When a team's channel gets its digest."""

    at: TimeOfDay = "09:00"
    """Time of day."""
    timezone: Timezone = "UTC"
    """IANA name."""
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = ("mon",)
    """Days of the week, `mon` to `sun`."""


class Team(Model):
    """Who a watch belongs to and where they are told."""

    channel: ChannelId
    """The channel's ID. The bot has to be in it."""
    mention: MentionId | None = None
    """User group or person, mentioned on breach and on escalation only, where nobody is on call."""
    oncall: Annotated[tuple[MentionId, ...], Field(min_length=1)] | None = None
    """People or user groups on call: all of them, or one after the other where there is a `rotation`."""
    rotation: Rotation | None = None
    """How `oncall` takes turns."""
    quiet: Quiet | None = None
    """Quiet hours of all the team's watches."""
    digest: Digest | None = None
    """When the channel gets its digest; never by itself where left out."""


class Person(Model):
    """Who somebody is in both worlds."""

    github: Annotated[str, Field(min_length=1, max_length=100)]
    """GitHub login."""
    slack: UserId
    """Slack user ID."""
    email: Annotated[str, Field(min_length=3, max_length=254)] | None = None
    """Address used in commits, where the login is not known."""


class Authors(Model):
    """Whether the author of a commit is told that it is suspected, and how.

    An author is found by `people` (login, then e-mail address), else by the address that Slack knows; never one who is
    a robot, and never a co-author. Each is told once an alert.
    """

    tell: Literal["thread", "direct", "never"] = "thread"
    """`thread`: a mention in the alert's thread; `direct`: a direct message; `never`: nobody is told."""
    at_least: Probability = 0.8
    """How probable it has to be that the commit did it; at 0.8, about one in five who are told did not. A commit that a
    person confirmed or that was reverted counts as certain."""
    opt_out: tuple[Annotated[str, Field(min_length=1, max_length=254)], ...] = ()
    """GitHub logins or e-mail addresses of people who do not want to be told."""
    robots: tuple[Glob, ...] = ("*-bot", "*-robot", "pytorchmergebot", "facebook-github-bot")
    """Logins that are nobody, besides those that end in `[bot]`: robots that import or merge the changes of others."""
