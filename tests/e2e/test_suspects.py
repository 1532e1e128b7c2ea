"""Who is suspected, who did it, and what that teaches, as people in Slack see it."""

from __future__ import annotations

import pytest

from chatbot.learning import Learning
from chatbot.sandbox.slack.values import Message
from tests.e2e.scene import ALICE, BOB, CAROL, TRUNK, Scene

SOFTMAX = "FAILED inductor/test_x.py::T::test_softmax - AssertionError: buf7 was freed"
LAYER_NORM = "FAILED inductor/test_y.py::T::test_layer_norm - ValueError: shapes differ"


async def learned(world: Scene) -> int:
    """How many culprits the suspects model knows."""
    return (await Learning(world.app._store).model(TRUNK)).learned.lessons.culprits


async def taught(world: Scene, culprits: int = 1) -> None:
    """Wait until every culprit of the newest alert has been taught."""

    async def done() -> bool:
        alerts = await world.app._store.alerts.recent("inductor", 1)
        return len(alerts[0].culprits) == culprits and all(one.taught for one in alerts[0].culprits)

    while not await done():
        await world.polled()


async def named(world: Scene, root: Message) -> Message:
    """The root once it names a culprit."""
    await world.slack.until(lambda: "*Culprit*" in world.slack.current(root).shown)
    return world.slack.current(root)


async def test_a_revert_on_trunk_names_the_culprit_tells_its_author_and_teaches_once(world: Scene) -> None:
    root = await world.broken()
    culprit = world.commits[1]
    revert = world.land(f'Revert "{culprit.title}"')
    shown = (await named(world, root)).shown
    assert f"{culprit.sha[:7]}> Change 1" in shown
    assert revert.sha[:7] in shown.partition("reverted by")[2]
    reply = await world.reply(root, "Culprit")
    assert f"<@{CAROL}>" in reply.shown
    await taught(world)
    await world.settled()
    assert sum("Culprit" in one.shown for one in world.replies(root)) == 1
    assert await learned(world) == 1


async def test_a_revert_is_learned_once_though_the_bot_starts_anew(world: Scene) -> None:
    root = await world.broken()
    world.land(f'Revert "{world.commits[1].title}"')
    await taught(world)
    await world.stop()
    await world.start()
    await world.polled()
    assert await learned(world) == 1
    assert sum("Culprit" in one.shown for one in world.replies(root)) == 1


async def test_the_culprit_stays_on_the_root_after_all_is_green(world: Scene) -> None:
    root = await world.broken()
    world.land(f'Revert "{world.commits[1].title}"')
    world.ends(4, "build", "+")
    await world.reply(root, "Resolved")
    await world.settled()
    assert "*Culprit*" in world.slack.current(root).shown


async def test_a_revert_of_something_else_names_nobody(world: Scene) -> None:
    root = await world.broken()
    world.land('Revert "Change 0 (#1000)"')
    await world.polled()
    await world.settled()
    assert "Culprit" not in world.slack.current(root).shown


async def test_a_person_names_the_culprit(world: Scene) -> None:
    root = await world.broken(build="+..xxx")
    answer = await world.trunk(f"culprit inductor {world.commits[2].sha[:9]}", user=ALICE)
    assert "The culprit of inductor is" in answer.text
    assert f"says <@{ALICE}>" in (await named(world, root)).shown
    await world.reply(root, "says alice")
    await taught(world)
    assert await learned(world) == 1
    again = await world.trunk(f"culprit inductor {world.commits[2].sha[:9]}", user=BOB)
    assert "named as the culprit already" in again.text


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("culprit inductor", "Which commit?"),
        ("culprit inductor nonsense", "is not a sha"),
        ("culprit inductor ffff0000", "No commit of the last 4 begins with ffff0000"),
        ("culprit inductor 0000", "4 commits begin with 0000"),
        ("culprit inductor 0000002", "landed after every job"),
        ("culprit nowhere 0000002", "Nothing here is called"),
        ("suspects", "Which watch?"),
        ("suspects inductor what", "is not known here"),
        ("suspects inductor why nonsense", "is not a sha"),
        ("suspects inductor why ffff", "No suspect of this alert begins with ffff"),
        ("suspects lint", "lint has had no alert so far"),
    ],
)
async def test_what_cannot_be_done_is_said_with_what_to_do(world: Scene, asked: str, says: str) -> None:
    await world.broken()
    assert says in (await world.trunk(asked, user=ALICE)).text


async def test_naming_a_culprit_and_resetting_are_kept_to_those_who_may_resolve(world: Scene) -> None:
    await world.broken()
    for asked in (f"culprit inductor {world.commits[1].sha[:9]}", "suspects inductor reset"):
        assert "permissions.resolve" in (await world.trunk(asked, user=CAROL)).text


async def test_what_was_learned_can_be_shown_and_thrown_away(world: Scene) -> None:
    await world.broken()
    world.land(f'Revert "{world.commits[1].title}"')
    await taught(world)
    assert "1 culprit of this trunk taught this so far" in (await world.trunk("suspects inductor")).shown
    assert "1 culprit of pytorch" in (await world.trunk("suspects inductor reset", user=ALICE)).shown
    assert await learned(world) == 0
    assert "No culprit of this trunk is known yet" in (await world.trunk("suspects inductor")).shown


async def test_suspects_are_shown_with_probabilities_and_why_with_figures(world: Scene) -> None:
    for number, title in enumerate(("", "", "[inductor] Free the softmax buffer early", "[docs] Fix a typo", "")):
        world.land(title)
        world.ends(number, "build", "++..x"[number].replace(".", "?"), line=SOFTMAX)
    world.draw(build="xx", line=SOFTMAX)
    root = await world.root(says="test_softmax")
    await world.slack.until(lambda: "%" in world.slack.current(root).shown)
    shown = (await world.trunk("suspects inductor")).shown
    assert "Free the softmax buffer early" in shown
    assert "%" in shown
    why = (await world.trunk("suspects inductor why")).shown
    assert "Free the softmax buffer early" in why
    assert "By its looks alone" in why
    assert " = +" in why
    other = (await world.trunk(f"suspects inductor why {world.commits[3].sha[:8]}")).shown
    assert "Fix a typo" in other


async def test_a_commit_says_of_what_it_is_a_suspect(world: Scene) -> None:
    root = await world.broken(build="++..xxx")
    await world.slack.until(lambda: "%" in world.slack.current(root).shown)
    assert "Suspect of inductor" in (await world.trunk(f"commit {world.commits[3].sha[:9]}")).shown
    world.land(f'Revert "{world.commits[3].title}"')
    await named(world, root)
    shown = (await world.trunk(f"commit {world.commits[3].sha[:9]}")).shown
    assert "reverted by" in shown.partition("Culprit of inductor")[2]


async def test_explain_names_suspects_and_culprits(world: Scene) -> None:
    root = await world.broken(build="++..xxx")
    await world.slack.until(lambda: "%" in world.slack.current(root).shown)
    assert "3 commits share 90 % of the suspicion" in (await world.trunk("explain inductor")).shown
    world.land(f'Revert "{world.commits[3].title}"')
    await named(world, root)
    assert "*Culprit*" in (await world.trunk("explain inductor")).shown


async def test_failures_of_two_kinds_in_one_alert_are_shown_as_two(world: Scene) -> None:
    for number in range(4):
        world.land()
        for job, line in (("build", SOFTMAX), ("test", SOFTMAX), ("bench", LAYER_NORM)):
            world.ends(number, job, "+" if number == 0 else "x", line=line)
    root = await world.root()
    await world.slack.until(lambda: "test_layer_norm" in world.slack.current(root).shown)
    shown = world.slack.current(root).shown.replace("\u2060", "")  # what keeps colons from becoming emoji
    assert "2 jobs: `FAILED inductor/test_x.py" in shown
    assert "1 job: `FAILED inductor/test_y.py" in shown


async def test_a_log_is_read_once_though_two_watches_fail_on_it(world: Scene) -> None:
    root = await world.broken()
    await world.slack.until(lambda: "%" in world.slack.current(root).shown)
    world.draw(build="xx")
    await world.reply(root, "another commit")
    await world.settled()
    asked = [one.path for one in world.github.requests if one.path.endswith("/logs")]
    assert len(asked) == len(set(asked)) == 1
