"""Opens the source that a trunk's configuration names."""

from __future__ import annotations

import aiohttp

from chatbot.config import TrunkConfig
from chatbot.errors import ConfigError
from chatbot.settings import Settings
from chatbot.sources import Source
from chatbot.sources.github import App, GitHubSource, Token
from chatbot.sources.replay import ReplaySource


def open_source(trunk: TrunkConfig, settings: Settings, http: aiohttp.ClientSession) -> Source:
    """The source of *trunk*; *http* stays the caller's to close.

    Raises:
        ConfigError: the kind is not supported by this version, or its credentials cannot be used.
    """
    source = trunk.source
    if source.kind == "github":
        return GitHubSource(
            source.repo,
            source.branch,
            http=http,
            api_url=source.api_url or settings.github_api_url,
            auth=github_auth(settings),
            checks=source.checks,
        )
    if source.kind == "replay":
        return ReplaySource(source.recording, trunk.id)
    raise ConfigError(f"trunk {trunk.id!r}: this version cannot read sources of kind {source.kind!r}")


def github_auth(settings: Settings) -> Token | App | None:
    """How we sign in to GitHub: as an App where there is one, else by token, else not at all."""
    if settings.github_app_id and settings.github_app_private_key:
        return App(settings.github_app_id, settings.github_app_private_key.get_secret_value())
    return Token(settings.github_token.get_secret_value()) if settings.github_token else None
