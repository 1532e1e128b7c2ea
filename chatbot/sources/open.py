"""Opens the source that a trunk's configuration names: ours by kind, those of other distributions by entry point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import aiohttp

from chatbot import config
from chatbot.config import GithubSource, ReplaySource, TrunkConfig
from chatbot.errors import ConfigError
from chatbot.settings import Settings
from chatbot.sources import Source, plugged, replay
from chatbot.sources.github import App, GitHubSource, Token
from chatbot.sources.plugged import Opener
from chatbot.sources.unopened import Unopened

S = TypeVar("S")


def open_source(trunk: TrunkConfig, settings: Settings, http: aiohttp.ClientSession) -> Source:
    """The source of *trunk*; *http* stays the caller's to close.

    Raises:
        ConfigError: the kind is not supported by this version, or its credentials cannot be used.
    """
    kind = trunk.source.kind
    try:
        return (OPENERS.get(kind) or plugged.opener(kind))(trunk, settings, http)
    except ConfigError as error:
        raise ConfigError(f"trunk {trunk.id!r}: {error}") from error


def opened(trunk: TrunkConfig, settings: Settings, http: aiohttp.ClientSession) -> Source:
    """The same for who cannot give up: a source that cannot be opened is one whose every poll says why."""
    try:
        return open_source(trunk, settings, http)
    except ConfigError as error:
        return Unopened(error)


def chosen(trunk: TrunkConfig, kind: type[S]) -> S:
    """The configuration of *trunk*'s source as the one of its kind, which it is."""
    assert isinstance(trunk.source, kind), "openers are called for their kind"
    return trunk.source


def _github(trunk: TrunkConfig, settings: Settings, http: aiohttp.ClientSession) -> Source:
    source = chosen(trunk, GithubSource)
    return GitHubSource(
        source.repo,
        source.branch,
        http=http,
        api_url=source.api_url or settings.github_api_url,
        auth=github_auth(settings),
        checks=source.checks,
    )


def _hud(trunk: TrunkConfig, settings: Settings, http: aiohttp.ClientSession) -> Source:
    from chatbot.sources.hud import HudSource  # noqa: PLC0415  where it is configured

    source, auth = chosen(trunk, config.HudSource), github_auth(settings)
    github = GitHubSource(source.repo, source.branch, http=http, api_url=settings.github_api_url, auth=auth)
    return HudSource(
        source.repo,
        source.branch,
        http=http,
        url=source.url,
        token=settings.hud_token.get_secret_value() if settings.hud_token else None,
        header=settings.hud_token_header,
        github=github if auth else None,
    )


def _replay(trunk: TrunkConfig, _settings: Settings, _http: aiohttp.ClientSession) -> Source:
    return replay.ReplaySource(chosen(trunk, ReplaySource).recording, trunk.id)


def _buildkite(trunk: TrunkConfig, settings: Settings, http: aiohttp.ClientSession) -> Source:
    from chatbot.sources.buildkite import BuildkiteSource  # noqa: PLC0415  where it is configured

    source = chosen(trunk, config.BuildkiteSource)
    token = settings.buildkite_api_token
    files = None
    if source.repo is not None:
        auth = github_auth(settings)
        files = GitHubSource(source.repo, source.branch, http=http, api_url=settings.github_api_url, auth=auth).files
    return BuildkiteSource(
        source.org,
        source.pipeline,
        source.branch,
        http=http,
        token=token.get_secret_value() if token else None,
        api_url=source.api_url,
        files=files,
    )


def _gitlab(trunk: TrunkConfig, settings: Settings, http: aiohttp.ClientSession) -> Source:
    from chatbot.sources.gitlab import GitlabSource  # noqa: PLC0415  where it is configured

    source = chosen(trunk, config.GitlabSource)
    token = settings.gitlab_token
    return GitlabSource(
        source.project,
        source.branch,
        http=http,
        url=source.url,
        token=token.get_secret_value() if token else None,
    )


OPENERS: Mapping[str, Opener] = {
    "buildkite": _buildkite,
    "github": _github,
    "gitlab": _gitlab,
    "hud": _hud,
    "replay": _replay,
}
"""What opens the kinds that come with us."""


def github_auth(settings: Settings) -> Token | App | None:
    """How we sign in to GitHub: as an App where there is one, else by token, else not at all."""
    if settings.github_app_id and settings.github_app_private_key:
        return App(settings.github_app_id, settings.github_app_private_key.get_secret_value())
    return Token(settings.github_token.get_secret_value()) if settings.github_token else None
