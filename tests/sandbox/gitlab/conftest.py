"""A GitLab on localhost, and the source that reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from chatbot.sandbox.gitlab import GitlabSandbox
from chatbot.sources.gitlab import GitlabSource


@pytest.fixture
async def gitlab() -> AsyncIterator[GitlabSandbox]:
    async with GitlabSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def source(gitlab: GitlabSandbox, http: aiohttp.ClientSession) -> GitlabSource:
    return GitlabSource("acme/app", http=http, url=gitlab.url, token=gitlab.token)
