"""A GitHub on localhost with a small trunk, and the source that reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.sources.github import GitHubSource, Token


@pytest.fixture
def draft() -> Draft:
    return Draft()


@pytest.fixture
async def github(draft: Draft) -> AsyncIterator[GitHubSandbox]:
    """A trunk of four green commits, and time to add to it."""
    for index in range(4):
        sha = draft.commit(f"commit {index} (#{index + 1})")
        draft.job(sha, "build")
        draft.job(sha, "test (1, 2)")
        draft.job(sha, "lint", workflow="lint")
    async with GitHubSandbox(draft.taken()) as sandbox:
        sandbox.advance()
        yield sandbox


@pytest.fixture
def source(github: GitHubSandbox, http: aiohttp.ClientSession) -> GitHubSource:
    return GitHubSource("demo/demo", http=http, api_url=github.url, auth=Token(github.token))
