"""What goes wrong on request, as the SDK's client meets it."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox
from tests.sandbox.conftest import ALICE, ELSEWHERE, HERE, client_of, seed


def post(client: AsyncWebClient, text: str = "x", channel: str = HERE) -> Any:
    return client.chat_postMessage(channel=channel, text=text)


async def test_a_rate_limit_says_how_long_to_wait(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.faults.add("chat.postMessage", "rate_limited", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await post(client)
    assert (caught.value.response.status_code, caught.value.response["error"]) == (429, "ratelimited")
    assert caught.value.response.headers["Retry-After"] == "7"
    assert slack.messages(HERE) == []
    await post(client)
    assert len(slack.messages(HERE)) == 1


async def test_a_lost_answer_means_it_was_done(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.faults.add("chat.postMessage", "lost_answer")
    with pytest.raises(aiohttp.ClientError):
        await post(client)
    assert len(slack.messages(HERE)) == 1
    assert slack.requests[-1].outcome == "lost_answer"


async def test_a_refused_connection_means_it_was_not(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.faults.add("chat.*", "refused", times=2)
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await post(client)
    assert slack.messages(HERE) == []
    assert slack.faults.left == 0


@pytest.mark.parametrize(("executed", "posted"), [(False, 0), (True, 1)])
async def test_a_server_error_may_have_done_it_or_not(
    slack: SlackSandbox, client: AsyncWebClient, *, executed: bool, posted: int
) -> None:
    slack.faults.add("chat.postMessage", "server_error", status=503, executed=executed)
    with pytest.raises(SlackApiError) as caught:
        await post(client)
    assert caught.value.response.status_code == 503
    assert len(slack.messages(HERE)) == posted


@pytest.mark.parametrize(("executed", "posted"), [(False, 0), (True, 1)])
async def test_a_slow_answer_may_come_after_the_client_gave_up(
    slack: SlackSandbox, *, executed: bool, posted: int
) -> None:
    impatient = AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=1)
    slack.faults.add("chat.postMessage", "slow", seconds=1.4, executed=executed)
    with pytest.raises(asyncio.TimeoutError):
        await post(impatient)
    assert len(slack.messages(HERE)) == posted


async def test_garbage_and_errors(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.faults.add("chat.postMessage", "garbage")
    slack.faults.add("chat.postMessage", "error", code="fatal_error")
    with pytest.raises(SlackApiError, match="status: 200"):
        await post(client)
    with pytest.raises(SlackApiError, match="fatal_error"):
        await post(client)
    assert slack.messages(HERE) == []


async def test_a_fault_can_be_for_one_channel_only(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.invite_bot(ELSEWHERE)
    slack.faults.add("chat.postMessage", "error", channel=ELSEWHERE, code="is_archived")
    await post(client)
    with pytest.raises(SlackApiError, match="is_archived"):
        await post(client, channel=ELSEWHERE)


def test_a_fault_that_does_not_exist_is_refused_in_words() -> None:
    slack = SlackSandbox()
    with pytest.raises(ValueError, match=r"no fault 'explosion'; there are rate_limited, server_error"):
        slack.faults.add("chat.postMessage", "explosion")
    with pytest.raises(ValueError, match=r"refused has no seconds"):
        slack.faults.add("chat.postMessage", "refused", seconds=1)
    slack.faults.add("*", "refused", times=3)
    slack.faults.clear()
    assert slack.faults.left == 0


async def test_real_limits_let_a_burst_through_and_then_one_a_second() -> None:
    now = [1_000_000.0]
    async with SlackSandbox(real_limits=True, clock=lambda: now[0]) as slack:
        seed(slack)
        slack.invite_bot(ELSEWHERE)
        client = client_of(slack)
        for _ in range(4):
            await post(client)
        with pytest.raises(SlackApiError) as caught:
            await post(client)
        await post(client, channel=ELSEWHERE)
        wait = int(caught.value.response.headers["Retry-After"])
        now[0] += wait
        await post(client)
        assert 1 <= wait <= 4


async def test_real_limits_by_tier() -> None:
    now = [1_000_000.0]
    async with SlackSandbox(real_limits=True, clock=lambda: now[0]) as slack:
        client = client_of(seed(slack))
        for _ in range(20):
            await client.users_list()
        with pytest.raises(SlackApiError, match="ratelimited"):
            await client.users_list()
        await client.users_info(user=ALICE)
        now[0] += 60
        await client.users_list()


async def test_waiting_for_what_does_not_come_says_what_there_is(slack: SlackSandbox, client: AsyncWebClient) -> None:
    await post(client, "hello")
    await client.chat_postEphemeral(channel=HERE, user=ALICE, text="psst")
    with pytest.raises(TimeoutError) as caught:
        await slack.until(lambda: len(slack.messages(HERE)) == 2, timeout=0.05)
    text = str(caught.value)
    assert "#inductor-ci: 1 messages" in text
    assert "'hello'" in text
    assert "only U01ALICE: 'psst'" in text
    assert "last calls: chat.postMessage ok, chat.postEphemeral ok" in text


async def test_waiting_ends_at_the_change_and_gives_what_was_found(slack: SlackSandbox, client: AsyncWebClient) -> None:
    waiting = asyncio.ensure_future(slack.until(lambda: slack.messages(HERE), timeout=5))
    await post(client, "hello")
    assert [message.text for message in await waiting] == ["hello"]
