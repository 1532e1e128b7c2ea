"""A Buildkite on localhost, and the source that reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from chatbot.sandbox.buildkite import BuildkiteSandbox
from chatbot.sources.buildkite import BuildkiteSource


@pytest.fixture
async def buildkite() -> AsyncIterator[BuildkiteSandbox]:
    async with BuildkiteSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def source(buildkite: BuildkiteSandbox, http: aiohttp.ClientSession) -> BuildkiteSource:
    return BuildkiteSource("acme", "app", http=http, token=buildkite.token, api_url=buildkite.api_url)
