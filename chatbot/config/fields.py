"""The types of single fields in the configuration: names, durations, Slack's ids, patterns, times of day.

Pure. Each says what it wants in words for the person who wrote the file; `ValueError` is how pydantic
wants to hear it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from chatbot.durations import parse, spelled
from chatbot.errors import ConfigError
from chatbot.globs import Globs, PathGlobs, compiled

COMMAND_WORDS = frozenset(
    {
        "ack",
        "alerts",
        "assign",
        "commit",
        "culprit",
        "digest",
        "explain",
        "flaky",
        "health",
        "help",
        "history",
        "mine",
        "resolve",
        "share",
        "snooze",
        "suspects",
        "timeline",
    }
)  # fmt: skip  a list of words, not of lines
"""What stands for itself behind `/trunk`; a watch of that name could not be asked for."""


class Model(BaseModel):
    """What every part of the configuration is: frozen, and strict about names."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, populate_by_name=True, hide_input_in_errors=True
    )


class Priority(StrEnum):
    """How much it matters: P0 wakes people up, P3 can wait for days."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError("is not a duration; write a number with its unit: 90s, 5m, 6h or 2d")  # noqa: TRY004  pydantic wants ValueError
    return parse(value)


def _within(least: str, most: str) -> AfterValidator:
    low, high = parse(least), parse(most)

    def check(value: timedelta) -> timedelta:
        if not low <= value <= high:
            raise ValueError(f"{spelled(value)} is outside {least} to {most}")
        return value

    return AfterValidator(check)


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(spelled, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(\.\d+)? *(ms|s|m|h|d|w) *)+$", "examples": ["90s", "6h"]}),
]
PollInterval = Annotated[Duration, _within("50ms", "1h")]
Span = Annotated[Duration, _within("1s", "52w")]


@dataclass(frozen=True)
class Shape:
    """A text of the shape *pattern*; *otherwise* says what to write instead."""

    pattern: str
    otherwise: Callable[[str], str]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Part of pydantic's protocol: the check."""
        expression = re.compile(self.pattern, re.ASCII)

        def check(value: str) -> str:
            if expression.fullmatch(value) is None:
                raise ValueError(self.otherwise(value))
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Part of pydantic's protocol: the description."""
        return {**handler(core), "pattern": self.pattern}


def _not_an_id(value: str) -> str:
    return (
        f"{value!r} is not usable as a name here: it appears in commands and in Redis keys, so write up to 64 letters, "
        "digits, `.`, `_` or `-`, beginning with a letter or digit"
    )


def _not_a_channel(value: str) -> str:
    if value.startswith("#"):
        return (
            f"{value!r} is a channel's name, and names change; write its ID (C0123456789, at the bottom of the "
            "channel's details in Slack), `trunkwatch check` can look it up"
        )
    return f"{value!r} is not a channel's ID; they look like C0123456789"


def _not_a_mention(value: str) -> str:
    if value.lstrip("@!<").split(">")[0] in {"here", "channel", "everyone"}:
        return f"{value!r} would ping everybody; name a user group (S0123456789) or a person (U0123456789)"
    return f"{value!r} is not the ID of a user group (S0123456789) or a person (U0123456789)"


Id = Annotated[str, Shape(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", _not_an_id)]
ChannelId = Annotated[str, Shape(r"^[CG][A-Z0-9]{2,20}$", _not_a_channel)]
UserId = Annotated[
    str, Shape(r"^[UW][A-Z0-9]{2,20}$", lambda value: f"{value!r} is not a person's ID; they look like U0123456789")
]
MentionId = Annotated[str, Shape(r"^[SUW][A-Z0-9]{2,20}$", _not_a_mention)]
TargetId = Annotated[
    str,
    Shape(
        r"^[CGSUW][A-Z0-9]{2,20}$",
        lambda value: f"{value!r} is not the ID of a user group (S…), a person (U…) or a channel (C…)",
    ),
]
Url = Annotated[
    str, Shape(r"^https?://[^\s<>|]{1,1990}$", lambda value: f"{value!r} is not an address that begins with http(s)://")
]
CommandName = Annotated[
    str,
    Shape(
        r"^/[a-z0-9_-]{1,31}$",
        lambda value: (
            f"{value!r} is not a slash command; write `/` and up to 31 lower-case letters, digits, `-` or `_`"
        ),
    ),
]
Repository = Annotated[
    str,
    Shape(
        r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$",
        lambda value: f"{value!r} is not a repository; write owner/name, as in pytorch/pytorch",
    ),
]
Slug = Annotated[
    str,
    Shape(
        r"^[A-Za-z0-9][A-Za-z0-9_-]{0,149}$",
        lambda value: f"{value!r} is not a slug; write it as in the address of the page, buildkite.com/ORG/PIPELINE",
    ),
]
Project = Annotated[
    str,
    Shape(
        r"^(\d{1,18}|[\w.-]+(/[\w.-]+)+)$",
        lambda value: f"{value!r} is not a project; write its path, as in group/name, or its number",
    ),
]
Branch = Annotated[str, Shape(r"^[^\s~^:?*\[\\]{1,255}$", lambda value: f"{value!r} is not the name of one branch")]
TimeOfDay = Annotated[
    str, Shape(r"^([01]\d|2[0-3]):[0-5]\d$", lambda value: f"{value!r} is not a time of day; write 09:00")
]
Title = Annotated[str, Field(min_length=1, max_length=150)]
Probability = Annotated[float, Field(strict=True, gt=0, le=1)]
Flag = Annotated[bool, Field(strict=True)]


def count(least: int, most: int) -> Any:
    """A whole number within these bounds; neither `true` nor `"3"` is one."""
    return Field(strict=True, ge=least, le=most)


def _watch_id(value: str) -> str:
    if value.lower() in COMMAND_WORDS:
        raise ValueError(f"{value!r} is a command of its own; call the watch something else")
    return value


WatchId = Annotated[Id, AfterValidator(_watch_id)]


def _pattern(value: str, compile_it: Callable[[str], object]) -> str:
    try:
        compile_it(value)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return value


def _shard_pattern(value: str) -> str:
    expression = compiled(value)
    if strange := sorted(set(expression.groupindex) - {"head", "tail"}):
        raise ConfigError(f"has a group named {strange[0]!r}; the groups that are kept are `head` and `tail`")
    return value


Glob = Annotated[str, AfterValidator(lambda value: _pattern(value, lambda text: Globs([text])))]
PathGlob = Annotated[str, AfterValidator(lambda value: _pattern(value, lambda text: PathGlobs([text])))]
Expression = Annotated[str, Field(min_length=1), AfterValidator(lambda value: _pattern(value, compiled))]
ShardPattern = Annotated[str, Field(min_length=1), AfterValidator(lambda value: _pattern(value, _shard_pattern))]


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is not a time zone; write its IANA name, as in Europe/Berlin") from error
    return value


Timezone = Annotated[str, AfterValidator(_timezone)]
