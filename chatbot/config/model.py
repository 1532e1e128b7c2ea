"""The configuration as frozen values: what the YAML file says, with everything left out filled in.

Pure. `load` reads a file; references between the parts are checked there, where line numbers are known.
Fields' texts below are the documentation: they are in the JSON Schema word for word.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from chatbot.config.fields import (
    ChannelId,
    CommandName,
    Expression,
    Id,
    MentionId,
    Model,
    PollInterval,
    ShardPattern,
    Title,
    count,
)
from chatbot.config.reverts import Revert
from chatbot.config.sources import SourceConfig
from chatbot.config.teams import Authors, Person, Team
from chatbot.config.watches import Grafana, Infrastructure, WatchConfig


class SlackConfig(Model):
    """How Slack reaches us and where to go when a channel refuses us."""

    mode: Literal["socket", "http"] | None = None
    """`socket` or `http`; by default `socket` where `SLACK_APP_TOKEN` is set."""
    command: CommandName = "/trunk"
    """The slash command; the manifest has to name the same."""
    fallback_channel: ChannelId | None = None
    """Where alerts go whose channel is archived or refuses us, and where the bot reports about itself."""


class TrunkConfig(Model):
    """One trunk branch and where its results come from."""

    source: SourceConfig
    """Where commits and results come from."""
    id: Id = Field(default="", validate_default=True)
    """Short name; by default the repository's name."""
    poll_every: PollInterval = timedelta(seconds=60)
    """How often the source is asked."""
    window: Annotated[int, count(5, 5_000)] = 200
    """Commits kept and evaluated."""
    shard_pattern: tuple[ShardPattern, ...] = ()
    """RE2 expressions that find shard numbers in job names and keep the groups `head` and `tail`; they come before the
    spellings known by themselves."""

    revert: Revert = Revert()
    """What "Open revert" does to a commit of this trunk."""

    @field_validator("id", mode="before")
    @classmethod
    def _or_the_repository(cls, value: object, info: ValidationInfo) -> object:
        source = info.data.get("source")
        return value or (source.short_name if source else "unknown")


class Permissions(Model):
    """Who may do what; open to everyone where empty. Acknowledging is never forbidden."""

    resolve: tuple[MentionId, ...] = ()
    """May resolve by hand, name a culprit, and reset what culprits taught."""
    snooze_over_24h: tuple[MentionId, ...] = ()
    """May snooze for more than a day."""
    rerun: tuple[MentionId, ...] = ()
    """May run jobs again."""
    revert: tuple[MentionId, ...] = ()
    """May open a revert."""


class FailureRule(Model):
    """A rule for the line that explains a failure, in alerts and for `classify`, besides those that are shipped."""

    name: Title
    """What the rule is called in answers."""
    pattern: Expression
    """RE2 expression of the line that explains a failure."""
    priority: Annotated[int, count(0, 1_000)] = 1_000
    """Where several rules find a line, the highest is taken; the rules shipped are between 200 and 950."""


class Config(Model):
    """The whole file."""

    version: Literal[1]
    """Version of this format."""
    slack: SlackConfig = SlackConfig()
    """Slack itself."""
    trunks: Annotated[tuple[TrunkConfig, ...], Field(min_length=1)]
    """The branches that are watched."""
    teams: dict[Id, Team] = Field(default_factory=dict)
    """Who is told, by name."""
    people: tuple[Person, ...] = ()
    """Who is who; also filled from e-mail look-up."""
    watches: tuple[WatchConfig, ...] = ()
    """What is watched for."""
    infrastructure: Infrastructure = Infrastructure()
    """One alert for what no commit did."""
    grafana: Grafana = Grafana()
    """Alerts that Grafana posts to `/webhooks/grafana`."""
    authors: Authors = Authors()
    """Whether authors are told that their commit is suspected."""
    permissions: Permissions = Permissions()
    """Who may do what."""
    failure_rules: tuple[FailureRule, ...] = ()
    """Rules for finding the line that explains a failure."""

    @field_validator("watches")
    @classmethod
    def _with_the_only_trunk_and_team(
        cls, value: tuple[WatchConfig, ...], info: ValidationInfo
    ) -> tuple[WatchConfig, ...]:
        trunks = [trunk.id for trunk in info.data.get("trunks", ())]
        only = {"trunk": trunks, "team": list(info.data.get("teams", ()))}
        return tuple(
            _completed(watch, {field: names[0] for field, names in only.items() if len(names) == 1}) for watch in value
        )

    def trunk(self, name: str) -> TrunkConfig:
        """The trunk of that id, which exists (`load` has checked every reference)."""
        return self._trunks[name]

    def watch(self, name: str) -> WatchConfig | None:
        """The watch of that id, if there is one."""
        return self._watches.get(name)

    @cached_property
    def _trunks(self) -> dict[str, TrunkConfig]:
        return {trunk.id: trunk for trunk in self.trunks}

    @cached_property
    def _watches(self) -> dict[str, WatchConfig]:
        return {watch.id: watch for watch in self.watches}


def _completed(watch: WatchConfig, only: dict[str, str]) -> WatchConfig:
    return watch.model_copy(update={field: name for field, name in only.items() if not getattr(watch, field)})
