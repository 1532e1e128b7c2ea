from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chatbot.alert import Alert, State
from chatbot.errors import PermanentError, TransientError, UserError
from chatbot.store import LostLease, Store
from chatbot.store.alerts import ATTEMPTS, Alerts, AlreadyOpenError
from tests.store.conftest import NOW, an_alert, held, reopened, resolved, shown, taken_over

FIRST = "inductor:20261120-3f9a"
SECOND = "inductor:20261121-77aa"


def noted(alert: Alert) -> Alert:
    return alert.changed(at=NOW, reopened=alert.reopened + 1)


async def test_an_alert_is_read_as_it_was_created(store: Store, other: Store) -> None:
    alert = an_alert()
    assert await store.alerts.create(alert)
    assert await other.alerts.get(alert.id) == alert
    assert await other.alerts.current("inductor") == alert
    assert await other.alerts.all_open() == await other.alerts.unfinished() == [alert]


async def test_what_was_never_stored_is_none(store: Store) -> None:
    assert await store.alerts.get("inductor:nothing") is None
    assert await store.alerts.current("inductor") is None
    assert await store.alerts.recent("inductor") == []
    assert await store.alerts.all_open() == await store.alerts.unfinished() == []
    assert await store.alerts.set_aside() == []


async def test_a_watch_has_one_open_alert(store: Store) -> None:
    assert await store.alerts.create(an_alert(FIRST))
    assert not await store.alerts.create(an_alert(SECOND))
    assert not await store.alerts.create(an_alert(FIRST, minutes=5))
    assert await store.alerts.create(an_alert("docs:20261120-3f9a", minutes=1))
    assert [alert.id for alert in await store.alerts.all_open()] == [FIRST, "docs:20261120-3f9a"]


async def test_of_many_created_at_once_one_is_stored(store: Store) -> None:
    answers = await asyncio.gather(*(store.alerts.create(an_alert(f"inductor:{n}")) for n in range(20)))
    assert answers.count(True) == 1
    assert len(await store.alerts.recent("inductor", 50)) == 1


async def test_after_one_is_resolved_the_next_may_open(store: Store) -> None:
    await store.alerts.create(an_alert(FIRST))
    before, after = await store.alerts.change(FIRST, resolved)
    assert (before.state, after.state) == (State.OPEN, State.RESOLVED)
    assert await store.alerts.current("inductor") is None
    assert await store.alerts.create(an_alert(SECOND, minutes=5))
    assert [alert.id for alert in await store.alerts.recent("inductor")] == [SECOND, FIRST]
    assert [alert.id for alert in await store.alerts.recent("inductor", 1)] == [SECOND]


async def test_an_alert_is_not_reopened_beside_another(store: Store) -> None:
    await store.alerts.create(an_alert(FIRST))
    await store.alerts.change(FIRST, resolved)
    await store.alerts.create(an_alert(SECOND))
    with pytest.raises(AlreadyOpenError, match=SECOND) as refused:
        await store.alerts.change(FIRST, reopened)
    assert refused.value.other == SECOND
    assert (await store.alerts.current("inductor")) == an_alert(SECOND)


async def test_a_reopened_alert_is_the_open_one_again_and_stays(store: Store) -> None:
    await store.alerts.create(an_alert(FIRST))
    await store.alerts.change(FIRST, resolved)
    key = store.keys.alert(FIRST)
    assert 89 * 86400 < await store.wire.call("TTL", key) <= 90 * 86400
    _, after = await store.alerts.change(FIRST, reopened)
    assert await store.alerts.current("inductor") == after
    assert await store.wire.call("TTL", key) == -1


async def test_an_alert_is_unfinished_until_slack_shows_it(store: Store) -> None:
    await store.alerts.create(an_alert(FIRST))
    await store.alerts.create(an_alert("docs:1", minutes=-3))
    assert [alert.id for alert in await store.alerts.unfinished()] == ["docs:1", FIRST]
    await store.alerts.change(FIRST, shown)
    assert [alert.id for alert in await store.alerts.unfinished()] == ["docs:1"]
    await store.alerts.change(FIRST, resolved)
    assert [alert.id for alert in await store.alerts.unfinished()] == ["docs:1", FIRST]


async def test_changing_nothing_writes_nothing(store: Store) -> None:
    await store.alerts.create(an_alert())
    before, after = await store.alerts.change(FIRST, lambda alert: alert, note=lambda _, __: b"never")
    assert before == after
    assert await store.audit.read(FIRST) == []
    assert await store.wire.call("HGET", store.keys.alert(FIRST), "r") == b"1"


async def test_what_is_not_there_cannot_be_changed(store: Store) -> None:
    with pytest.raises(PermanentError, match="no alert 'inductor:x'") as gone:
        await store.alerts.change("inductor:x", noted)
    assert gone.value.code == "gone"


async def test_an_alert_that_goes_while_it_is_changed_is_gone(store: Store, other: Store) -> None:
    await store.alerts.create(an_alert())
    found = await store.alerts.get(FIRST)
    assert found is not None
    await other.wire.call("DEL", store.keys.alert(FIRST))
    with pytest.raises(PermanentError, match="any more"):
        await store.alerts._write(noted(found), 1, None, None)


async def test_what_the_function_refuses_reaches_the_caller_and_nothing_is_written(store: Store) -> None:
    await store.alerts.create(an_alert())

    def refuse(_: Alert) -> Alert:
        raise UserError("bob has it")

    with pytest.raises(UserError, match="bob has it"):
        await store.alerts.change(FIRST, refuse)
    assert await store.alerts.get(FIRST) == an_alert()


async def test_twenty_at_once_are_all_applied(store: Store, other: Store) -> None:
    await store.alerts.create(an_alert())
    both = [store, other] * 10
    await asyncio.gather(*(one.alerts.change(FIRST, noted, note=lambda _, a: str(a.version).encode()) for one in both))
    found = await store.alerts.get(FIRST)
    assert found is not None
    assert (found.reopened, found.version) == (20, 21)
    assert await store.audit.read(FIRST) == [str(version).encode() for version in range(2, 22)]


async def test_a_race_that_is_always_lost_ends_with_an_error(store: Store) -> None:
    await store.alerts.create(an_alert())
    tries = 0

    def overtaken(alert: Alert) -> Alert:
        nonlocal tries
        tries += 1
        return noted(alert)

    class Overtaken(Alerts):
        async def _write(self, *_: object) -> bool:
            return False

    alerts = Overtaken(store.wire, store.keys, rng=random.Random(1))
    with pytest.raises(TransientError, match="too many at once; try again"):
        await alerts.change(FIRST, overtaken)
    assert tries == ATTEMPTS


async def test_a_write_whose_answer_got_lost_counts_once(store: Store) -> None:
    alert = an_alert()
    answers = [await store.alerts._script(alert, 0, None, b"opened", "token") for _ in range(2)]
    assert answers == [[1], [1]]
    assert await store.audit.read(FIRST) == [b"opened"]


async def test_a_stale_replica_neither_creates_nor_changes(store: Store) -> None:
    stale = await held(store)
    fresh = await taken_over(store, stale)
    assert await store.alerts.create(an_alert(), fresh)
    with pytest.raises(LostLease, match="watch 'inductor'"):
        await store.alerts.change(FIRST, resolved, lease=stale)
    await store.alerts.change(FIRST, resolved, lease=fresh)
    with pytest.raises(LostLease):
        await store.alerts.create(an_alert(SECOND), stale)
    assert await store.alerts.current("inductor") is None


async def test_people_need_no_lease(store: Store) -> None:
    await store.alerts.create(an_alert(), await held(store))
    _, after = await store.alerts.change(FIRST, lambda alert: alert.changed(at=NOW, assignee="U1"))
    assert after.assignee == "U1"


async def test_a_watch_that_moved_to_another_trunk_is_not_stuck_behind_the_old_fence(store: Store) -> None:
    elsewhere = await held(store, "elsewhere")
    await store.alerts.create(an_alert(), await held(store))
    _, after = await store.alerts.change(FIRST, resolved, lease=elsewhere)
    assert not after.open


async def test_alerts_of_watches_that_left_the_configuration_are_still_found(store: Store) -> None:
    old, quiet = datetime.now(UTC) - timedelta(days=200), f"{'q' * 8}:1"
    long_ago = Alerts(store.wire, store.keys, clock=lambda: old)
    await long_ago.create(an_alert())
    await long_ago.create(an_alert(quiet))
    await long_ago.change(quiet, resolved)
    assert [alert.id for alert in await store.alerts.all_open()] == [FIRST]
    assert await store.wire.call("ZRANGE", store.keys.bot("watches"), 0, -1) == [b"inductor"]


async def test_closed_alerts_that_expired_leave_the_list(store: Store) -> None:
    old = NOW - timedelta(days=100)
    await store.alerts.create(an_alert(FIRST, opened_at=old))
    await store.alerts.change(FIRST, lambda alert: shown(resolved(alert)))
    await store.wire.call("DEL", store.keys.alert(FIRST))
    await store.alerts.create(an_alert(SECOND, opened_at=datetime.now(UTC)))
    assert await store.wire.call("ZRANGE", store.keys.of("inductor", "alerts"), 0, -1) == [b"20261121-77aa"]


async def test_an_open_pointer_to_an_alert_that_is_gone_blocks_nobody(store: Store) -> None:
    await store.alerts.create(an_alert(FIRST))
    await store.wire.call("DEL", store.keys.alert(FIRST))
    assert await store.alerts.current("inductor") is None
    assert await store.alerts.create(an_alert(SECOND))


async def test_the_audit_keeps_the_newest_entries_and_expires(store: Store) -> None:
    for number in range(700):
        await store.audit.append(FIRST, str(number).encode())
    entries = await store.audit.read(FIRST)
    assert entries[-1] == b"699"
    assert len(entries) == 500
    assert await store.audit.read(FIRST, 2) == [b"698", b"699"]
    assert await store.wire.call("XLEN", store.keys.alert(FIRST, "audit")) < 650
    assert 179 * 86400 < await store.wire.call("TTL", store.keys.alert(FIRST, "audit")) <= 180 * 86400


@pytest.mark.parametrize("watch", ["with space", "brace}{", "colon:inside", "λ", "*", "[a]", "%41", "a/b"])
async def test_any_name_of_a_watch_works_and_is_kept_apart(store: Store, watch: str) -> None:
    alert = an_alert(f"{watch}:1")
    await store.alerts.create(alert)
    await store.alerts.create(an_alert("A:1"))
    assert await store.alerts.current(watch) == alert
    assert alert in await store.alerts.all_open()
    await store.alerts.change(alert.id, resolved)
    assert [found.id for found in await store.alerts.all_open()] == ["A:1"]


def test_an_alert_survives_being_stored() -> None:
    alert = an_alert(delivery=shown(an_alert()).delivery)
    assert msgspec.json.decode(msgspec.json.encode(alert), type=Alert) == alert
