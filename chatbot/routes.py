"""Where an alert belongs: its watch, its team, its channel, whom to ping and when. Pure; the configuration decides."""

from __future__ import annotations

from datetime import datetime

from chatbot import authors, inhibition, links, people
from chatbot.alert import INFRASTRUCTURE, Alert
from chatbot.config import Config, WatchConfig
from chatbot.escalation import Plan, began
from chatbot.messages.alert import About


def watch_of(alert: Alert, config: Config) -> WatchConfig:
    """The alert's watch; one that left the configuration is known by its name alone."""
    if alert.of_source:
        return WatchConfig(id="source", title=f"No results from the source of {alert.trunk}", trunk=alert.trunk)
    if alert.watch.startswith(INFRASTRUCTURE):
        return inhibition.infrastructure_watch(alert.trunk, config.infrastructure).config
    found = next((watch for watch in config.watches if watch.id == alert.watch), None)
    return found or WatchConfig(id=alert.watch, title=f"{alert.watch} (no longer configured)", trunk=alert.trunk)


def about(alert: Alert, config: Config, *, now: datetime, github_url: str) -> About:
    """What the alert's messages need to know besides the alert."""
    planned = plan(alert, config, now=now)
    trunk = next((trunk for trunk in config.trunks if trunk.id == alert.trunk), None)
    return About(
        watch=planned.watch,
        links=links.links(trunk, api_url=github_url) if trunk else links.Links(),
        ping=() if _spared(alert, planned, now) else planned.ping,
        people=authors.mentioned_with_culprits(config.authors, config.people),
        writable=trunk is not None and trunk.source.kind == "github",
    )


def plan(alert: Alert, config: Config, *, now: datetime) -> Plan:
    """What escalation needs to know of the alert's watch and team."""
    watch = watch_of(alert, config)
    team = config.teams.get(watch.team)
    quiet = watch.quiet or (team.quiet if team else None)
    return Plan(watch, quiet, people.pinged(team, now=now) if team else ())


def _spared(alert: Alert, planned: Plan, now: datetime) -> bool:
    """Whether nobody is mentioned: it is kept quiet, or began in quiet hours; who was spared is told later."""
    held = any(entry.id == f"held:{alert.reopened}" for entry in alert.entries)
    return bool(alert.inhibited_by) or planned.silent(now=now) or (planned.silent(now=began(alert)) and not held)


def channel(alert: Alert, config: Config) -> str:
    """The team's channel, else the fallback; empty where there is neither."""
    team = None if alert.of_source else config.teams.get(watch_of(alert, config).team)
    return team.channel if team else config.slack.fallback_channel or ""


def channels(watch: str, config: Config) -> tuple[str, ...]:
    """Every channel that an alert of the watch of that id may be in."""
    found = next((one for one in config.watches if one.id == watch), None)
    owner = config.infrastructure.team if watch.startswith(INFRASTRUCTURE) else found.team if found else None
    team = config.teams.get(owner or "")
    return tuple(channel for channel in (team.channel if team else None, config.slack.fallback_channel) if channel)
