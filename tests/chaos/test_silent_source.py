"""GitHub goes away: that is an alert of its own in the fallback channel, which ends when GitHub is back."""

from __future__ import annotations

import pytest

from chatbot.ci import Conclusion
from chatbot.staleness import SHORTEST
from tests.chaos.world import World

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]

FALLBACK = "C0FALLBACK"
PATIENCE = SHORTEST.total_seconds() + 20.0


async def test_a_source_that_goes_away_is_told_once_and_says_nothing_about_jobs(world: World) -> None:
    await world.start()
    world.land(world.build)
    await world.until(lambda: world.shown(world.place), 15)
    await world.until(lambda: over(world), PATIENCE)
    before = len(world.shown(FALLBACK))
    await world.to_github.cut()
    world.land(world.build, Conclusion.SUCCESS)  # nobody sees it
    await world.until(lambda: len(world.shown(FALLBACK)) > before, PATIENCE)
    alert, said, _ = world.shown(FALLBACK)[before]
    known = {of for of, *_ in world.shown(FALLBACK)[:before]}  # where an earlier test kept GitHub away as long
    assert said.partition(":")[0] == ("reopened" if alert in known else "root")
    root = next(m for of, entry, m in world.shown(FALLBACK) if (of, entry) == (alert, "root"))
    await world.until(lambda: "GitHub" in world.slack.current(root).shown, PATIENCE)  # edited after the reply
    assert "neither fire nor resolve" in world.slack.current(root).shown
    assert len(world.shown(world.place)) == 1
    world.to_github.heal()
    await world.until(lambda: "Over" in world.slack.current(root).shown, PATIENCE)
    await world.until(lambda: world.shown(world.place)[-1][1].startswith("resolved"), 15)
    told = [entry.partition(":")[0] for _, entry, _ in world.shown(FALLBACK)[before + 1 :]]
    assert told == ["resolved"]


def over(world: World) -> bool:
    """Whether nothing is said of the source any more."""
    told = [entry.partition(":")[0] for _, entry, _ in world.shown(FALLBACK)]
    return told.count("resolved") == told.count("root") + told.count("reopened")
