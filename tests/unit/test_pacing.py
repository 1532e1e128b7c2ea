"""The runner on a clock of its own: everything arrives, in order, at Slack's pace; no second really passes."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Coroutine
from itertools import count
from typing import Any, TypeVar

import pytest

from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import EDIT, MESSAGE_EVERY, POST, Call, Priority

T = TypeVar("T")


class VirtualTime:
    """Seconds that pass only while everybody waits for them."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        waking = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), waking))
        await waking

    async def pass_until(self, work: Coroutine[Any, Any, T]) -> T:
        """Run *work* to its end."""
        task = asyncio.create_task(work)
        while not task.done():
            for _ in range(8):
                await asyncio.sleep(0)
            while self._sleepers and self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
            for at, _, waking in self._sleepers[:1]:
                self.now = max(self.now, at)
                waking.set_result(None)
        return await task


class FakeSlack:
    """Takes *latency* seconds a call and notes when each arrived."""

    def __init__(self, time: VirtualTime, *, latency: float = 0.2) -> None:
        self.time = time
        self.latency = latency
        self.arrived: list[tuple[float, str]] = []

    def saying(self, text: str, *troubles: Exception) -> Callable[[], Awaitable[str]]:
        """A call that ends in each of *troubles* before it works."""
        left = list(troubles)

        async def call() -> str:
            await self.time.sleep(self.latency)
            if left:
                raise left.pop(0)
            self.arrived.append((round(self.time.now, 3), text))
            return text

        return call

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.arrived]


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def slack(time: VirtualTime) -> FakeSlack:
    return FakeSlack(time)


@pytest.fixture
def pacer(time: VirtualTime) -> Pacer:
    return Pacer(clock=time.clock, sleep=time.sleep)


def alert(channel: str = "C1", thread: str = "") -> Call:
    return Call(POST, channel, Priority.ALERT, thread)


async def test_a_call_answers_what_it_answered(time: VirtualTime, slack: FakeSlack, pacer: Pacer) -> None:
    assert await time.pass_until(pacer.run(alert(), slack.saying("a"))) == "a"


async def test_two_hundred_alerts_arrive_in_order_a_second_apart(
    time: VirtualTime, slack: FakeSlack, pacer: Pacer
) -> None:
    async def storm() -> None:
        await asyncio.gather(*(pacer.run(alert(), slack.saying(str(n))) for n in range(200)))

    await time.pass_until(storm())
    assert slack.texts == [str(n) for n in range(200)]
    assert time.now <= 200 * 1.1


async def test_a_persons_action_overtakes_a_storm(time: VirtualTime, slack: FakeSlack, pacer: Pacer) -> None:
    async def storm() -> None:
        alerts = [asyncio.create_task(pacer.run(alert(), slack.saying("alert"))) for _ in range(50)]
        await time.sleep(10)
        await pacer.run(Call(POST, "C1", Priority.ACTION), slack.saying("action"))
        assert time.now <= 10 + 2 * MESSAGE_EVERY
        await asyncio.gather(*alerts)

    await time.pass_until(storm())
    assert len(slack.texts) == 51


async def test_a_limited_call_is_made_again_and_nothing_overtakes_it_in_its_thread(
    time: VirtualTime, slack: FakeSlack, pacer: Pacer
) -> None:
    limit = TransientError("slow down", retry_after=30)

    async def thread() -> None:
        await asyncio.gather(
            pacer.run(alert(thread="a"), slack.saying("root", limit, limit)),
            pacer.run(Call(POST, "C1", Priority.ACTION, "a"), slack.saying("entry")),
            pacer.run(Call(EDIT, "C1", Priority.EDIT, replaces="1.1"), slack.saying("edit")),
        )

    await time.pass_until(thread())
    assert slack.texts == ["edit", "root", "entry"]
    assert time.now >= 60
    assert pacer.limits == 2


async def test_a_limit_tells_how_long_it_lasts(time: VirtualTime, slack: FakeSlack, pacer: Pacer) -> None:
    async def limited() -> None:
        task = asyncio.create_task(pacer.run(alert(), slack.saying("a", TransientError("no", retry_after=30))))
        await time.sleep(1.2)
        assert pacer.limited() == {POST: pytest.approx(29)}
        assert pacer.waiting == {Priority.ALERT: 1}
        await task

    await time.pass_until(limited())
    assert pacer.limited() == {}
    assert pacer.waiting == {}


async def test_a_stuck_channel_holds_up_no_other(time: VirtualTime, slack: FakeSlack, pacer: Pacer) -> None:
    async def stuck() -> str:
        await time.sleep(15)
        raise AmbiguousError("no answer")

    async def both() -> None:
        waiting = asyncio.create_task(pacer.run(alert("C1"), stuck))
        await asyncio.gather(*(pacer.run(alert("C2"), slack.saying(str(n))) for n in range(3)))
        assert time.now < 2
        with pytest.raises(AmbiguousError):
            await waiting

    await time.pass_until(both())


@pytest.mark.parametrize(
    "trouble",
    [
        PermanentError("gone", code="is_archived"),
        AmbiguousError("lost", retry_after=5),
        TransientError("refused"),
        KeyError("ours"),
    ],
)
async def test_any_other_trouble_goes_to_the_caller_and_the_queue_moves_on(
    time: VirtualTime, slack: FakeSlack, pacer: Pacer, trouble: Exception
) -> None:
    async def both() -> None:
        failing = asyncio.create_task(pacer.run(alert(), slack.saying("a", trouble)))
        await pacer.run(alert(), slack.saying("b"))
        with pytest.raises(type(trouble)):
            await failing

    await time.pass_until(both())
    assert slack.texts == ["b"]


async def test_edits_coalesce_to_the_newest_and_all_who_waited_are_answered(
    time: VirtualTime, slack: FakeSlack, pacer: Pacer
) -> None:
    call = Call(EDIT, "C1", Priority.EDIT, replaces="1.1")

    async def edits() -> list[str]:
        return await asyncio.gather(*(pacer.run(call, slack.saying(str(n))) for n in range(5)))

    # The first starts at once; the three between are never sent.
    assert await time.pass_until(edits()) == ["0", "4", "4", "4", "4"]
    assert slack.texts == ["0", "4"]


async def test_a_refused_edit_gives_way_to_a_newer_one(time: VirtualTime, slack: FakeSlack, pacer: Pacer) -> None:
    call = Call(EDIT, "C1", Priority.EDIT, replaces="1.1")

    async def edits() -> list[str]:
        older = pacer.run(call, slack.saying("old", TransientError("no", retry_after=1)))
        return [*await asyncio.gather(older, pacer.run(call, slack.saying("new")))]

    assert await time.pass_until(edits()) == ["new", "new"]
    assert slack.texts == ["new"]


async def test_whoever_stops_waiting_takes_the_call_back(time: VirtualTime, slack: FakeSlack, pacer: Pacer) -> None:
    async def given_up() -> None:
        running = asyncio.create_task(pacer.run(alert(), slack.saying("running")))
        waiting = asyncio.create_task(pacer.run(alert(), slack.saying("waiting")))
        await time.sleep(0.1)
        running.cancel()
        waiting.cancel()
        outcomes = await asyncio.gather(running, waiting, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
        await pacer.run(alert(), slack.saying("next"))

    await time.pass_until(given_up())
    assert slack.texts == ["next"]


async def test_one_of_two_who_wait_for_an_edit_may_leave(time: VirtualTime, slack: FakeSlack, pacer: Pacer) -> None:
    call = Call(EDIT, "C1", Priority.EDIT, replaces="1.1")

    async def edits() -> str:
        first = asyncio.create_task(pacer.run(call, slack.saying("0")))
        leaving = asyncio.create_task(pacer.run(call, slack.saying("1")))
        staying = asyncio.create_task(pacer.run(call, slack.saying("2")))
        await time.sleep(0.1)
        leaving.cancel()
        await first
        return await staying

    assert await time.pass_until(edits()) == "2"


async def test_closing_ends_what_waits_and_what_runs(time: VirtualTime, slack: FakeSlack, pacer: Pacer) -> None:
    async def closed() -> list[Any]:
        async with pacer:
            tasks = [asyncio.create_task(pacer.run(alert(), slack.saying(str(n)))) for n in range(5)]
            await time.sleep(0.1)
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(outcome) for outcome in await time.pass_until(closed())] == [asyncio.CancelledError] * 5
    assert slack.texts == []


async def test_many_calls_leave_nothing_behind(time: VirtualTime, slack: FakeSlack, pacer: Pacer) -> None:
    async def many() -> None:
        await asyncio.gather(*(pacer.run(alert(f"C{n}"), slack.saying(str(n))) for n in range(1000)))
        await time.sleep(60)
        await asyncio.gather(*(pacer.run(alert("C0"), slack.saying("last")) for _ in range(1000)))

    await time.pass_until(many())
    assert len(slack.texts) == 2000
    assert pacer._tickets == {}
    assert len(pacer.schedule._lanes) == 1


async def test_a_call_that_was_interrupted_from_outside_ends_its_waiter(
    time: VirtualTime, slack: FakeSlack, pacer: Pacer
) -> None:
    async def interrupted() -> str:
        raise asyncio.CancelledError

    async def both() -> None:
        failing = asyncio.create_task(pacer.run(alert(), interrupted))
        await pacer.run(alert(), slack.saying("next"))
        with pytest.raises(asyncio.CancelledError):
            await failing

    await time.pass_until(both())
    assert slack.texts == ["next"]


async def test_who_leaves_in_the_moment_in_which_the_turn_comes_holds_nobody_up(pacer: Pacer) -> None:
    gate, edited = asyncio.Event(), []

    async def edit(name: str) -> None:
        async def edits() -> None:
            edited.append(name)

        await pacer.run(Call(EDIT, "C1", Priority.ACTION, replaces=name), edits)

    before = asyncio.ensure_future(pacer.run(Call(EDIT, "C1", Priority.ACTION, replaces="first"), gate.wait))
    leaving = asyncio.ensure_future(edit("leaving"))
    await asyncio.sleep(0.01)
    gate.set()
    leaving.cancel()  # it hears of it when its turn has come and not yet begun
    await asyncio.wait_for(asyncio.gather(before, edit("staying")), 5)
    assert leaving.cancelled()
    assert edited == ["staying"]
