"""An alert as Slack shows it: what the root says, what the thread says, who is pinged."""

from __future__ import annotations

import pytest

from chatbot.sandbox.slack.values import Message
from tests.e2e.scene import ALICE, BOB, GROUP, INDUCTOR, LINT, REPO, Scene

LINE = "FAILED inductor/test_x.py::T::test_softmax - AssertionError: buf7 was freed"


async def test_a_new_alert_says_everything_that_its_reader_needs(either: Scene) -> None:
    either.draw(build="++xxx", cpu="++++x", line=LINE)
    root = await either.root(says="test_softmax")
    first = either.commits[2]
    for piece in (
        ":red_circle:",
        "P2",
        "Inductor jobs broken for 3 commits in a row",
        f"Broken since <https://github.com/{REPO}/commit/{first.sha}|{first.sha[:7]}>",
        "nobody has it yet",
        "`✓✓✗✗✗` `build` failed on 3 commits in a row",
        f"{first.sha[:7]}> Change 2",
        "Author 2",
        f"<https://github.com/{REPO}/pull/1002|#1002>",
        either.commits[1].sha[:7],
        LINE,
        "team broken-inductor",
        "3 commits in a row",
        "Failure_Threshold=1",
        "Number_of_Jobs_Failing=1",
        "<https://example.org/runbooks/inductor|Runbook>",
        "<https://example.org/d/hud|Dashboard>",
    ):
        assert piece in root.shown
    assert root.labels == (
        "Acknowledge",
        "Assign…",
        "Snooze",
        "More",
        "Assign to me",
        "Assign to…",
        "Resolve",
        "Confirm culprit",
        "Re-run jobs",
        "Open revert",
        "Why did this fire?",
    )


async def test_a_reader_of_the_notification_alone_knows_the_whole_sense(world: Scene) -> None:
    root = await world.broken()
    first = world.commits[1].sha[:7]
    assert f"P2 Inductor jobs broken for 3 commits in a row. Broken since {first}, nobody has it yet." in root.text
    assert "`build` failed on 3 commits." in root.text


async def test_below_the_threshold_nothing_is_posted(world: Scene) -> None:
    world.draw(build="+xx+xx")
    await world.polled()
    assert world.roots() == []


async def test_jobs_of_another_watch_go_to_its_own_channel(world: Scene) -> None:
    world.draw(workflow="lint", lintrunner="+xx")
    root = await world.root(LINT)
    assert "P3 · Lint broken for 2 commits in a row" in root.shown
    assert world.roots(INDUCTOR) == []


async def test_excluded_jobs_alert_nobody(world: Scene) -> None:
    world.draw(unstable_perf="+xxxx", build="+++++")
    await world.polled()
    assert world.roots() == []


async def test_every_post_carries_metadata_that_tells_it_apart(world: Scene) -> None:
    root = await world.broken()
    world.draw(build="x")
    await world.reply(root, "another commit")
    posts = [root, *world.replies(root)]
    assert {(post.metadata or {})["event_type"] for post in posts} == {"trunkwatch"}
    marks = [(post.metadata or {})["event_payload"] for post in posts]
    assert [mark["entry"] for mark in marks] == ["root", f"failing:{world.commits[4].sha}"]
    assert len({mark["nonce"] for mark in marks}) == 2
    assert {mark["alert"] for mark in marks} == {marks[0]["alert"]}


async def test_an_edited_root_can_still_be_told_apart(world: Scene) -> None:
    root = await world.broken()
    await world.slack.click(root, "Acknowledge", user=ALICE)
    await world.settled()
    before, after = root.metadata or {}, world.slack.current(root).metadata or {}
    assert after["event_type"] == "trunkwatch"
    assert [after["event_payload"][key] for key in ("alert", "entry")] == [
        before["event_payload"][key] for key in ("alert", "entry")
    ]


async def test_a_new_failing_commit_is_a_reply_and_the_root_counts_it(either: Scene) -> None:
    root = await either.broken()
    either.draw(build="x")
    reply = await either.reply(root, "Failing on another commit")
    assert either.commits[4].sha[:7] in reply.shown
    assert "Change 4" in reply.shown
    assert "`build`" in reply.shown
    await either.root(says="failed on 4 commits in a row")
    assert len(either.roots()) == 1


async def test_a_job_that_joins_is_a_reply(world: Scene) -> None:
    root = await world.broken(build="+xxx", cpu="++xx")
    world.draw(build="x", cpu="x")
    reply = await world.reply(root, "`cpu`")
    assert "since" in reply.shown
    await world.root(says="Number_of_Jobs_Failing=2")


async def test_jobs_of_the_same_range_that_join_are_told_together(world: Scene) -> None:
    root = await world.broken(build="+xxx", cpu="+x??", gpu="+x??")
    for number in (2, 3):
        world.ends(number, "cpu", "x")
        world.ends(number, "gpu", "x")
    await world.root(says="Number_of_Jobs_Failing=3")
    await world.settled()
    (joined,) = [reply.shown for reply in world.replies(root) if "more jobs broken" in reply.shown]
    assert joined.startswith("2 more jobs broken since")
    assert "`cpu`, `gpu`" in joined


async def test_it_resolves_by_itself_when_its_jobs_are_green_again(either: Scene) -> None:
    root = await either.broken()
    either.draw(build="+")
    now = await either.root(says=":large_green_circle:")
    assert "Resolved" in now.shown
    assert "broken for" in now.shown
    assert now.labels == ()
    assert now.ts == root.ts
    assert (await either.reply(root, "Resolved")).pings == frozenset()


async def test_one_job_green_of_two_does_not_resolve(world: Scene) -> None:
    root = await world.broken(build="+xxx", cpu="+xxx")
    world.draw(build="x", cpu="+")
    now = await world.root(says="green again")
    assert "Number_of_Jobs_Failing=1" in now.shown
    assert "Acknowledge" in now.labels
    assert not [reply for reply in world.replies(root) if "Resolved" in reply.shown]


async def test_a_recurrence_goes_to_the_same_thread_and_pings_again(either: Scene) -> None:
    root = await either.broken()
    either.draw(build="+")
    await either.root(says=":large_green_circle:")
    either.draw(build="xxx")
    again = await either.reply(root, "Broken again")
    assert again.pings == {ALICE, BOB}
    now = await either.root(says=":red_circle:")
    assert "reopened 1 time" in now.shown
    assert "Acknowledge" in now.labels
    assert len(either.roots()) == 1


async def test_a_breach_pings_those_on_call_once(either: Scene) -> None:
    root = await either.broken()
    await either.settled()
    assert root.pings == {ALICE, BOB}
    either.draw(build="xx")
    await either.settled()
    await either.root(says="failed on 5 commits in a row")
    assert all(reply.pings == frozenset() for reply in either.replies(root))


async def test_a_team_without_people_on_call_is_mentioned_as_a_group(world: Scene) -> None:
    world.draw(workflow="lint", lintrunner="+xx")
    assert (await world.root(LINT)).pings == {GROUP}


def mentions_of_groups(message: Message) -> bool:
    return "<!" in message.shown.replace("<!date", "") or "<!" in message.text.replace("<!date", "")


async def test_an_edited_root_mentions_no_group(world: Scene) -> None:
    world.draw(workflow="lint", lintrunner="+xx")
    root = await world.root(LINT)
    await world.slack.click(root, "Acknowledge", user=BOB)
    await world.settled()
    assert not mentions_of_groups(world.slack.current(root))


async def test_what_happens_while_the_bot_is_down_is_told_when_it_is_back(world: Scene) -> None:
    root = await world.broken()
    await world.settled()
    await world.stop()
    world.draw(build="x")
    await world.start()
    await world.reply(root, "Failing on another commit")
    await world.settled()
    assert len(world.roots()) == 1
    assert len(world.replies(root)) == 1


async def test_a_restart_says_nothing_twice(world: Scene) -> None:
    root = await world.broken(build="+xxxx", cpu="+xxxx")
    await world.settled()
    before = [message.ts for message in world.everything()]
    await world.stop()
    await world.start()
    await world.polled()
    await world.settled()
    assert [message.ts for message in world.everything()] == before
    assert root.ts in before


async def test_a_force_push_that_takes_the_failures_away_resolves(world: Scene) -> None:
    await world.broken(build="++xxx")
    world.github.force_push(drop=3)
    del world.commits[2:]
    world.draw(build="+")
    await world.root(says="Resolved")


@pytest.mark.parametrize("fault", ["truncated", "server_error", "stale"])
async def test_a_github_that_misbehaves_causes_no_false_alert_and_hides_none(world: Scene, fault: str) -> None:
    world.draw(build="+++xx")
    await world.polled()
    world.github.faults.add("*", fault, times=1)
    await world.polled()
    assert world.roots() == []
    world.draw(build="x")
    await world.root()
    assert len(world.roots()) == 1
