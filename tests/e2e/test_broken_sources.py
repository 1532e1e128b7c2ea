"""A source that answers nonsense: said in `/trunk health` and in the log, never an alert about jobs nor its end."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from chatbot.sandbox.hud import HudSandbox
from chatbot.sandbox.serving import Fault
from chatbot.staleness import SHORTEST
from tests.e2e.scene import CONFIG, DEVINFRA, INDUCTOR, Scene, scene
from tests.trunks import commit, sha

SAID = {
    Fault.HTML: "with a web page: check `url`, or set HUD_TOKEN",
    Fault.LOGIN: "HUD sends us on to /login",
    Fault.MOVED: "has moved to /api/hud/renamed/renamed/main/1",
    Fault.FORBIDDEN: "the token may not read this",
    Fault.NOT_FOUND: "check `url`, `repo` and `branch`",
    Fault.SERVER_ERROR: "HUD is out of order (502 Bad Gateway)",
    Fault.RATE_LIMITED: "HUD's rate limit is reached",
    Fault.TRUNCATED: "the page from HUD cannot be read",
    Fault.EMPTY: "the page from HUD cannot be read",
    Fault.REFUSED: "cannot be reached",
}
BACKTICK = "\N{MODIFIER LETTER GRAVE ACCENT}"  # what is shown for one that comes from outside
RENAMED, BEHIND = "renamed", "behind"
ALL = {**{fault.value.replace("_", "-"): said for fault, said in SAID.items()}}
ALL |= {RENAMED: "HUD shows no commits of pytorch/pytorch@main", BEHIND: "HUD does not show commit"}


class World(NamedTuple):
    scene: Scene
    huds: dict[str, HudSandbox]

    def spoil(self) -> None:
        """From now on every HUD fails in its own way."""
        for fault in SAID:
            self.huds[fault.value.replace("_", "-")].fail("", fault, times=None)
        self.huds[RENAMED].branch = "trunk"
        self.huds[BEHIND].commits.pop()


def config(huds: dict[str, HudSandbox]) -> str:
    lines = [
        "version: 1",
        f"slack: {{fallback_channel: {DEVINFRA}}}",
        f"teams: {{t: {{channel: {INDUCTOR}}}}}",
        "trunks:",
    ]
    for name, hud in huds.items():
        lines.append(
            f"  - {{id: {name}, poll_every: 300ms, source: {{kind: hud, url: '{hud.url}', repo: pytorch/pytorch}}}}"
        )
    lines.append("watches:")
    lines += [f"  - {{id: w-{name}, title: Broken {name}, trunk: {name}}}" for name in huds]
    return "\n".join(lines)


@pytest.fixture
async def world(tmp_path: Path, valkey_url: str) -> AsyncIterator[World]:
    """A HUD and a trunk for each way to fail, every one with an open alert."""
    async with AsyncExitStack() as stack:
        huds = {name: await stack.enter_async_context(HudSandbox()) for name in ALL}
        for hud in huds.values():
            for number, conclusion in enumerate(["success", "failure", "failure", "failure"]):
                hud.commit(commit(number))
                hud.cell(sha(number), "pull / build", conclusion, failureLines=["E boom"])
        made = await stack.enter_async_context(scene(tmp_path, valkey_url, config=config(huds)))
        await made.slack.until(lambda: len(made.roots(INDUCTOR)) == len(ALL))
        await made.settled()
        yield World(made, huds)


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with capture_logs() as events:
        yield events


def missing(logged: list[EventDict]) -> list[str]:
    """What the log has not said yet."""
    reasons = {str(event["trunk"]): str(event["reason"]) for event in logged if event["event"] == "poll_failed"}
    return [said for name, said in ALL.items() if said not in reasons.get(name, "")]


async def test_every_way_to_fail_is_said_and_alters_no_alert(world: World, logged: list[EventDict]) -> None:
    before = {root.ts: root.shown for root in world.scene.roots(INDUCTOR)}
    world.spoil()

    while missing(logged):
        await asyncio.sleep(0.05)
    told = SHORTEST.total_seconds() + 10.0
    await world.scene.slack.until(lambda: len(world.scene.roots(DEVINFRA)) == len(ALL), told)
    await world.scene.settled()
    health = (await world.scene.trunk("health")).shown.replace(BACKTICK, "`")
    assert [said for said in ALL.values() if said not in health] == []
    assert [name for name in ALL if f"*source {name}*: no answer since" not in health] == []
    assert "Traceback" not in health
    assert {root.ts: root.shown for root in world.scene.roots(INDUCTOR)} == before
    replies = [reply.text for root in world.scene.roots(INDUCTOR) for reply in world.scene.replies(root)]
    assert [text for text in replies if "1 job on 4 commits" not in text] == []  # the pictures


def install(directory: Path, code: str) -> None:
    """A distribution that brings the kind `ours`, as pip would leave it."""
    (directory / "trunkwatch_broken.py").write_text(code)
    information = directory / "trunkwatch_broken-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: trunkwatch-broken\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[trunkwatch.sources]\nours = trunkwatch_broken:Ours\n")
    importlib.invalidate_caches()


POLLS_BADLY = """
class Ours:
    def __init__(self, trunk, settings, http): pass
    async def poll(self, cursor, *, window): return 1 / 0
    async def files(self, sha): return ()
    async def log(self, attempt): yield b""
    async def check(self): return ""
    async def close(self): pass
"""


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "kind 'ours' of trunkwatch-broken 1.0 cannot be loaded: AttributeError"),
        ("Ours = 1 / 0", "kind 'ours' of trunkwatch-broken 1.0 cannot be loaded: ZeroDivisionError"),
        (POLLS_BADLY, "the source of kind 'ours' broke: ZeroDivisionError: division by zero"),
    ],
    ids=["lacks what it names", "breaks when imported", "breaks when polled"],
)
async def test_a_broken_source_of_others_is_said_and_the_other_trunks_go_on(
    tmp_path: Path, valkey_url: str, monkeypatch: pytest.MonkeyPatch, logged: list[EventDict], code: str, says: str
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "trunkwatch_broken", raising=False)
    install(tmp_path, code)
    text = CONFIG.replace("teams:", "  - {id: others, source: {kind: ours}, poll_every: 50ms}\nteams:", 1)
    async with scene(tmp_path, valkey_url, config=text) as made:
        await made.broken()
        while not (failed := [event for event in logged if event["event"] == "poll_failed"]):
            await asyncio.sleep(0.05)
        assert {says in event["reason"] for event in failed} == {True}
        assert says in (await made.trunk("health")).shown
    assert [event for event in logged if event["event"] == "work_broke"] == []
