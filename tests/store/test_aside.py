from __future__ import annotations

import contextlib
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from chatbot.errors import PermanentError
from chatbot.store import LostLease, Store
from chatbot.store.keys import KEYS, Key, Owner
from tests.store.conftest import NOW, an_alert, fill, resolved

FIRST = "inductor:20261120-3f9a"
GOOD = "docs:20261120-3f9a"
TRUNCATED = '{"id":"inductor:20261120-3f9a","watch":"ind'
UNKNOWN_STATE = '{"id":"inductor:20261120-3f9a","watch":"inductor","trunk":"t","state":"sleepy"}'


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (("HSET", "d", TRUNCATED), "truncated"),
        (("HSET", "d", UNKNOWN_STATE), "sleepy"),
        (("HSET", "d", ""), "a hash without an alert"),
        (("HSET", "d", "\x00\x01"), "malformed"),
        (("HSET", "r", "many"), "invalid literal"),
        (("HDEL", "d"), "a hash without an alert"),
        (("SET", "mine"), "another program's string in the place of 'alert'"),
        (("RPUSH", "mine"), "another program's list in the place of 'alert'"),
    ],
)
async def test_an_unreadable_alert_is_set_aside_named_and_stops_nothing_else(
    store: Store, spoil: tuple[str, ...], reason: str
) -> None:
    await store.alerts.create(an_alert(FIRST))
    await store.alerts.create(an_alert(GOOD))
    key = store.keys.alert(FIRST)
    command, *rest = spoil
    await store.wire.pipeline([("DEL", key)] * (command in {"SET", "RPUSH"}))
    await store.wire.call(command, key, *rest)
    with capture_logs() as logs:
        assert [alert.id for alert in await store.alerts.all_open()] == [GOOD]
    (entry,) = logs
    assert (entry["log_level"], entry["key"]) == ("warning", key)
    (aside,) = await store.alerts.set_aside()
    assert reason in aside.reason
    assert await store.wire.call("EXISTS", aside.key) == 1
    assert await store.wire.call("TTL", aside.key) > 29 * 86400
    assert [alert.id for alert in await store.alerts.unfinished()] == [GOOD]
    assert await store.alerts.get(FIRST) is None
    assert await store.alerts.create(an_alert(FIRST))


async def test_a_document_that_says_it_is_another_alert_is_set_aside(store: Store) -> None:
    await store.alerts.create(an_alert(FIRST))
    await store.wire.call("COPY", store.keys.alert(FIRST), store.keys.alert("inductor:other"))
    assert await store.alerts.get("inductor:other") is None
    assert "it says that it is alert" in (await store.alerts.set_aside())[0].reason


@pytest.mark.parametrize("index", ["open", "alerts", "undelivered", "fenced"])
@pytest.mark.parametrize("command", [("RPUSH", "mine"), ("SET", "mine"), ("SADD", "mine"), ("HSET", "f", "mine")])
async def test_a_foreign_key_in_place_of_an_index_is_set_aside_and_the_index_built_again(
    store: Store, index: str, command: tuple[str, ...]
) -> None:
    await store.alerts.create(an_alert("inductor:0", minutes=-60))
    await store.alerts.change("inductor:0", resolved)
    await store.alerts.create(an_alert(FIRST))
    key = store.keys.of("inductor", index)
    name, *rest = command
    await store.wire.call("DEL", key)
    await store.wire.call(name, key, *rest)
    lease = await store.leases.acquire("pytorch", "me")
    _, after = await store.alerts.change(FIRST, lambda alert: alert.changed(at=NOW, assignee="U1"), lease=lease)
    assert after.assignee == "U1"
    assert await store.alerts.recent("inductor", 1) == [after]
    assert after in await store.alerts.unfinished()
    assert await store.alerts.current("inductor") == after


async def test_reading_a_foreign_index_heals_it(store: Store) -> None:
    await store.alerts.create(an_alert(FIRST))
    key = store.keys.of("inductor", "open")
    await store.wire.pipeline([("DEL", key), ("RPUSH", key, "mine")])
    assert [alert.id for alert in await store.alerts.all_open()] == [FIRST]
    assert "another program's list in the place of 'open alert'" in (await store.alerts.set_aside())[0].reason


async def test_the_list_of_what_was_set_aside_is_bounded(store: Store) -> None:
    for number in range(210):
        alert_id = f"inductor:{number}"
        await store.wire.call("SET", store.keys.alert(alert_id), "x")
        await store.alerts.get(alert_id)
    assert len(await store.alerts.set_aside()) == 200


@pytest.mark.parametrize("kind", [kind for kind in KEYS if kind.type != "any"], ids=lambda kind: kind.name)
async def test_a_foreign_key_anywhere_is_set_aside_and_everything_goes_on(store: Store, kind: Key) -> None:
    await fill(store)
    owner = {Owner.TRUNK: "pytorch", Owner.BOT: ""}.get(kind.owner, "inductor")
    found = [key.decode() async for key in store.wire.scan(store.keys.bot(kind.pattern.replace("{*}", f"{{{owner}}}")))]
    command = ("SET", "mine") if kind.type != "string" else ("RPUSH", "mine")
    await store.wire.pipeline([part for key in found for part in (("DEL", key), (command[0], key, *command[1:]))])
    with contextlib.suppress(LostLease):  # the poll that finds its trunk's state gone is not stored
        await fill(store)
    await fill(store)
    assert (await store.alerts.all_open())[0].watch == "inductor"
    assert [row.kind.name for row in await store.kept() if not row.count] == []


async def test_a_user_without_the_right_to_move_keys_is_told(store: Store) -> None:
    async def helpless(_: Sequence[str]) -> bool:
        return False

    store.wire.heal = helpless
    await store.alerts.create(an_alert())
    key = store.keys.of("inductor", "open")
    await store.wire.pipeline([("DEL", key), ("RPUSH", key, "mine")])
    with pytest.raises(PermanentError, match="another program uses the same names"):
        await store.alerts.all_open()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.one_of(st.binary(), st.text().map(str.encode)), revision=st.binary(max_size=3))
async def test_any_bytes_in_place_of_an_alert_are_survived(store: Store, document: bytes, revision: bytes) -> None:
    await store.wire.call("HSET", store.keys.alert(FIRST), "d", document, "r", revision)
    await store.wire.call("SET", store.keys.of("inductor", "open"), "20261120-3f9a")
    assert await store.alerts.current("inductor") is None
    assert await store.alerts.create(an_alert(GOOD)) in {True, False}
    assert (await store.alerts.current("docs")) == an_alert(GOOD)
