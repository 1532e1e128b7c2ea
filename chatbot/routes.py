"""Where an alert belongs: its watch, its team, its channel, whom to ping and when. Pure; the configuration decides."""

from __future__ import annotations

from datetime import datetime

from chatbot import authors, grafana, inhibition, links, people
from chatbot.alert import GRAFANA, INFRASTRUCTURE, Alert
from chatbot.config import Config, WatchConfig
from chatbot.config.fields import Priority
from chatbot.escalation import Plan
from chatbot.messages.alert import About


def watch_of(alert: Alert, config: Config) -> WatchConfig:
    """The alert's watch; one that left the configuration is known by its name alone."""
    if alert.of_source:
        return WatchConfig(id="source", title=f"No results from the source of {alert.trunk}", trunk=alert.trunk)
    if alert.watch.startswith(INFRASTRUCTURE):
        return inhibition.infrastructure_watch(alert.trunk, config.infrastructure).config
    if alert.of_grafana:
        return _grafana(alert, config)
    found = config.watch(alert.watch)
    return found or WatchConfig(id=alert.watch, title=f"{alert.watch} (no longer configured)", trunk=alert.trunk)


def _grafana(alert: Alert, config: Config) -> WatchConfig:
    """What stands for the watch of an alert of Grafana's: its annotations, and what is set for all of them."""
    told = alert.firings[0] if alert.firings else None
    team = grafana.team_of(alert.watch)
    said = {
        "title": (told.rule if told else alert.note or "")[:150] or "An alert of Grafana's",
        "team": team if team in config.teams else "",
        "priority": Priority(told.priority if told else "P2"),
        "runbook": told.runbook if told else None,
        "dashboard": told.dashboard if told else None,
    }
    return WatchConfig(id="grafana", trunk="grafana").model_copy(update={**said, **dict(config.grafana)})


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
        command=config.slack.command,
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
    return bool(alert.inhibited_by) or planned.silent(now=now) or (planned.silent(now=alert.began) and not held)


def channel(alert: Alert, config: Config) -> str:
    """The team's channel, else the fallback; empty where there is neither."""
    team = None if alert.of_source else config.teams.get(watch_of(alert, config).team)
    return team.channel if team else config.slack.fallback_channel or ""


def channels(watch: str, config: Config) -> tuple[str, ...]:
    """Every channel that an alert of the watch of that id may be in."""
    found = config.watch(watch)
    if watch.startswith(GRAFANA):
        return tuple(dict.fromkeys([team.channel for team in config.teams.values()] + _fallback(config)))
    owner = config.infrastructure.team if watch.startswith(INFRASTRUCTURE) else found.team if found else None
    team = config.teams.get(owner or "")
    return tuple(([team.channel] if team else []) + _fallback(config))


def _fallback(config: Config) -> list[str]:
    """The fallback channel, if there is one."""
    return [config.slack.fallback_channel] if config.slack.fallback_channel else []
