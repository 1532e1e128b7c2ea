"""What an answer about a watch is made of, in one round trip."""

from __future__ import annotations

import asyncio

from chatbot.store import Store
from tests.store.conftest import an_alert, resolved

ALERT = "inductor:20261120-3f9a"


async def test_summary_and_open_alert_come_together(store: Store) -> None:
    alert = an_alert(ALERT)
    await store.watches.put("inductor", b"{}")
    await store.alerts.create(alert)
    assert await store.alerts.glance("inductor") == (b"{}", alert)


async def test_either_may_be_missing(store: Store) -> None:
    assert await store.alerts.glance("inductor") == (None, None)
    await store.watches.put("inductor", b"{}")
    assert await store.alerts.glance("inductor") == (b"{}", None)
    await store.alerts.create(an_alert(ALERT))
    await store.alerts.change(ALERT, resolved)
    assert await store.alerts.glance("inductor") == (b"{}", None)


async def test_a_document_that_cannot_be_read_is_no_alert(store: Store) -> None:
    await store.alerts.create(an_alert(ALERT))
    await store.wire.call("HSET", store.keys.alert(ALERT), "d", "broken")
    assert await store.alerts.glance("inductor") == (None, None)
    assert len(await store.alerts.set_aside()) == 1


async def test_a_foreign_key_in_the_way_is_no_alert(store: Store) -> None:
    await store.alerts.create(an_alert(ALERT))
    await store.wire.call("DEL", store.keys.alert(ALERT))
    await store.wire.call("SET", store.keys.alert(ALERT), "foreign")
    assert await store.alerts.glance("inductor") == (None, None)


async def test_many_who_ask_at_once_are_answered_alike_also_where_some_of_it_is_broken(store: Store) -> None:
    alert = an_alert(ALERT)
    await store.watches.put("inductor", b"{}")
    await store.alerts.create(alert)
    await store.wire.call("SET", store.keys.of("cpu", "summary"), "foreign")
    questions = [store.alerts.glance(watch) for watch in ("inductor", "gpu", "inductor", "cpu")]
    answers = await asyncio.gather(*questions, *(store.seen.first_time("press", str(n % 2)) for n in range(4)))
    assert answers[:3] == [(b"{}", alert), (None, None), (b"{}", alert)]
    assert answers[3] == (None, None)
    assert answers[4:] == [True, True, False, False]


async def test_many_who_ask_at_once_are_answered_by_a_server_that_has_lost_its_scripts(store: Store) -> None:
    await store.watches.put("inductor", b"{}")
    await store.wire.call("SCRIPT", "FLUSH")
    answers = await asyncio.gather(store.alerts.glance("inductor"), store.alerts.glance("gpu"))
    assert list(answers) == [(b"{}", None), (None, None)]
