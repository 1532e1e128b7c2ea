"""Several replicas act at once on alerts and leases; a plain model says what must hold whoever wins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from secrets import token_hex
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from chatbot.alert import Alert
from chatbot.errors import PermanentError
from chatbot.store import Change, Lease, LostLease, Store
from chatbot.store.address import parse
from chatbot.store.alerts import AlreadyOpenError
from chatbot.store.keys import Keys
from chatbot.store.wire import Wire
from tests.store.conftest import NOW, an_alert, reopened, resolved, shown

T = TypeVar("T")
REPLICAS = 3
WATCH = "inductor"


def counted(alert: Alert) -> Alert:
    return alert.changed(at=NOW, reopened=alert.reopened + 1)


CHANGERS = {"count": counted, "resolve": resolved, "reopen": reopened, "show": shown}


class Machine(RuleBasedStateMachine):
    """Replicas on one Redis, run from a loop of their own."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stores: list[Store] = []

    @initialize()
    def open(self) -> None:
        self.run(self._open())

    async def _open(self) -> None:
        keys = Keys(f"m{token_hex(6)}")
        self.stores = [Store(Wire(parse(self.url)), keys) for _ in range(REPLICAS)]

    def run(self, work: Awaitable[T]) -> T:
        async def do() -> T:
            return await work

        return self.runner.run(do())

    def all(self, *work: Awaitable[Any]) -> list[Any]:
        async def do() -> list[Any]:
            return await asyncio.gather(*work, return_exceptions=True)

        return self.runner.run(do())

    def teardown(self) -> None:
        self.all(*(store.close() for store in self.stores))
        self.runner.close()


class AlertsMachine(Machine):
    """Every change that was answered is there exactly once; one alert of the watch is open; the indexes agree."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: dict[str, int] = {}
        self.noted: dict[str, int] = {}

    @rule(numbers=st.lists(st.integers(0, 4), min_size=1, max_size=6))
    def create(self, numbers: list[int]) -> None:
        ids = [f"{WATCH}:{number}" for number in numbers]
        answers = self.all(*(self.stores[at % REPLICAS].alerts.create(an_alert(name)) for at, name in enumerate(ids)))
        assert answers.count(True) <= 1
        created = [name for name, answer in zip(ids, answers, strict=True) if answer is True]
        self.counted.update(dict.fromkeys(created, 0))
        self.noted.update(dict.fromkeys(created, 0))

    @rule(
        acts=st.lists(
            st.tuples(st.integers(0, 4), st.sampled_from(sorted(CHANGERS)), st.integers(0, REPLICAS - 1)),
            min_size=1,
            max_size=8,
        )
    )
    def change(self, acts: list[tuple[int, str, int]]) -> None:
        answers = self.all(
            *(
                self.stores[who].alerts.change(f"{WATCH}:{n}", CHANGERS[what], note=lambda *_: b"note")
                for n, what, who in acts
            )
        )
        for (number, what, _), answer in zip(acts, answers, strict=True):
            name = f"{WATCH}:{number}"
            if isinstance(answer, AlreadyOpenError):
                assert what == "reopen"
            elif isinstance(answer, PermanentError):
                assert name not in self.counted
            else:
                before, after = answer
                self.counted[name] += what == "count"
                self.noted[name] += before != after

    @invariant()
    def agrees(self) -> None:
        if not self.stores:
            return
        alerts = self.stores[0].alerts
        documents = self.run(alerts.get_many(sorted(self.counted)))
        opened = [alert for alert in documents if alert.open]
        assert {alert.id: alert.reopened for alert in documents} == self.counted
        assert len(opened) <= 1
        assert self.run(alerts.all_open()) == opened
        assert {a.id for a in self.run(alerts.unfinished())} == {a.id for a in documents if not a.settled}
        assert {a.id for a in self.run(alerts.recent(WATCH, 99))} == set(self.counted)
        for name, count in self.noted.items():
            assert len(self.run(self.stores[1].audit.read(name))) == count


class LeasesMachine(Machine):
    """Two never hold a lease at once, fences grow, and who lost it writes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.leases: dict[int, Lease] = {}
        self.owner: int | None = None
        self.newest = 0
        self.written = 0

    @rule(who=st.permutations(range(REPLICAS)))
    def acquire(self, who: list[int]) -> None:
        answers = self.all(*(self.stores[n].leases.acquire("t", str(n)) for n in who))
        for number, lease in zip(who, answers, strict=True):
            assert not isinstance(lease, BaseException)
            if lease is None:
                assert self.owner != number
                continue
            assert self.owner in {None, number}
            assert lease.fence > self.newest or (self.owner == number and lease.fence == self.newest)
            self.owner, self.newest, self.leases[number] = number, lease.fence, lease

    @rule()
    def expire(self) -> None:
        self.run(self.stores[0].wire.call("DEL", self.stores[0].keys.of("t", "lease")))
        self.owner = None

    @rule(number=st.integers(0, REPLICAS - 1))
    def renew(self, number: int) -> None:
        lease = self.leases.get(number)
        if lease is None:
            return
        (answer,) = self.all(self.stores[number].leases.renew(lease))
        if lease.fence == self.newest:
            assert answer is None
            self.owner = number
        else:
            assert isinstance(answer, LostLease)

    @rule(number=st.integers(0, REPLICAS - 1))
    def release(self, number: int) -> None:
        lease = self.leases.get(number)
        if lease is None:
            return
        given = self.run(self.stores[number].leases.release(lease))
        assert given == (self.owner == number and lease.fence == self.newest)
        self.owner = None if given else self.owner

    @rule(numbers=st.permutations(range(REPLICAS)))
    def write(self, numbers: list[int]) -> None:
        holders = [number for number in numbers if number in self.leases]
        change = Change(cursor={}, polled_at=NOW)
        answers = self.all(*(self.stores[n].trunks.apply("t", change, self.leases[n]) for n in holders))
        for number, answer in zip(holders, answers, strict=True):
            fresh = self.leases[number].fence == self.newest
            assert answer is None if fresh else isinstance(answer, LostLease)
            self.written = self.newest if fresh else self.written

    @invariant()
    def agrees(self) -> None:
        if not self.stores:
            return
        holder = self.run(self.stores[1].leases.holder("t"))
        assert holder == (None if self.owner is None else str(self.owner))
        assert self.run(self.stores[2].trunks.load("t")).fence == self.written


@pytest.mark.parametrize("machine", [AlertsMachine, LeasesMachine])
def test_whatever_replicas_do_at_once_the_model_holds(machine: type[Machine], valkey_url: str) -> None:
    bound: Any = type(machine.__name__, (machine,), {"url": valkey_url})
    run_state_machine_as_test(bound, settings=settings(max_examples=15, stateful_step_count=15, deadline=None))
