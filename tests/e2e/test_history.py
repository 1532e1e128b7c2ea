"""`/trunk history`, `/trunk flaky` and `/trunk mine`, as people see them."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from PIL import Image

from chatbot.sandbox.slack.values import Answer
from tests.e2e.scene import ALICE, BOB, CAROL, INDUCTOR, Scene


def blocks(answer: Answer, kind: str) -> list[dict[str, object]]:
    return [block for message in answer.messages for block in message.blocks if block["type"] == kind]


async def shown(world: Scene, block: dict[str, object]) -> Image.Image:
    """The picture of an image block, fetched as Slack's page does."""
    source = block["slack_file"]
    assert isinstance(source, dict)
    async with aiohttp.ClientSession() as http, http.get(f"{world.slack.url}/page/file/{source['id']}") as answer:
        assert answer.status == 200
        return Image.open(BytesIO(await answer.read()))


async def test_history_lists_the_alerts_beside_a_picture_that_says_the_same_in_words(either: Scene) -> None:
    root = await either.broken(build="++xxx")
    await either.slack.click(root, "Acknowledge", user=ALICE)
    await either.root(says="> has it")
    answer = await either.trunk("history inductor")
    assert "1 alert in 90 days, red for" in answer.shown
    assert "red for" in answer.shown
    assert "alice has it" in answer.shown
    (block,) = blocks(answer, "image")
    assert block["alt_text"] == (
        "Inductor jobs broken for 3 commits in a row: 1 job on 5 commits, 0000000 to 0000004. Suspects of 1 job: "
        "0000002. build, newest first: 3 failed, 2 passed."
    )
    picture = await shown(either, block)
    assert picture.format == "PNG"
    assert answer.messages[0].only_for == CAROL
    assert str(block["alt_text"]) in answer.messages[0].text


async def test_history_of_a_watch_that_never_fired_shows_how_its_jobs_are(world: Scene) -> None:
    world.draw(build="+++")
    await world.polled()
    answer = await world.trunk("history inductor")
    assert "no alert so far" in answer.shown
    assert len(blocks(answer, "image")) == 1


async def test_history_without_any_commit_answers_all_the_same(world: Scene) -> None:
    assert "no alert so far" in (await world.trunk("history lint")).shown


@pytest.mark.parametrize(
    ("method", "kind", "detail"),
    [
        ("files.getUploadURLExternal", "error", {"code": "missing_scope"}),
        ("upload", "server_error", {}),
        ("files.completeUploadExternal", "error", {"code": "file_not_found"}),
    ],
)
async def test_history_is_words_where_the_picture_cannot_be_uploaded(
    world: Scene, method: str, kind: str, detail: dict[str, Any]
) -> None:
    await world.broken()
    world.slack.faults.add(method, kind, **detail)
    answer = await world.trunk("history inductor")
    assert blocks(answer, "image") == []
    assert "build, newest first: 3 failed, 1 passed" in answer.shown


async def test_a_picture_that_slack_is_still_looking_at_is_shown_a_moment_later(world: Scene) -> None:
    await world.broken()
    world.slack.faults.add("response_url", "error", code="invalid_blocks")
    answer = await world.trunk("history inductor")
    assert len(blocks(answer, "image")) == 1


async def test_history_can_be_shared_and_pings_nobody(world: Scene) -> None:
    root = await world.broken()
    await world.slack.click(root, "Acknowledge", user=ALICE)
    await world.root(says="> has it")
    before = len(world.slack.messages(INDUCTOR))
    await world.trunk("history inductor share")
    messages = await world.slack.until(lambda: world.slack.messages(INDUCTOR)[before:])
    assert "Last alerts" in messages[0].shown
    assert messages[0].pings == frozenset()


async def test_history_of_nothing_asks_which_watch(world: Scene) -> None:
    assert "Which watch? There is inductor, lint." in (await world.trunk("history")).shown


async def test_flaky_shows_a_table_with_the_evidence(either: Scene) -> None:
    either.draw(build="+x+++++", steady="+++++++")
    either.ends(3, "build", "x", attempt=2)
    either.ends(3, "build", "+", attempt=3)
    await either.polled()
    answer = await either.trunk("flaky inductor")
    (table,) = blocks(answer, "data_table")
    assert "1 flaky job, watch inductor" in answer.shown
    assert "Flaky jobs, watch inductor" in str(table["caption"])
    assert "flaked on 2 of the last 7 commits (1 red then green on the same commit, 1 red between two green)" in (
        answer.messages[0].text
    )


async def test_flaky_is_a_list_where_slack_takes_no_table(world: Scene) -> None:
    world.draw(build="+x+++++")
    await world.polled()
    world.slack.faults.add("response_url", "error", code="invalid_blocks")
    answer = await world.trunk("flaky")
    assert blocks(answer, "data_table") == []
    assert "flaked on 1 of the last 7 commits (1 red between two green), last on" in answer.shown


async def test_flaky_without_flakes_says_so(world: Scene) -> None:
    world.draw(build="+++xxx")
    await world.polled()
    assert "No flake is known, trunk pytorch" in (await world.trunk("flaky")).shown


async def test_mine_is_kind_to_those_who_have_nothing(world: Scene) -> None:
    assert "Nothing is waiting for you" in (await world.trunk("mine", user=CAROL)).shown


async def test_mine_tells_those_the_configuration_does_not_know_how_to_be_known(world: Scene) -> None:
    said = (await world.trunk("mine", user=BOB)).shown
    assert "`people` in the configuration does not have you" in said


async def test_mine_lists_what_i_have_what_i_am_suspected_of_and_what_i_handed_over(world: Scene) -> None:
    root = await world.broken(build="+xxx")
    await world.slack.click(root, "Acknowledge", user=CAROL)
    await world.root(says="> has it")
    said = (await world.trunk("mine", user=CAROL)).shown
    assert re.search(r"Yours\W+.*Inductor jobs broken", said)
    assert "Your commits are suspected" in said
    assert "Change 1" in said
    await world.trunk(f"assign inductor <@{BOB}>", user=CAROL)
    after = (await world.trunk("mine", user=CAROL)).shown
    assert "You handed over" in after
    assert f"now <@{BOB}> has it" in after
    assert "Yours" not in after
