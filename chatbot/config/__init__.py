"""The configuration file: frozen values (`model`), read with line numbers and hints (`load`), described (`schema`)."""

from chatbot.config.fields import Priority
from chatbot.config.model import Config, FailureRule, Permissions, SlackConfig, TrunkConfig
from chatbot.config.problems import InvalidConfigError, Problem
from chatbot.config.reading import load, read
from chatbot.config.reverts import Revert
from chatbot.config.sources import (
    BuildkiteSource,
    GithubSource,
    GitlabSource,
    HudSource,
    OtherSource,
    ReplaySource,
    SourceConfig,
)
from chatbot.config.teams import Authors, Digest, Person, Quiet, Rotation, Team
from chatbot.config.watches import Escalation, FailureRate, Infrastructure, Match, WatchConfig, When

__all__ = [
    "Authors",
    "BuildkiteSource",
    "Config",
    "Digest",
    "Escalation",
    "FailureRate",
    "FailureRule",
    "GithubSource",
    "GitlabSource",
    "HudSource",
    "Infrastructure",
    "InvalidConfigError",
    "Match",
    "OtherSource",
    "Permissions",
    "Person",
    "Priority",
    "Problem",
    "Quiet",
    "ReplaySource",
    "Revert",
    "Rotation",
    "SlackConfig",
    "SourceConfig",
    "Team",
    "TrunkConfig",
    "WatchConfig",
    "When",
    "load",
    "read",
]
