"""What the store's tests share: small alerts and changes, and a second store on the same keys."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatbot.alert import Alert, Delivery, State
from chatbot.store import Change, Lease, Store
from chatbot.store.wire import Wire

SHA = "a" * 40
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def an_alert(alert_id: str = "inductor:20261120-3f9a", *, minutes: int = 0, **fields: Any) -> Alert:
    """An open alert of the watch that *alert_id* names, opened *minutes* after noon, not yet shown."""
    watch, at = alert_id.rpartition(":")[0], NOW + timedelta(minutes=minutes)
    alert = Alert(
        id=alert_id, watch=watch, trunk="pytorch", opened_at=at, opened_on="a" * 40, changed_at=at, jobs=(), failing=()
    )
    return msgspec.structs.replace(alert, **fields)


def resolved(alert: Alert) -> Alert:
    return alert.changed(at=NOW + timedelta(hours=1), state=State.RESOLVED)


def reopened(alert: Alert) -> Alert:
    return alert.changed(at=NOW + timedelta(hours=2), state=State.OPEN)


def shown(alert: Alert) -> Alert:
    return alert.shown(Delivery(channel="C1", root="1.0", rendered=alert.version))


def a_change(**fields: Any) -> Change:
    return msgspec.structs.replace(Change(cursor={"etag": "x"}, polled_at=NOW), **fields)


async def held(store: Store, name: str = "pytorch", holder: str = "me", ttl: float = 15.0) -> Lease:
    """The lease on *name*, which nobody else may hold."""
    lease = await store.leases.acquire(name, holder, ttl=ttl)
    assert lease is not None
    return lease


async def taken_over(store: Store, lease: Lease) -> Lease:
    """The lease of a successor of *lease*'s holder."""
    await store.leases.release(lease)
    return await held(store, lease.name, "successor")


async def fill(store: Store) -> None:
    """One of every kind of key."""
    lease = await held(store)
    change = a_change(commits=[(1, SHA, b"{}")], cells={(SHA, "w"): b"1"}, names={"w": b"n"})
    await store.trunks.apply("pytorch", change, lease)
    await store.failures.write("pytorch", {"1": b"{}"}, SHA)
    await store.flakes.write("pytorch", {"job": b"1"})
    await store.files.put("pytorch", SHA, b"[]")
    await store.pulls.put("pytorch", "17", b"{}")
    await store.settings.put("person/U1", "own", b"{}")
    await store.homes.put("person/U1", "hash", b"1")
    await store.models.put("pytorch", b"{}", after=0)
    await store.digests.put("digest/lint", b"a digest", after=0)
    await store.pictures.put("inductor", "1", b"a picture")
    await store.people.put("person/U1", "slack", b"{}")
    await store.notices.put("team/lint", b"{}", after=0)
    await store.watches.put("inductor", b"{}", lease)
    await store.alerts.create(an_alert("inductor:1"), lease, b"opened")
    await store.wire.call("SET", store.keys.alert("inductor:2"), "junk")
    await store.alerts.get("inductor:2")
    await store.seen.first_time("x")
    await store.hints.send("pytorch", b"{}")
    await store.leases.announce("me")


@pytest.fixture
async def other(store: Store) -> AsyncIterator[Store]:
    """Another replica: its own connections, the same keys."""
    second = Store(Wire(store.wire.address), store.keys)
    yield second
    await second.close()


@pytest.fixture
def data() -> Iterator[Path]:
    """A data directory with a short path."""
    with tempfile.TemporaryDirectory(prefix="tw") as directory:
        yield Path(directory) / "data"
