"""Who goes next, decided on values: order, pace, limits and coalescing, without a clock or a loop."""

from __future__ import annotations

from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chatbot.slack.schedule import EDIT, MESSAGE_EVERY, MESSAGES_AT_ONCE, POST, Call, Pace, Priority, Schedule, Turn


def went_now(turn: Turn) -> list[int]:
    return [ticket for ticket in (turn.ticket,) if ticket is not None]


def order(schedule: Schedule, now: float = 0.0) -> list[int]:
    """The tickets in the order in which they go when each is done at once; the clock jumps to each turn."""
    went: list[int] = []
    for _ in range(2 * len(schedule)):
        turn = schedule.next(now)
        now = now if turn.at is None else turn.at
        for ticket in went_now(turn):
            schedule.done(ticket, now=now)
            went.append(ticket)
    return went


def post(priority: Priority, *, thread: str = "", channel: str = "C1") -> Call:
    return Call(POST, channel, priority, thread)


def edit(message: str, *, priority: Priority = Priority.EDIT, channel: str = "C1") -> Call:
    return Call(EDIT, channel, priority, replaces=message)


def test_actions_go_before_alerts_before_entries_before_digests() -> None:
    schedule = Schedule()
    digest, entry, alert, action = (
        schedule.add(post(priority)).ticket
        for priority in (Priority.DIGEST, Priority.ENTRY, Priority.ALERT, Priority.ACTION)
    )
    assert order(schedule) == [action, alert, entry, digest]


def test_a_thread_keeps_its_order_and_is_as_urgent_as_its_most_urgent_call() -> None:
    schedule = Schedule()
    other = schedule.add(post(Priority.ALERT)).ticket
    root = schedule.add(post(Priority.DIGEST, thread="a")).ticket
    entry = schedule.add(post(Priority.ENTRY, thread="a")).ticket
    answer = schedule.add(post(Priority.ACTION, thread="a")).ticket
    assert order(schedule) == [root, entry, answer, other]


def test_a_channel_gets_three_at_once_and_pays_them_back() -> None:
    schedule = Schedule()
    for _ in range(6):
        schedule.add(post(Priority.ALERT))
    times: list[float] = []
    while len(schedule):
        turn = schedule.next(max(times, default=0.0))
        assert turn.at is not None
        turn = schedule.next(turn.at) if turn.ticket is None else turn
        assert turn.ticket is not None
        assert turn.at is not None
        schedule.done(turn.ticket, now=turn.at)
        times.append(turn.at)
    assert times == [0, 0, 0, 3 * MESSAGE_EVERY, 4 * MESSAGE_EVERY, 5 * MESSAGE_EVERY]


def test_one_message_at_a_time_is_on_its_way_in_a_channel() -> None:
    schedule = Schedule()
    first = schedule.add(post(Priority.ALERT)).ticket
    second = schedule.add(post(Priority.ALERT)).ticket
    assert schedule.next(0).ticket == first
    assert schedule.next(100) == (None, None)
    schedule.done(first, now=100)
    assert schedule.next(100).ticket == second


def test_a_channel_that_is_stuck_or_slow_holds_up_no_other() -> None:
    schedule = Schedule()
    stuck = schedule.add(post(Priority.ACTION, channel="C1")).ticket
    schedule.add(post(Priority.ACTION, channel="C1"))
    free = schedule.add(post(Priority.DIGEST, channel="C2")).ticket
    assert [schedule.next(0).ticket, schedule.next(0).ticket] == [stuck, free]


def test_answers_to_people_in_one_channel_do_not_wait_for_each_other() -> None:
    schedule = Schedule()
    whispers = [schedule.add(Call("chat.postEphemeral", "C1", Priority.ACTION)).ticket for _ in range(3)]
    assert [schedule.next(0).ticket for _ in whispers] == whispers


def test_after_a_429_every_call_of_that_method_waits_and_the_refused_one_goes_first() -> None:
    schedule = Schedule()
    refused = schedule.add(post(Priority.ENTRY, thread="a")).ticket
    assert schedule.next(0).ticket == refused
    later = schedule.add(post(Priority.ENTRY, thread="a")).ticket
    elsewhere = schedule.add(post(Priority.DIGEST, channel="C2")).ticket
    changed = schedule.add(edit("1.1")).ticket
    schedule.done(refused, now=0, retry_after=30)
    assert schedule.next(0).ticket == changed
    assert schedule.next(0) == (None, 30)
    assert schedule.limited == {POST: 30}
    assert [schedule.next(30).ticket, schedule.next(30).ticket] == [refused, elsewhere]
    schedule.done(refused, now=30)
    assert schedule.next(30 + MESSAGE_EVERY).ticket == later


def test_a_waiting_edit_is_replaced_in_its_place_by_a_newer_one() -> None:
    schedule = Schedule()
    first = schedule.add(edit("1.1"))
    second = schedule.add(edit("2.2"))
    newer = schedule.add(edit("1.1"))
    assert newer == (first.ticket, True)
    assert not second.replaced
    assert order(schedule) == [first.ticket, second.ticket]


def test_a_newer_edit_is_no_less_urgent_than_the_one_it_replaces() -> None:
    schedule = Schedule()
    other = schedule.add(edit("2.2")).ticket
    pressed = schedule.add(edit("1.1", priority=Priority.ACTION)).ticket
    schedule.add(edit("1.1"))
    assert order(schedule) == [pressed, other]


def test_an_edit_on_its_way_is_not_replaced_but_gives_way_when_it_was_refused() -> None:
    schedule = Schedule()
    running = schedule.add(edit("1.1")).ticket
    assert schedule.next(0).ticket == running
    newer = schedule.add(edit("1.1")).ticket
    assert newer != running
    assert schedule.done(running, now=0, retry_after=2) == newer
    assert schedule.next(2).ticket == newer


def at_once(schedule: Schedule, now: float) -> list[int]:
    went: list[int] = []
    while (ticket := schedule.next(now).ticket) is not None:
        went.append(ticket)
    return went


def test_edits_of_a_workspace_share_their_methods_allowance_and_leave_half_to_people() -> None:
    schedule = Schedule()
    for number in range(60):
        schedule.add(edit(f"{number}.1", channel=f"C{number}"))
    assert len(at_once(schedule, 0)) == 5
    pressed = [schedule.add(edit(f"{n}.2", channel=f"D{n}", priority=Priority.ACTION)).ticket for n in range(7)]
    assert at_once(schedule, 0) == pressed[:5]
    assert at_once(schedule, 12.5) == []
    assert at_once(schedule, 12.7) == [pressed[5]]


def test_what_nobody_wants_any_more_is_taken_out() -> None:
    schedule = Schedule()
    gone = schedule.add(post(Priority.ALERT)).ticket
    kept = schedule.add(post(Priority.ALERT)).ticket
    schedule.drop(gone)
    schedule.drop(gone)
    assert order(schedule) == [kept]


def test_idle_channels_and_past_limits_are_forgotten() -> None:
    schedule = Schedule()
    ticket = schedule.add(post(Priority.ALERT)).ticket
    schedule.next(0)
    schedule.done(ticket, now=0, retry_after=1)
    schedule.next(1)
    schedule.done(ticket, now=1)
    schedule.tidy(100)
    assert schedule.limited == {}
    assert schedule._lanes == {}
    schedule.add(post(Priority.ALERT))
    schedule.tidy(100)
    assert len(schedule) == 1


def test_waiting_calls_are_counted_by_priority() -> None:
    schedule = Schedule()
    for priority in (Priority.ALERT, Priority.ALERT, Priority.DIGEST):
        schedule.add(post(priority))
    schedule.next(0)
    assert schedule.waiting() == {Priority.ALERT: 1, Priority.DIGEST: 1}
    assert schedule.running == 1


@given(st.lists(st.floats(0, 5), min_size=1, max_size=60))
def test_no_four_seconds_carry_more_than_four_messages(pauses: list[float]) -> None:
    pace, now, went = Pace(1.0, MESSAGES_AT_ONCE), 0.0, []
    for pause in pauses:
        now = max(now + max(0.0, pause - 2.0), pace.ready_at())
        pace.take(now)
        went.append(now)
    assert all(sum(start <= at < start + 4.0 - 1e-9 for at in went) <= 4 for start in went)


class Scheduling(RuleBasedStateMachine):
    """Calls come, go, fail and are limited in any order; what was promised holds throughout."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = Schedule()
        self.now = 0.0
        self.wanted: dict[int, Call] = {}
        self.running: dict[int, Call] = {}
        self.until: dict[str, float] = {}

    @rule(
        channel=st.sampled_from(["C1", "C2"]),
        priority=st.sampled_from(Priority),
        thread=st.sampled_from(["", "a", "b"]),
    )
    def a_post_comes(self, channel: str, priority: Priority, thread: str) -> None:
        call = Call(POST, channel, priority, thread and channel + thread)
        self.wanted[self.schedule.add(call).ticket] = call

    @rule(message=st.sampled_from(["1.1", "2.2"]), priority=st.sampled_from(Priority))
    def an_edit_comes(self, message: str, priority: Priority) -> None:
        call = Call(EDIT, "C1", priority, replaces=message)
        self.wanted[self.schedule.add(call).ticket] = call

    @rule(seconds=st.floats(0, 3))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def somebodys_turn_comes(self) -> None:
        turn = self.schedule.next(self.now)
        for ticket in went_now(turn):
            call = self.wanted.pop(ticket)
            assert self.until.get(call.method, -inf) <= self.now
            older = (other for other, waiting in self.wanted.items() if waiting.thread == call.thread != "")
            assert all(ticket < other for other in older)
            assert not [
                other
                for other in self.running.values()
                if other.channel == call.channel and other.method == call.method
            ]
            self.running[ticket] = call

    @precondition(lambda self: self.running)
    @rule(data=st.data(), wait=st.sampled_from([None, None, 0.5, 5.0]))
    def a_call_comes_back(self, data: st.DataObject, wait: float | None) -> None:
        ticket = data.draw(st.sampled_from(sorted(self.running)))
        call = self.running.pop(ticket)
        gave_way = self.schedule.done(ticket, now=self.now, retry_after=wait)
        if wait is not None:
            self.until[call.method] = max(self.until.get(call.method, -inf), self.now + wait)
            self.wanted |= {ticket: call} if gave_way is None else {}

    @invariant()
    def nothing_is_dropped(self) -> None:
        assert len(self.schedule) == len(self.wanted)
        assert self.schedule.running == len(self.running)

    @invariant()
    def something_goes_or_there_is_a_reason(self) -> None:
        assert len(self.schedule._calls) == len(self.wanted) + len(self.running)

    def teardown(self) -> None:
        for ticket in list(self.running):
            self.schedule.done(ticket, now=self.now)
        assert len(order(self.schedule, self.now)) == len(self.wanted)


TestScheduling = Scheduling.TestCase
TestScheduling.settings = settings(deadline=None, max_examples=60)
