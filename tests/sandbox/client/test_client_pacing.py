"""Client and pacer together against a Slack that limits as the real one does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from chatbot.messages.blocks import Payload
from chatbot.messages.escape import mrkdwn
from chatbot.sandbox.slack import SlackSandbox
from chatbot.slack.client import Slack
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import EDIT, POST, Call, Priority

CHANNEL = "C0INDUCTOR"


class Clock:
    """A clock for both sides: whoever sleeps lets it jump, so no test waits for Slack's seconds."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(real_limits=True, clock=clock) as sandbox:
        sandbox.add_channel(CHANNEL, "inductor-ci")
        yield sandbox


@pytest.fixture
async def slack(sandbox: SlackSandbox) -> AsyncIterator[Slack]:
    async with Slack(sandbox.bot_token, base_url=sandbox.api_url) as slack:
        yield slack


def saying(text: str) -> Payload:
    return Payload(mrkdwn("{text}", text=text))


async def test_two_hundred_alerts_into_one_channel_meet_no_limit(
    sandbox: SlackSandbox, slack: Slack, clock: Clock
) -> None:
    began = clock.now
    async with Pacer(clock=clock, sleep=clock.sleep) as pacer:
        call = Call(POST, CHANNEL, Priority.ALERT)
        posts = (pacer.run(call, partial(slack.post, CHANNEL, saying(str(n)))) for n in range(200))
        await asyncio.gather(*posts)
        assert pacer.limits == 0
    assert [message.text for message in sandbox.messages(CHANNEL)] == [str(n) for n in range(200)]
    assert clock.now - began <= 200 * 1.1


async def test_a_429_loses_nothing_and_changes_no_order(sandbox: SlackSandbox, slack: Slack, clock: Clock) -> None:
    sandbox.faults.add("chat.postMessage", "rate_limited", 5, retry_after=3)
    async with Pacer(clock=clock, sleep=clock.sleep) as pacer:
        call = Call(POST, CHANNEL, Priority.ENTRY, "thread")
        posts = (pacer.run(call, partial(slack.post, CHANNEL, saying(str(n)))) for n in range(20))
        await asyncio.gather(*posts)
        assert pacer.limits == 5
    assert [message.text for message in sandbox.messages(CHANNEL)] == [str(n) for n in range(20)]


async def test_a_flood_of_edits_ends_in_the_newest_within_the_allowance(
    sandbox: SlackSandbox, slack: Slack, clock: Clock
) -> None:
    async with Pacer(clock=clock, sleep=clock.sleep) as pacer:
        roots = [await slack.post(CHANNEL, saying("root")) for _ in range(4)]
        edits = (
            pacer.run(
                Call(EDIT, CHANNEL, Priority.EDIT, replaces=ts),
                partial(slack.edit, CHANNEL, ts, saying(f"version {n}")),
            )
            for n in range(100)
            for ts in roots
        )
        await asyncio.gather(*edits)
        assert pacer.limits == 0
    assert {message.text for message in sandbox.messages(CHANNEL)} == {"version 99"}
    assert sum(request.method == "chat.update" for request in sandbox.requests) < 10
