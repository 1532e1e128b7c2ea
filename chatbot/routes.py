"""Where an alert belongs: its watch, its team, its channel, whom to ping. Pure; the configuration decides."""

from __future__ import annotations

from datetime import datetime

from chatbot import links, people
from chatbot.alert import Alert
from chatbot.config import Config, WatchConfig
from chatbot.messages.alert import About


def watch_of(alert: Alert, config: Config) -> WatchConfig:
    """The alert's watch; one that left the configuration is known by its name alone."""
    if alert.of_source:
        return WatchConfig(id="source", title=f"No results from the source of {alert.trunk}", trunk=alert.trunk)
    found = next((watch for watch in config.watches if watch.id == alert.watch), None)
    return found or WatchConfig(id=alert.watch, title=f"{alert.watch} (no longer configured)", trunk=alert.trunk)


def about(alert: Alert, config: Config, *, now: datetime, github_url: str) -> About:
    """What the alert's messages need to know besides the alert."""
    watch = watch_of(alert, config)
    team = config.teams.get(watch.team)
    trunk = next((trunk for trunk in config.trunks if trunk.id == alert.trunk), None)
    return About(
        watch=watch,
        links=links.links(trunk, api_url=github_url) if trunk else links.Links(),
        ping=people.pinged(team, now=now) if team else (),
        people={person.github.lower(): person.slack for person in config.people},
    )


def channel(alert: Alert, config: Config) -> str:
    """The team's channel, else the fallback; empty where there is neither."""
    team = None if alert.of_source else config.teams.get(watch_of(alert, config).team)
    return team.channel if team else config.slack.fallback_channel or ""


def channels(watch: str, config: Config) -> tuple[str, ...]:
    """Every channel that an alert of the watch of that id may be in."""
    found = next((one for one in config.watches if one.id == watch), None)
    team = config.teams.get(found.team) if found else None
    return tuple(channel for channel in (team.channel if team else None, config.slack.fallback_channel) if channel)
