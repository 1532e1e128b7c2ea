"""What a supervisor and Prometheus see of the running bot, well and unwell."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from chatbot.errors import TransientError
from tests.conftest import Server, StartServer
from tests.e2e.scene import ALICE, REPO, Scene, scene
from tests.e2e.seen import Seen, until


@pytest.fixture
def server(start_server: StartServer) -> Iterator[Server]:
    started = start_server()
    yield started
    started.signal(signal.SIGCONT)


async def test_the_numbers_follow_an_alert_from_its_poll_to_its_resolution(world: Scene, seen: Seen) -> None:
    root = await world.broken()
    await world.settled()
    assert await seen.value("alerts_open", state="open", priority="P2") == 1
    assert await seen.value("polls_total", trunk="pytorch", outcome="good") >= 1
    assert await seen.value("verdicts_total", watch="inductor", outcome="breached") >= 1
    assert await seen.value("deliveries_total", kind="root", outcome="delivered") == 1
    await world.slack.click(root, "Acknowledge", user=ALICE)
    await world.reply(root, "cknowledged")
    assert await seen.value("acknowledge_seconds_count", priority="P2") == 1
    assert await seen.value("alerts_open", state="acknowledged", priority="P2") == 1
    await world.trunk("resolve inductor", user=ALICE)
    await world.reply(root, "esolved")
    assert await seen.value("resolve_seconds_count", priority="P2") == 1
    assert await seen.value("alerts_open", state="acknowledged", priority="P2") == 0
    assert await seen.value("request_seconds_count", kind="command", name="resolve") == 1
    assert await seen.value("request_seconds_count", kind="press", name="acknowledge") == 1


async def test_the_numbers_tell_of_the_process_and_what_it_reaches(world: Scene, seen: Seen) -> None:
    await world.broken()
    host = world.github.url.removeprefix("http://")
    assert await seen.value("slack_connected") == 1
    assert await seen.value("leases_held") == await seen.value("trunks_configured") == 1
    assert await seen.value("redis_reachable") == 1
    assert await seen.value("configuration_good") == 1
    assert await seen.value("api_requests_total", api="slack", answer="2xx") >= 2
    assert await seen.value("api_budget_limit", api=host, resource="core") == world.github.limit.limit
    assert 0 < await seen.value("api_budget_remaining", api=host, resource="core") <= world.github.limit.limit
    assert await seen.value("data_age_seconds", trunk="pytorch") < 10
    assert (await seen.samples())["process_open_fds", frozenset()] > 0


async def test_answers_that_tell_us_to_wait_are_counted_by_method(world: Scene, seen: Seen) -> None:
    world.slack.faults.add("chat.postMessage", "rate_limited", 1, retry_after=1)
    await world.broken()
    assert await seen.value("rate_limited_total", api="slack", method="chat.postMessage") == 1


async def test_no_words_of_people_are_in_the_numbers(world: Scene, seen: Seen) -> None:
    await world.trunk("xyzzy-plugh-nothing")
    said = str(await seen.samples())
    assert "xyzzy" not in said
    assert world.settings.slack_bot_token is not None
    assert world.settings.slack_bot_token.get_secret_value() not in said


async def test_a_redis_that_sleeps_makes_it_not_ready_and_leaves_it_alive(
    tmp_path: Path, server: Server, client: ClientSession
) -> None:
    async with scene(tmp_path, server.url) as world:
        seen = Seen(world, client)
        world.draw(build="+")
        await until(lambda: _well(seen))
        server.signal(signal.SIGSTOP)
        status, wrong = await seen.ready()
        assert status == 503
        assert "redis" in wrong
        assert await seen.alive() == 200
        assert await seen.value("redis_reachable") == 0
        assert await seen.value("redis_errors_total", code="TIMEOUT") >= 1
        server.signal(signal.SIGCONT)
        await until(lambda: _well(seen))


async def _well(seen: Seen) -> bool:
    return (await seen.ready())[0] == 200


async def test_a_source_that_does_not_answer_makes_it_not_ready(world: Scene, seen: Seen) -> None:
    world.draw(build="+")
    await until(lambda: _well(seen))
    world.github.faults.add(f"/repos/{REPO}/commits", "server_error", 10_000)

    async def stale() -> bool:
        return "source pytorch" in (await seen.ready())[1]

    await until(stale)
    assert await seen.alive() == 200
    assert await seen.value("polls_total", trunk="pytorch", outcome="failed") >= 1


async def test_a_dead_socket_makes_it_not_ready(world: Scene, seen: Seen) -> None:
    world.draw(build="+")
    await until(lambda: _well(seen))
    world.slack.faults.add("apps.connections.open", "server_error", 10_000)
    await world.slack.reconnect_sockets(abrupt=True)

    async def dead() -> bool:
        return "slack" in (await seen.ready())[1]

    await until(dead)
    assert await seen.alive() == 200
    assert await seen.value("slack_connected") == 0


async def test_a_socket_that_stays_dead_ends_it_with_a_reason(tmp_path: Path, valkey_url: str) -> None:
    async with scene(tmp_path, valkey_url) as world:
        await world.stop()
        world.patience = 1.0
        await world.start()
        world.slack.faults.add("apps.connections.open", "server_error", 10_000)
        await world.slack.reconnect_sockets(abrupt=True)
        running, world._running = world._running, None
        assert running is not None
        with pytest.raises(TransientError, match="socket to Slack"):
            await running


async def test_a_loop_that_stands_still_shows_in_the_probe_and_ends_it(
    tmp_path: Path, valkey_url: str, client: ClientSession
) -> None:
    async with scene(tmp_path, valkey_url) as world:
        await world.stop()
        world.patience = 2.0
        await world.start()
        seen = Seen(world, client)
        world.app._observing.beats.sleep("stuck")  # a loop that never comes by

        async def stuck() -> bool:
            return await seen.alive() == 503

        await until(stuck)
        running, world._running = world._running, None
        assert running is not None
        with pytest.raises(TransientError, match="no progress of stuck"):
            await running
