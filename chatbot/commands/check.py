"""`trunkwatch check`: is the file right, and is everything there that it needs? It posts nothing and alters nothing.

A probe looks at one thing and answers with rows; what it meets on the way becomes a row too.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path

import aiohttp
import click

from chatbot.config import Config, InvalidConfigError, TrunkConfig, load
from chatbot.errors import ConfigError, TrunkwatchError
from chatbot.escalation import is_channel
from chatbot.health import Row
from chatbot.settings import Settings, read_settings
from chatbot.slack.answers import Identity
from chatbot.slack.client import Slack
from chatbot.slack.lookup import channel_ids, try_socket
from chatbot.slack_manifest import SCOPES
from chatbot.sources.open import open_source
from chatbot.store.connect import connect
from chatbot.terminal import printable
from chatbot.webhooks import doors

PATIENCE = 30.0
"""Seconds for one probe."""

_WIDTH = 20  # of the names, so that the first row stands above those that come later
_CHANNEL_NAME = re.compile(r"'#([^']+)' is a channel's name")


@click.command()
@click.option("--config", "file", required=True, type=click.Path(path_type=Path), help="The configuration file.")
@click.option("--offline", is_flag=True, help="Only validate the file.")
def command(file: Path, *, offline: bool) -> int:
    """Validate the configuration, then try Redis, Slack, every channel and every CI source, a row each.

    Exits with 0 if all is well, 1 if a row failed, 2 if the file or the environment is wrong.
    """
    settings = read_settings()
    try:
        config = load(file)
    except InvalidConfigError as error:
        found = [] if offline else asyncio.run(_names_explained(error, settings))
        raise ConfigError("\n".join([str(error), *found])) from error
    rows = [Row("configuration", good=True, text=_summary(config))]
    _print(rows)
    if not offline:
        rows += asyncio.run(_probed(config, settings))
        _print(rows[1:])
    return 0 if all(row.good for row in rows) else 1


def _print(rows: Sequence[Row]) -> None:
    width = max(_WIDTH, *(len(row.name) for row in rows))
    for row in rows:
        mark = click.style("ok  ", fg="green") if row.good else click.style("FAIL", fg="red", bold=True)
        first, *more = printable(row.text).split("\n")
        click.echo(f"{mark}  {row.name:{width}}  {first}")
        for line in more:
            click.echo(f"      {'':{width}}  {line}")


def _summary(config: Config) -> str:
    parts = {"trunk": len(config.trunks), "team": len(config.teams), "watch": len(config.watches)}
    plural = {"watch": "watches"}
    return ", ".join(f"{count} {name if count == 1 else plural.get(name, name + 's')}" for name, count in parts.items())


async def _probed(config: Config, settings: Settings) -> list[Row]:
    async with aiohttp.ClientSession() as http:
        probes = [
            _tried("redis", redis(settings)),
            _tried("slack", slack_rows(config, settings)),
            *(_tried(f"source {trunk.id}", source(trunk, settings, http)) for trunk in config.trunks),
        ]
        found = [row for rows in await asyncio.gather(*probes) for row in rows]
        return [*found, *doors.rows(settings, config)]


async def _tried(name: str, probe: Awaitable[list[Row]]) -> list[Row]:
    """The probe's rows, or one that says why there are none."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await probe
    except TrunkwatchError as error:
        return [Row(name, good=False, text=str(error))]
    except TimeoutError:
        return [Row(name, good=False, text=f"no answer within {PATIENCE:g} seconds")]


async def redis(settings: Settings) -> list[Row]:
    """Whether the store can be opened, what it is, and what is kept there."""
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    async with await connect(url, settings.data_path, join=True) as store:
        health = await store.health()
        kept = [part for part in await store.kept() if part.count]
    where = "" if url else f", embedded, data in {settings.data_path}"
    keeps = [f"{part.kind.name}: {part.count:,}, {_size(part.bytes)}; {part.kind.lives}" for part in kept]
    lines = [f"{health.server}{where}; keeps {'' if kept else 'nothing yet'}".rstrip(), *keeps, *health.problems]
    return [Row("redis", good=True, text="\n".join(lines))]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"  # noqa: PLR2004  a million


async def source(trunk: TrunkConfig, settings: Settings, http: aiohttp.ClientSession) -> list[Row]:
    """Whether a trunk's results can be read."""
    opened = open_source(trunk, settings, http)
    try:
        return [Row(f"source {trunk.id}", good=True, text=await opened.check())]
    finally:
        await opened.close()


async def slack_rows(config: Config, settings: Settings) -> list[Row]:
    """Whose token it is, its scopes, how Slack reaches us, and every channel."""
    mode = settings.slack_mode(config.slack.mode)
    async with _slack(settings) as slack:
        identity = await slack.auth()
        rows = [Row("slack", good=True, text=f"{identity.team}, as {identity.bot_user} ({identity.url})")]
        rows.append(_scopes(identity))
        rows += await _tried("slack delivery", _delivery(settings, mode))
        for channel, users in _channels(config).items():
            rows += await _tried(f"channel {channel}", _channel(slack, channel, users))
        return rows


def _slack(settings: Settings) -> Slack:
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    return Slack(token, base_url=f"{settings.slack_api_url}/")


def _scopes(identity: Identity) -> Row:
    if not identity.scopes:
        return Row("slack scopes", good=True, text="the server does not tell which")
    missing = [f"{scope}: to {reason}" for scope, reason in SCOPES.items() if scope not in identity.scopes]
    if not missing:
        return Row("slack scopes", good=True, text=f"all {len(SCOPES)} that are needed")
    remedy = "The token lacks scopes. Paste `trunkwatch manifest` under App Manifest and reinstall the app:"
    return Row("slack scopes", good=False, text="\n".join([remedy, *missing]))


async def _delivery(settings: Settings, mode: str) -> list[Row]:
    if mode == "http":
        text = "over HTTP; the signing secret is proved only by Slack's first delivery"
        return [Row("slack delivery", good=True, text=text)]
    token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else ""
    await try_socket(token, base_url=f"{settings.slack_api_url}/")
    return [Row("slack delivery", good=True, text="over a socket, which the app-level token may open")]


def _channels(config: Config) -> Mapping[str, list[str]]:
    """Every channel of the configuration, and what for."""
    users: defaultdict[str, list[str]] = defaultdict(list)
    if config.slack.fallback_channel:
        users[config.slack.fallback_channel].append("fallback")
    for name, team in config.teams.items():
        users[team.channel].append(f"team {name}")
    for watch in config.watches:
        for step in watch.escalate:
            if is_channel(step.to) and f"escalation of {watch.id}" not in users[step.to]:
                users[step.to].append(f"escalation of {watch.id}")
    for step in config.grafana.escalate:
        if is_channel(step.to):
            users[step.to].append("escalation of Grafana's alerts")
    return users


async def _channel(slack: Slack, channel: str, users: Sequence[str]) -> list[Row]:
    seen = await slack.channel(channel)
    name = f"channel {channel}"
    purpose = f"#{seen.name} ({', '.join(users)})"
    if seen.is_archived:
        return [Row(name, good=False, text=f"{purpose} is archived; unarchive it or configure another")]
    if not seen.is_member:
        return [Row(name, good=False, text=f"{purpose}: the bot is not in it; invite it there with /invite")]
    return [Row(name, good=True, text=purpose)]


async def _names_explained(error: InvalidConfigError, settings: Settings) -> list[str]:
    """The IDs of channels that were given by name, as far as Slack can be asked."""
    names = {match[1] for problem in error.problems for match in [_CHANNEL_NAME.match(problem.text)] if match}
    if not names or settings.slack_bot_token is None:
        return []
    try:
        async with asyncio.timeout(PATIENCE), _slack(settings) as slack:
            found = await channel_ids(slack, names)
    except (TrunkwatchError, TimeoutError) as trouble:
        return [f"The IDs could not be looked up: {str(trouble) or 'no answer'}"]
    unseen = "is no channel that the bot can see; invite it if the channel is private"
    return [f"#{name} is {found[name]}" if name in found else f"#{name} {unseen}" for name in sorted(names)]
