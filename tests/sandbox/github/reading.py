"""What tests of the GitHub source share: a source as they open it, and drafts made visible."""

from __future__ import annotations

import aiohttp

from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.sources.github import GitHubSource, Token

WINDOW = 50


def opened(
    github: GitHubSandbox, http: aiohttp.ClientSession, repo: str = "demo/demo", *, reads: int = 500
) -> GitHubSource:
    return GitHubSource(repo, http=http, api_url=github.url, auth=Token(github.token), reads=reads)


def show(github: GitHubSandbox, draft: Draft) -> None:
    """Make what was drafted visible."""
    github.add(*draft.taken())
    github.advance()
