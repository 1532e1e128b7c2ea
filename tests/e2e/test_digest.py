"""The digest: asked for, and on its schedule once, whoever dies in between."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatbot.config import Team
from chatbot.config.teams import Digest
from chatbot.digests import CLAIM, LATE, Digests, schedule_of
from chatbot.errors import AmbiguousError, TransientError
from chatbot.sandbox.slack.values import Answer, Message
from tests.e2e.scene import ALICE, INDUCTOR, LINT, Scene

DAILY = Digest.model_validate({"at": "09:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]})
TEAM = Team.model_validate({"channel": INDUCTOR})


def types(answer: Answer) -> list[str]:
    return [block["type"] for message in answer.messages for block in message.blocks]


async def test_a_digest_tells_red_time_who_broke_it_and_what_flakes_beside_the_week_before(either: Scene) -> None:
    either.draw(build="+x+++xxx", lint="++++++++")
    root = await either.root()
    await either.slack.click(root, "Acknowledge", user=ALICE)
    await either.root(says="> has it")
    said = (await either.trunk("digest")).shown
    for piece in (
        "All watches",
        "Red for",
        "(the week before 0 s)",
        "1 alert (0)",
        "acknowledged in under a minute (-)",
        "*inductor*",
        "Flakiest jobs",
        "flaked on 1 of the last 8 commits",
    ):
        assert piece in said
    assert f"<@{ALICE}>" not in said


async def test_a_week_without_alerts_gets_a_kind_sentence_and_no_chart(world: Scene) -> None:
    world.draw(build="+++")
    await world.polled()
    answer = await world.trunk("digest inductor 2d")
    assert "Nothing was red all that time, thank you all. The 2 d before was as quiet." in answer.shown
    assert "data_visualization" not in types(answer)


async def make_red(world: Scene) -> None:
    """An alert that has been open for days."""
    await world.broken()
    alert = (await world.app._store.alerts.all_open())[0]
    ago = datetime.now(UTC) - timedelta(days=9)
    await world.app._store.alerts.change(alert.id, lambda one: one.changed(at=ago, opened_at=ago))


async def test_the_chart_is_slacks_own_where_it_takes_one(world: Scene) -> None:
    await make_red(world)
    answer = await world.trunk("digest")
    (chart,) = [b for m in answer.messages for b in m.blocks if b["type"] == "data_visualization"]
    (series,) = chart["chart"]["series"]
    assert series["name"] == "inductor"
    assert [point["value"] for point in series["data"]] == [0, 0, 0, 0, 0, 0, pytest.approx(48, abs=0.1), 168]
    assert "Hours red in each of the last weeks, oldest first · inductor 0, 0, 0, 0, 0, 0, 4" in answer.messages[0].text


async def test_the_chart_is_a_picture_where_slack_takes_none_of_its_own(world: Scene) -> None:
    await make_red(world)
    world.slack.faults.add("response_url", "error", code="invalid_blocks")
    answer = await world.trunk("digest")
    (image,) = [b for m in answer.messages for b in m.blocks if b["type"] == "image"]
    assert image["alt_text"].startswith("Red time per week. inductor: 0 hours")


async def test_the_chart_is_words_where_slack_takes_no_picture_either(world: Scene) -> None:
    await make_red(world)
    world.slack.faults.add("response_url", "error", code="invalid_blocks")
    world.slack.faults.add("files.getUploadURLExternal", "error", code="missing_scope")
    answer = await world.trunk("digest")
    assert {"image", "data_visualization"}.isdisjoint(types(answer))
    assert "Hours red in each of the last weeks" in answer.shown


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("digest broken-inductor", "Team broken-inductor"),
        ("digest inductor", "Watch inductor"),
        ("digest 36h lint", "Watch lint"),
        ("digest 2w", "All watches"),
    ],
)
async def test_it_is_of_everything_a_watch_or_a_team(world: Scene, typed: str, meant: str) -> None:
    assert meant in (await world.trunk(typed)).shown


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("digest indoctrinate", "Did you mean inductor"),
        ("digest 7x", "'7x' is not a length of time: write 7d, 36h or 2w."),
        ("digest -3d", "is not a length of time"),
        ("digest 90d", "A digest is of 1h to 42d, not of 90d"),
        ("digest 99999999999999d", "is not a length of time"),
        ("digest 1s", "A digest is of 1h to 42d"),
    ],
)
async def test_what_is_typed_badly_is_answered_with_what_to_write(world: Scene, typed: str, told: str) -> None:
    assert told in (await world.trunk(typed)).shown


async def test_a_digest_can_be_shared_and_pings_nobody(world: Scene) -> None:
    await world.broken()
    before = len(world.slack.messages(INDUCTOR))
    await world.trunk("digest share")
    messages = await world.slack.until(lambda: world.slack.messages(INDUCTOR)[before:])
    assert "All watches" in messages[0].shown
    assert messages[0].pings == frozenset()


# ---- on schedule


class Clock:
    """Tells the time that a test wants."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(world: Scene) -> Clock:
    made = Clock()
    world.app._bot.now = made
    return made


def replica(world: Scene) -> Digests:
    return Digests(world.app._bot, world.app._pacer, sleep=lambda _: asyncio.sleep(0))


def posted(world: Scene, channel: str = INDUCTOR) -> list[Message]:
    return [m for m in world.slack.messages(channel) if "digest" in (m.metadata or {}).get("event_payload", {})]


async def test_a_schedule_begins_when_it_is_first_seen(world: Scene, clock: Clock) -> None:
    clock.now += timedelta(hours=2)
    assert not await replica(world).once("broken-inductor", TEAM, DAILY)
    assert posted(world) == []


async def test_each_slot_is_posted_once_by_however_many_replicas(world: Scene, clock: Clock) -> None:
    replicas = [replica(world) for _ in range(4)]
    for _ in range(3):
        await asyncio.gather(*(one.once("broken-inductor", TEAM, DAILY) for one in replicas))
        clock.now += timedelta(hours=1)
    (message,) = posted(world)
    assert message.shown.startswith("*broken-inductor, ")
    clock.now += timedelta(days=1)
    done = await asyncio.gather(*(one.once("broken-inductor", TEAM, DAILY) for one in replicas))
    assert sorted(done) == [False, False, False, True]
    assert len(posted(world)) == 2


async def seen(world: Scene, clock: Clock) -> Digests:
    """A replica at the minute in which a digest is due."""
    one = replica(world)
    await one.once("broken-inductor", TEAM, DAILY)
    clock.now += timedelta(hours=1)
    return one


@pytest.mark.parametrize(("kind", "detail"), [("lost_answer", {}), ("server_error", {"executed": True})])
async def test_a_post_whose_answer_was_lost_is_found_and_not_sent_again(
    world: Scene, clock: Clock, kind: str, detail: dict[str, Any]
) -> None:
    one = await seen(world, clock)
    world.slack.faults.add("chat.postMessage", kind, **detail)
    with pytest.raises(AmbiguousError):
        await one.once("broken-inductor", TEAM, DAILY)
    assert not await replica(world).once("broken-inductor", TEAM, DAILY)
    clock.now += CLAIM
    assert not await replica(world).once("broken-inductor", TEAM, DAILY)
    assert len(posted(world)) == 1
    _, known = await schedule_of(world.app._bot, "broken-inductor")
    assert known is not None
    assert known.claim is None


async def test_a_post_that_did_not_leave_is_sent_at_the_next_look(world: Scene, clock: Clock) -> None:
    one = await seen(world, clock)
    world.slack.faults.add("chat.postMessage", "error", code="message_limit_exceeded")
    await one.once("broken-inductor", TEAM, DAILY)
    assert len(posted(world)) == 1


async def test_a_replica_that_died_with_the_claim_is_followed_by_another(world: Scene, clock: Clock) -> None:
    one = await seen(world, clock)
    world.slack.faults.add("chat.postMessage", "refused")
    with pytest.raises(TransientError):
        await one.once("broken-inductor", TEAM, DAILY)
    clock.now += CLAIM
    await replica(world).once("broken-inductor", TEAM, DAILY)
    assert len(posted(world)) == 1


async def test_a_channel_that_refuses_it_is_not_asked_again_for_the_same_slot(world: Scene, clock: Clock) -> None:
    one = await seen(world, clock)
    world.slack.archive(INDUCTOR)
    assert not await one.once("broken-inductor", TEAM, DAILY)
    world.slack.archive(INDUCTOR, archived=False)
    assert not await one.once("broken-inductor", TEAM, DAILY)
    assert posted(world) == []


async def test_a_digest_that_is_late_by_half_a_day_is_left_out(world: Scene, clock: Clock) -> None:
    one = await seen(world, clock)
    clock.now += LATE + timedelta(minutes=1)
    assert not await one.once("broken-inductor", TEAM, DAILY)
    assert posted(world) == []


async def test_a_team_without_watches_gets_none(world: Scene, clock: Clock) -> None:
    one = replica(world)
    empty = Team.model_validate({"channel": LINT})
    await one.once("nobody", empty, DAILY)
    clock.now += timedelta(hours=1)
    assert not await one.once("nobody", empty, DAILY)
    assert posted(world, LINT) == []


async def test_the_next_digest_knows_what_flaked_before(world: Scene, clock: Clock) -> None:
    world.draw(build="+x++++++")
    await world.polled()
    one = await seen(world, clock)
    await one.once("broken-inductor", TEAM, DAILY)
    assert "at the digest before" not in posted(world)[0].shown
    clock.now += timedelta(days=1)
    await one.once("broken-inductor", TEAM, DAILY)
    assert "at the digest before 12.5%" in posted(world)[1].shown


async def test_the_running_bot_follows_the_schedules_of_its_configuration(world: Scene) -> None:
    await world.stop()
    minute = f"{datetime.now(UTC):%H:%M}"
    text = world.config_file.read_text().replace(
        "lint: {channel: C0LINT,",
        f'lint: {{channel: C0LINT, digest: {{at: "{minute}", days: [mon, tue, wed, thu, fri, sat, sun]}},',
    )
    world.config_file.write_text(text)
    await world.start()

    async def known() -> bool:
        return (await schedule_of(world.app._bot, "lint"))[1] is not None

    async with asyncio.timeout(10):
        while not await known():
            await asyncio.sleep(0.01)
