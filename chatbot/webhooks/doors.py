"""All doors: which webhooks there are, at which paths, and what to tell the sender. A new one is a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from chatbot.config import BuildkiteSource, Config, GithubSource
from chatbot.firings import Firings
from chatbot.health import Row
from chatbot.hinting import Hinting
from chatbot.settings import Settings
from chatbot.store import Store
from chatbot.webhooks.buildkite import BuildkiteHook
from chatbot.webhooks.door import Handler, Hook, door
from chatbot.webhooks.github import GithubHook
from chatbot.webhooks.grafana import GrafanaHook


def doors(
    settings: Settings,
    store: Store,
    hinting: Hinting,
    firings: Firings,
    *,
    config: Callable[[], Config],
    now: Callable[[], datetime],
) -> Mapping[str, Handler]:
    """What answers, by path. A webhook whose secret is not set answers that it is not."""
    hooks: list[Hook] = [
        BuildkiteHook(settings.buildkite_webhook_token, config=config, now=now, tell=hinting.tell),
        GithubHook(settings.github_webhook_secret, config=config, tell=hinting.tell),
        GrafanaHook(settings.grafana_webhook_token, config=config, now=now, take=firings.take),
    ]
    return {hook.path: door(hook, store) for hook in hooks}


def set_up(settings: Settings) -> bool:
    """Whether hints may come, so that replicas have to listen for each other's."""
    return settings.github_webhook_secret is not None or settings.buildkite_webhook_token is not None


def rows(settings: Settings, config: Config) -> list[Row]:
    """For each webhook whether it is taken, and what to enter where it comes from."""
    return [*_buildkite(settings, config), *_github(settings, config), _grafana(settings, config)]


def _buildkite(settings: Settings, config: Config) -> list[Row]:
    if not any(isinstance(trunk.source, BuildkiteSource) for trunk in config.trunks):
        return []
    if settings.buildkite_webhook_token is None:
        off = "off: results are seen when polled. Set BUILDKITE_WEBHOOK_TOKEN to see them within a second"
        return [Row("webhook buildkite", good=True, text=off)]
    how = "send the token of BUILDKITE_WEBHOOK_TOKEN as an HMAC signature, events build.* and job.finished"
    return [Row("webhook buildkite", good=True, text=f"{_where(settings, BuildkiteHook.path)}\n{how}")]


def _github(settings: Settings, config: Config) -> list[Row]:
    sources = [trunk.source for trunk in config.trunks if isinstance(trunk.source, GithubSource)]
    if not sources:
        return []
    if settings.github_webhook_secret is None:
        off = "off: results are seen when polled. Set GITHUB_WEBHOOK_SECRET to see them within a second"
        return [Row("webhook github", good=True, text=off)]
    events = "Pushes, Workflow runs, Workflow jobs"
    events += ", Check runs, Statuses" if any(source.checks for source in sources) else ""
    how = f"content type application/json, the secret of GITHUB_WEBHOOK_SECRET, events {events}"
    return [Row("webhook github", good=True, text=f"{_where(settings, GithubHook.path)}\n{how}")]


def _grafana(settings: Settings, config: Config) -> Row:
    if settings.grafana_webhook_token is None:
        return Row("webhook grafana", good=True, text="off: set GRAFANA_WEBHOOK_TOKEN to take Grafana's alerts")
    if config.slack.fallback_channel is None:
        lost = "alerts without a team have nowhere to go: set slack.fallback_channel"
        return Row("webhook grafana", good=False, text=lost)
    how = "a contact point of type Webhook, authorization Bearer, the token of GRAFANA_WEBHOOK_TOKEN"
    return Row("webhook grafana", good=True, text=f"{_where(settings, GrafanaHook.path)}\n{how}")


def _where(settings: Settings, path: str) -> str:
    return f"POST {path}, here on {settings.http_host}:{settings.http_port}; give the sender your address of that"
