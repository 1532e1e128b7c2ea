"""A trunk's window after a restart: what comes then stands behind what was stored."""

from __future__ import annotations

from chatbot import window
from chatbot.config import TrunkConfig
from chatbot.store import StoredTrunk
from chatbot.trunk import Trunk
from tests.trunks import START, attempt, commit, sha

CONFIG = TrunkConfig.model_validate({"source": {"kind": "github", "repo": "pytorch/pytorch"}, "window": 5})


async def stored(trunk: Trunk, *numbers: int) -> StoredTrunk:
    change = trunk.apply([commit(n) for n in numbers], [attempt(n, "x") for n in numbers])
    kept = await window.to_store(trunk, change, cursor={}, polled_at=START)
    return StoredTrunk(commits=kept.commits[-5:], cells=kept.cells, names=kept.names)


async def test_a_commit_that_lands_after_a_restart_is_stored_behind_the_others() -> None:
    before = await stored(window.empty(CONFIG), *range(40))
    again = window.restored(CONFIG, before)
    change = again.apply([commit(40)], [attempt(40, "+")])
    after = await window.to_store(again, change, cursor={}, polled_at=START)
    assert after.commits[0][0] > max(position for position, _, _ in before.commits)


async def test_a_window_is_the_same_after_a_restart() -> None:
    trunk = window.empty(CONFIG)
    again = window.restored(CONFIG, await stored(trunk, *range(40)))
    assert [c.sha for c in again.commits[again.start :]] == [sha(n) for n in range(35, 40)]
    assert again.position(sha(37)) == trunk.position(sha(37))
