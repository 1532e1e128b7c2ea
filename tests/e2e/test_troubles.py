"""What is wrong around the bot, in the words that people get: in `/trunk health`, in the fallback channel."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from chatbot.errors import PermanentError, TransientError
from tests.e2e.scene import CONFIG, DEVINFRA, INDUCTOR, Scene, scene, settings_for


async def told_by_health(world: Scene, piece: str) -> str:
    """What `/trunk health` says once it says *piece*."""
    for _ in range(100):
        said = (await world.trunk("health")).shown
        if piece in said:
            return said
    raise AssertionError(said)


async def test_a_repository_that_does_not_exist_shows_in_health(tmp_path: Path, valkey_url: str) -> None:
    config = CONFIG.replace("pytorch/pytorch", "pytorch/pytroch")
    async with scene(tmp_path, valkey_url, config=config) as world:
        said = await told_by_health(world, "pytorch/pytroch")
    assert "source pytorch" in said
    assert "Traceback" not in said


async def test_a_channel_the_bot_is_not_in_sends_the_alert_to_the_fallback_with_what_to_do(world: Scene) -> None:
    world.slack.invite_bot(INDUCTOR, invited=False)
    world.draw(build="+xxx")
    root = await world.root(DEVINFRA)
    await world.settled()
    assert "Inductor jobs broken" in root.shown
    assert "invite" in "\n".join(m.shown for m in world.everything()).lower()
    said = (await world.trunk("health")).shown
    assert INDUCTOR in said
    assert world.roots(INDUCTOR) == []


async def test_an_archived_channel_sends_the_alert_to_the_fallback(world: Scene) -> None:
    world.slack.archive(INDUCTOR)
    world.draw(build="+xxx")
    assert "Acknowledge" in (await world.root(DEVINFRA)).labels


async def test_a_channel_that_does_not_exist_sends_the_alert_to_the_fallback(world: Scene) -> None:
    del world.slack.channels[INDUCTOR]
    world.draw(build="+xxx")
    assert "Acknowledge" in (await world.root(DEVINFRA)).labels


async def test_a_wrong_token_keeps_it_from_starting(tmp_path: Path, valkey_url: str) -> None:
    async with scene(tmp_path, valkey_url, start=False) as world:
        world.settings = settings_for(world.slack, world.github, mode="socket", slack_bot_token="xoxb-0")
        world.settings = world.settings.model_copy(update={"redis_url": SecretStr(valkey_url)})
        with pytest.raises(PermanentError, match="SLACK_BOT_TOKEN"):
            await world.start()


async def test_a_wrong_app_token_keeps_it_from_starting(tmp_path: Path, valkey_url: str) -> None:
    async with scene(tmp_path, valkey_url, start=False) as world:
        world.settings = world.settings.model_copy(update={"slack_app_token": SecretStr("xapp-0")})
        with pytest.raises(PermanentError, match="SLACK_APP_TOKEN"):
            await world.start()


async def test_a_slack_that_gives_no_socket_at_first_is_asked_again(tmp_path: Path, valkey_url: str) -> None:
    async with scene(tmp_path, valkey_url, start=False) as world:
        world.slack.faults.add("apps.connections.open", "server_error", 2)
        await world.start()
        assert world.slack.connected


async def test_a_port_that_is_taken_keeps_it_from_starting(tmp_path: Path, valkey_url: str, closed_port: int) -> None:
    async with scene(tmp_path, valkey_url, start=False) as world:
        world.settings = world.settings.model_copy(update={"http_port": closed_port})
        with pytest.raises(TransientError, match="TRUNKWATCH_HTTP_PORT"):
            await world.start()


async def test_a_slack_that_limits_and_loses_answers_gets_each_message_once(world: Scene) -> None:
    world.slack.faults.add("chat.postMessage", "rate_limited", 1, retry_after=1)
    root = await world.broken()
    world.slack.faults.add("chat.postMessage", "server_error", 1, status=503)
    world.draw(build="x")
    await world.reply(root, "another commit")
    await world.settled()
    assert len(world.roots()) == 1
    assert len(world.replies(root)) == 1
