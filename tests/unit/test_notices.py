"""What is said once a key, whatever happens to the post; and who somebody is in Slack, asked once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chatbot.errors import AmbiguousError, TransientError
from chatbot.messages.blocks import Payload, section
from chatbot.messages.escape import mrkdwn
from chatbot.notices import Notices
from chatbot.store import LostLease, Store
from chatbot.whois import Whois
from tests.delivering import FALLBACK, HERE, NOW, Stage, stage

OWNER = "team/inductor"
SAID = mrkdwn("A shift begins.")
PAYLOAD = Payload(text=SAID, blocks=(section(SAID),), metadata={"handover": "inductor"})


@pytest.fixture
async def scene(store: Store) -> AsyncIterator[Stage]:
    async with stage(store) as made:
        yield made


def notices(scene: Stage) -> Notices:
    """As after a restart: it remembers nothing itself."""
    numbers = iter(range(1000))
    return Notices(
        scene.store, scene.client, scene.pacer, now=lambda: NOW, nonce=lambda: f"nonce {next(numbers)}",
        sleep=scene.sleep,
    )  # fmt: skip


def nothing() -> None:
    """The lease is ours."""


async def said(scene: Stage, key: str = "monday", *, channels: tuple[str, ...] = (HERE,)) -> bool:
    return await notices(scene).once(OWNER, key, PAYLOAD, channels=channels, held=nothing)


def shown(scene: Stage, channel: str = HERE) -> int:
    return len(scene.slack.messages(channel))


async def test_a_key_is_said_once_and_the_next_one_again(scene: Stage) -> None:
    assert await said(scene)
    assert await said(scene)
    assert shown(scene) == 1
    assert await said(scene, "tuesday")
    assert shown(scene) == 2


async def test_what_was_skipped_is_not_said(scene: Stage) -> None:
    await notices(scene).skip(OWNER, "monday")
    assert not await said(scene)
    assert shown(scene) == 0


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("lost_answer", {}),
        ("server_error", {"executed": True}),
        ("server_error", {"executed": False}),
        ("slow", {"seconds": 0.5, "executed": True}),
    ],
)
async def test_a_post_of_unknown_fate_is_there_once(scene: Stage, kind: str, details: dict[str, Any]) -> None:
    scene.slack.faults.add("chat.postMessage", kind, 1, **details)
    with pytest.raises(AmbiguousError):
        await said(scene)
    assert await said(scene)
    assert shown(scene) == 1


async def test_a_channel_that_refuses_leaves_it_to_the_next(scene: Stage) -> None:
    assert await said(scene, channels=("C0GONE", FALLBACK))
    assert (shown(scene), shown(scene, FALLBACK)) == (0, 1)


async def test_where_every_channel_refuses_it_is_given_up(scene: Stage) -> None:
    assert not await said(scene, channels=("C0GONE",))
    assert not await said(scene)
    assert shown(scene) == 0


async def test_whoever_lost_the_lease_says_nothing_and_the_next_holder_does(scene: Stage) -> None:
    def lost() -> None:
        raise LostLease("another replica has it")

    with pytest.raises(LostLease):
        await notices(scene).once(OWNER, "monday", PAYLOAD, channels=(HERE,), held=lost)
    assert shown(scene) == 0
    assert await said(scene)
    assert shown(scene) == 1


async def test_a_document_that_cannot_be_read_counts_as_none(scene: Stage) -> None:
    await scene.store.notices.put(OWNER, b"{", after=0)
    assert await notices(scene).last(OWNER) is None
    assert await said(scene)


# ---- who is who


def whois(scene: Stage) -> Whois:
    return Whois(scene.store, scene.client, scene.pacer)


def asked(scene: Stage, method: str) -> int:
    return sum(method in request.method for request in scene.slack.requests)


async def test_an_address_is_asked_once_by_whichever_replica(scene: Stage) -> None:
    scene.slack.add_person("U01ADA", "ada", email="ada@example.org")
    assert await whois(scene).by_email("Ada@example.org") == "U01ADA"
    assert await whois(scene).by_email("ada@example.org") == "U01ADA"
    assert asked(scene, "users.lookupByEmail") == 1


async def test_nobody_is_an_answer_that_is_remembered_too(scene: Stage) -> None:
    one = whois(scene)
    assert [await one.by_email("nobody@example.org") for _ in range(3)] == [None, None, None]
    assert asked(scene, "users.lookupByEmail") == 1


async def test_what_slack_cannot_say_now_is_asked_again(scene: Stage) -> None:
    scene.slack.add_person("U01ADA", "ada", email="ada@example.org")
    scene.slack.faults.add("users.lookupByEmail", "server_error", 1)
    with pytest.raises(TransientError):
        await whois(scene).by_email("ada@example.org")
    assert await whois(scene).by_email("ada@example.org") == "U01ADA"


async def test_who_is_not_there_has_no_name_and_no_direct_channel(scene: Stage) -> None:
    assert await whois(scene).name("U0GONE") is None
    assert await whois(scene).direct("U0GONE") is None


async def test_no_address_is_spelled_in_a_key(scene: Stage) -> None:
    await whois(scene).by_email("ada@example.org")
    keys = [key async for key in scene.store.wire.scan(f"{scene.store.keys.prefix}:*")]
    assert not any(b"ada" in key for key in keys)
