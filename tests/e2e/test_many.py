"""Many trunks side by side, a file that changes under way, and a rate limit that runs low."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from aiohttp import ClientSession

from tests.e2e.scene import CONFIG, REPO, Scene, scene
from tests.e2e.seen import Seen, until

TRUNK_LINE = (
    "  - {id: pytorch, source: {kind: github, repo: pytorch/pytorch, branch: main}, poll_every: 50ms, window: 50}\n"
)


def another(name: str, repo: str = REPO) -> str:
    """A line of the file: one more trunk."""
    return TRUNK_LINE.replace("id: pytorch", f"id: {name}").replace("pytorch/pytorch", repo)


def with_trunks(*lines: str) -> str:
    return CONFIG.replace(TRUNK_LINE, TRUNK_LINE + "".join(lines))


def reload(world: Scene, config: str) -> None:
    """Write the file anew and send ourselves the signal."""
    world.config_file.write_text(config, encoding="utf-8")
    signal.raise_signal(signal.SIGHUP)


async def shows(world: Scene, text: str, *, command: str = "health") -> str:
    """The answer to a command once it says *text*."""
    async with asyncio.timeout(15):
        while text not in (said := (await world.trunk(command)).shown):
            await asyncio.sleep(0.02)
    return said


async def test_each_of_many_trunks_is_read_and_the_one_that_fails_fails_alone(
    tmp_path: Path, valkey_url: str, client: ClientSession
) -> None:
    names = [f"trunk-{number}" for number in range(20)]
    config = with_trunks(*map(another, names), another("lost", "pytorch/lost"))
    async with scene(tmp_path, valkey_url, config=config, start=False) as world:
        world.draw(build="+")
        await world.start()
        seen = Seen(world, client)
        for name in names:
            await until(lambda name=name: _read(seen, name))  # type: ignore[misc]  # a default binds the name
        await until(lambda: _failed(seen, "lost"))
        assert await seen.value("polls_total", trunk="lost", outcome="good") == 0
        assert await seen.value("leases_held") == 22
        assert await seen.value("polls_total", trunk="trunk-3", outcome="failed") == 0
        said = await shows(world, "pytorch/lost")
        assert "source trunk-3" in said


async def _read(seen: Seen, trunk: str) -> bool:
    return await seen.value("polls_total", trunk=trunk, outcome="good") > 0


async def _polled(world: Scene, trunk: str) -> bool:
    poller = world.app._pollers.get(trunk)
    return poller is not None and poller.health.polled_at is not None


async def _failed(seen: Seen, trunk: str) -> bool:
    return await seen.value("polls_total", trunk=trunk, outcome="failed") > 0


async def test_a_file_that_is_read_again_before_there_is_anything_to_run_is_what_the_bot_starts_with(
    tmp_path: Path, valkey_url: str
) -> None:
    async with scene(tmp_path, valkey_url, start=False) as world:
        world.draw(build="+")
        world.config_file.write_text(with_trunks(another("second")), encoding="utf-8")
        world.app.reload()
        running = asyncio.create_task(world.app.run())
        await world.app.started.wait()
        await until(lambda: _polled(world, "second"))
        world.app.stop()
        await running


async def test_a_reload_takes_up_trunks_and_watches_and_lets_go_of_them(world: Scene, seen: Seen) -> None:
    world.draw(build="+")
    await until(lambda: _read(seen, "pytorch"))
    reload(world, with_trunks(another("second")).replace("id: lint\n", "id: format\n"))
    await until(lambda: _read(seen, "second"))
    assert await seen.value("leases_held") == await seen.value("trunks_configured") == 2
    assert "format" in await shows(world, "format", command="")
    reload(world, CONFIG)

    async def let_go() -> bool:
        return await seen.value("leases_held") == 1

    await until(let_go)
    assert ("trunkwatch_data_age_seconds", frozenset({("trunk", "second")})) not in await seen.samples()
    said = (await world.trunk("")).shown
    assert "format" not in said
    assert "second" not in (await world.trunk("health")).shown
    root = await world.broken()
    assert "Inductor jobs broken" in root.shown


async def test_a_bad_file_is_refused_until_a_good_one_comes(world: Scene, seen: Seen) -> None:
    reload(world, CONFIG.replace("priority: P2", "priority: P9"))
    said = await shows(world, "was refused")
    assert "trunkwatch.yaml:" in said
    assert await seen.value("configuration_good") == 0
    assert (await seen.ready())[0] == 503
    reload(world, "version: 1\ntrunks: [\n")
    assert "was refused" in await shows(world, "was refused")
    reload(world, CONFIG)
    assert "was refused" not in await shows(world, "redis")
    assert await seen.value("configuration_good") == 1


async def test_polls_come_later_where_little_is_left_of_the_rate_limit(world: Scene, seen: Seen) -> None:
    world.draw(build="+")
    await until(lambda: _read(seen, "pytorch"))
    assert await seen.value("poll_every_seconds", trunk="pytorch") == 0.05
    world.github.limit.remaining = 520  # 20 beyond the tenth that is kept
    world.draw(build="+")  # something to read, which tells what is left

    async def stretched() -> bool:
        return await seen.value("poll_every_seconds", trunk="pytorch") > 5

    await until(stretched)
    said = await shows(world, "to save them")
    assert "requests left, all again in" in said
    assert await seen.value("poll_stretch_ratio", api=world.github.url.removeprefix("http://")) > 100
    assert (await seen.ready())[0] == 200


async def test_the_evidence_for_an_alert_is_read_although_polls_wait(tmp_path: Path, valkey_url: str) -> None:
    async with scene(tmp_path, valkey_url, start=False) as world:
        world.draw(build="+xxx", line="FAILED test_x.py::test_y - AssertionError")
        world.github.limit.remaining = 508  # the first poll takes it down to the tenth that is kept
        await world.start()
        await world.root(says="test_y")
        await shows(world, "to save them")
        polls = world._polls()
        await world.settled()
        world.draw(build="x")
        await asyncio.sleep(0.3)  # six intervals, in none of which anything is asked
        assert world._polls() <= polls
        assert world.github.limit.remaining < 500
