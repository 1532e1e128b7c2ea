"""Grafana's webhooks against the running bot: what fires, what repeats, what is over, whose it is, who is believed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from chatbot.messages.escape import pings
from tests.e2e.grafana import TOKEN, Grafana, one, payload, told
from tests.e2e.scene import ALICE, BOB, DEVINFRA, INDUCTOR, LINT


@pytest.fixture
async def grafana(tmp_path: Path, valkey_url: str) -> AsyncIterator[Grafana]:
    async with told(tmp_path, valkey_url) as made:
        yield made


async def test_what_fires_is_told_in_the_team_s_channel_with_everything_to_act_on(grafana: Grafana) -> None:
    world = grafana.world
    await grafana.tells(one())
    root = await world.root(LINT, says="Runner queue")
    for words in ("P1", "412 jobs wait", "over 300 for ten minutes", "Runbook", "Rule in Grafana", "nobody has it yet"):
        assert words in root.shown
    assert pings(root.shown) == {"S0LEADS"}
    assert "Re-run jobs" not in str(root.blocks)
    await world.slack.click(root, "Acknowledge", user=BOB)
    await world.slack.until(lambda: "has it" in world.slack.current(root).shown)
    why = await world.told(
        ALICE, lambda: world.slack.click(world.slack.current(root), "Why did this fire?", user=ALICE)
    )
    for words in ("zone", "us-1", "412.5", "https://grafana.example.org/alerting/grafana/abc/view"):
        assert words in why
    assert "Runner queue" in (await world.trunk("alerts")).shown
    assert "Runner queue" in (await world.trunk("mine", user=BOB)).shown


async def test_repeats_change_nothing_and_resolved_resolves(grafana: Grafana) -> None:
    world = grafana.world
    await grafana.tells(one())
    root = await world.root(LINT)
    await world.settled()
    before = world.slack.current(root)
    for _ in range(3):
        await grafana.tells(one(values={"B": 500}))
    await world.settled()
    assert world.slack.current(root) == before
    await grafana.tells(one("resolved"))
    await world.reply(root, "it is over, says Grafana")
    await grafana.tells(one("resolved"))
    await grafana.tells(one())  # what comes late is not believed
    await world.settled()
    assert "Resolved" in world.slack.current(root).shown
    assert len(world.roots(LINT)) == len(world.replies(root)) == 1


async def test_what_fires_again_goes_to_the_same_thread_within_the_time_and_to_a_new_one_after(
    grafana: Grafana,
) -> None:
    world = grafana.world
    await grafana.tells(one())
    root = await world.root(LINT)
    await grafana.tells(one("resolved"))
    await grafana.tells(one(after=10))
    again = await world.reply(root, "Firing again")
    assert pings(again.shown) == {"S0LEADS"}
    await grafana.tells(one("resolved", after=10))
    await world.slack.until(lambda: "Resolved" in world.slack.current(root).shown)
    world.ahead += timedelta(hours=7)
    await grafana.tells(one(after=20))
    await world.slack.until(lambda: len(world.roots(LINT)) == 2)
    assert "The alert before" in world.roots(LINT)[1].shown


async def test_who_resolved_it_by_hand_hears_no_more_of_it_until_it_fires_anew(grafana: Grafana) -> None:
    world = grafana.world
    await grafana.tells(one())
    root = await world.root(LINT)
    await world.opened(ALICE, root, "Resolve")
    await world.slack.submit(ALICE)
    await world.reply(root, "Resolved by")
    await grafana.tells(one())
    await grafana.tells(one("resolved"))
    await world.settled()
    assert len(world.replies(root)) == 1
    await grafana.tells(one(after=30))
    await world.reply(root, "Firing again")


async def test_several_teams_have_an_alert_each(grafana: Grafana) -> None:
    world = grafana.world
    await grafana.tells(one(annotations={"Teams": "lint, broken-inductor ,lint"}))
    roots = [await world.root(LINT), await world.root(INDUCTOR)]
    assert pings(roots[1].shown) == {ALICE, BOB}
    await grafana.tells(one("resolved", annotations={"Teams": "lint, broken-inductor"}))
    for root in roots:
        await world.reply(root, "it is over, says Grafana")


async def test_without_a_team_the_fallback_channel_hears_which_annotation_is_missing(grafana: Grafana) -> None:
    world = grafana.world
    await grafana.tells(one(annotations={"Teams": "", "Priority": "urgent"}))
    root = await world.root(DEVINFRA)
    assert "The annotation Teams is missing" in root.shown
    assert "Priority" in root.shown
    assert pings(root.shown) == set()
    await grafana.tells(one(fingerprint="other", annotations={"Teams": "lint,nobody-s"}))
    assert "nobody-s" in (await world.root(DEVINFRA, says="nobody-s")).shown
    await world.root(LINT)


async def test_hostile_text_is_shown_and_does_nothing(grafana: Grafana) -> None:
    bad = "<!channel> <@U02BOB> *bold* `x` <https://evil.example|click> \u202e" + "A" * 100_000
    hostile = one(
        labels={"alertname": bad, bad[:50]: bad},
        annotations={
            "Teams": "lint",
            "Priority": bad,
            "summary": bad,
            "description": bad,
            "runbook_url": "javascript:x",
        },
        fingerprint=bad[:300],
        generatorURL="https://x.example/|<!here>",
        values={bad: None},
    )
    await grafana.tells(hostile)
    root = await grafana.world.root(LINT)
    assert pings(root.shown) == {"S0LEADS"}
    assert "javascript" not in str(root.blocks)
    assert "<!here>" not in str(root.blocks)
    world = grafana.world
    why = await world.told(BOB, lambda: world.slack.click(root, "Why did this fire?", user=BOB))
    assert pings(why) == set()


async def test_who_is_not_believed_and_what_is_not_understood_hears_what_to_do(grafana: Grafana) -> None:
    for token in (None, "Bearer wrong", f"Basic {TOKEN}", "Bearer", TOKEN, "Bearer ä"):
        assert (await grafana.post(payload(one()), token=token))[0] == 401
    for body in (b"", b"no", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"version":"1","alerts":' + b"[" * 100_000):
        status, said = await grafana.post(body)
        assert (status, "not what Grafana's alerting sends" in said) == (400, True)
    status, said = await grafana.post(payload(one(), version="4"))
    assert (status, "version '4'" in said, "version '1'" in said) == (400, True, True)
    lacking = one()
    del lacking["fingerprint"]
    status, said = await grafana.post(payload(lacking))
    assert (status, "fingerprint" in said) == (400, True)
    assert (await grafana.post(b" " * (2 * 1024 * 1024)))[0] == 413
    for encoding in ("gzip", "br", "unknown"):
        assert (await grafana.post(payload(one()), encoding=encoding))[0] == 415
    assert grafana.world.roots(LINT) == []


async def test_without_a_token_nobody_is_believed(tmp_path: Path, valkey_url: str) -> None:
    async with told(tmp_path, valkey_url, token=None) as grafana:
        status, said = await grafana.post(payload(one()), token="Bearer ")
        assert (status, "GRAFANA_WEBHOOK_TOKEN is not set" in said) == (503, True)
