"""A Slack with a channel, a person and a group, and the client that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientTimeout

from chatbot.sandbox.slack import SlackSandbox
from chatbot.slack.client import Slack
from tests.sandbox.client.saying import CHANNEL


@pytest.fixture
async def sandbox() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.add_channel(CHANNEL, "inductor-ci")
        sandbox.add_person("U01ALICE", "alice", email="alice@example.com")
        sandbox.add_usergroup("S0LEADS", "leads", ["U01ALICE"])
        yield sandbox


@pytest.fixture
async def slack(sandbox: SlackSandbox) -> AsyncIterator[Slack]:
    async with Slack(sandbox.bot_token, base_url=sandbox.api_url, timeout=ClientTimeout(total=0.5)) as slack:
        yield slack
