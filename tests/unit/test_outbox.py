"""What Slack is shown next, and that following it to the end shows everything once, in order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import outbox
from chatbot.alert import Alert, Kind, Sending
from chatbot.outbox import EDIT, ROOT, Act, next_step
from chatbot.slack.schedule import Priority
from tests.alerts import alert, entry, hours

CHANNEL = "C0INDUCTOR"


def sending(present: Alert, what: str, nonce: str = "n") -> Sending:
    return Sending(what, nonce, hours(1), CHANNEL, present.version)


def posted(present: Alert, what: str, ts: str) -> Alert:
    post = sending(present, what)
    return outbox.arrived(outbox.begun(present, post), post, ts)


def act(present: Alert) -> tuple[Act, str | None] | None:
    step = next_step(present)
    return (step.act, step.entry.id if step.entry else None) if step else None


def test_the_root_comes_first_then_the_thread_in_order_then_nothing() -> None:
    first, second = entry(Kind.FAILING_COMMIT, 1), entry(Kind.RESOLVED, 2)
    present = alert(first, second)
    assert act(present) == (Act.POST_ROOT, None)
    present = posted(present, ROOT, "1.0")
    assert act(present) == (Act.POST_ENTRY, first.id)
    present = posted(present, first.id, "2.0")
    assert act(present) == (Act.POST_ENTRY, second.id)
    present = posted(present, second.id, "3.0")
    assert act(present) is None


def test_a_post_on_its_way_is_settled_before_anything_else() -> None:
    present = alert(entry(Kind.FAILING_COMMIT, 1))
    present = outbox.begun(present, sending(present, ROOT))
    step = next_step(present)
    assert step is not None
    assert (step.act, step.priority) == (Act.SETTLE, Priority.ACTION)


def test_only_one_post_is_on_its_way_and_nothing_is_sent_that_was() -> None:
    present = posted(alert(entry(Kind.FAILING_COMMIT, 1)), ROOT, "1.0")
    assert outbox.begun(present, sending(present, ROOT)) is present
    under_way = outbox.begun(present, sending(present, present.entries[0].id, "a"))
    assert outbox.begun(under_way, sending(present, present.entries[0].id, "b")) is under_way


def test_what_a_person_did_shows_on_the_root_before_the_thread_tells() -> None:
    present = (
        posted(alert(), ROOT, "1.0")
        .changed(at=hours(2), assignee="U02BOB")
        .said(entry(Kind.ACKNOWLEDGED, 2, by="U01ALICE"))
    )
    step = next_step(present)
    assert step is not None
    assert (step.act, step.priority) == (Act.EDIT_ROOT, Priority.ACTION)
    assert act(outbox.rendered(present, present.version)) == (Act.POST_ENTRY, present.entries[-1].id)


def test_an_edit_waits_for_the_thread_where_nobody_pressed() -> None:
    present = posted(alert(), ROOT, "1.0").changed(at=hours(2), assignee="U02BOB").said(entry(Kind.FAILING_COMMIT, 2))
    assert act(present) == (Act.POST_ENTRY, present.entries[-1].id)
    present = posted(present, present.entries[-1].id, "2.0")
    assert act(present) == (Act.EDIT_ROOT, None)
    assert act(outbox.rendered(present, present.version)) is None


@pytest.mark.parametrize("what", [ROOT, EDIT])
def test_what_is_refused_for_good_is_left_until_the_alert_changes(what: str) -> None:
    present = {ROOT: alert(), EDIT: posted(alert(), ROOT, "1.0").changed(at=hours(2), assignee="U02BOB")}[what]
    refused = outbox.refused(present, what, present.version, "too long")
    assert next_step(refused) is None
    assert refused.delivery.trouble == "too long"
    assert next_step(refused.changed(at=hours(3), assignee="U03CAROL")) is not None


def test_the_answer_to_another_post_changes_nothing() -> None:
    present = outbox.begun(alert(), sending(alert(), ROOT, "mine"))
    theirs = sending(alert(), ROOT, "theirs")
    assert outbox.arrived(present, theirs, "1.0") is present
    assert outbox.given_up(present, theirs) is present
    assert outbox.doubted(present, theirs) is present


def test_what_was_nowhere_to_be_found_is_doubted_and_sent_again() -> None:
    post = sending(alert(), ROOT)
    present = outbox.doubted(outbox.begun(alert(), post), post)
    assert present.delivery.doubts == (post,)
    assert act(present) == (Act.POST_ROOT, None)
    assert outbox.cleared(present, post.nonce).delivery.doubts == ()


def test_a_root_that_is_gone_gets_a_successor_that_repeats_nothing() -> None:
    said, unsaid = entry(Kind.FAILING_COMMIT, 1), entry(Kind.RESOLVED, 2)
    present = posted(posted(alert(said, unsaid), ROOT, "1.0"), said.id, "2.0")
    after = outbox.uprooted(present, at=hours(3), note="it was deleted", link="https://x/old")
    assert act(after) == (Act.POST_ROOT, None)
    after = posted(after, ROOT, "5.0")
    kinds = []
    while (step := next_step(after)) is not None and step.entry is not None:
        kinds.append(step.entry.kind)
        after = posted(after, step.entry.id, f"{len(kinds) + 5}.0")
    assert kinds == [Kind.MOVED, Kind.RESOLVED]
    assert after.previous == "https://x/old"


@given(st.lists(st.sampled_from(["arrived", "given up", "doubted"]), max_size=20), st.integers(0, 5))
def test_whatever_becomes_of_the_posts_each_is_shown_once_at_the_end(fates: list[str], count: int) -> None:
    present = alert(*(entry(Kind.FAILING_COMMIT, n) for n in range(count)))
    shown: list[str] = []
    for number in range(len(fates) + count + 2):
        step = next_step(present)
        if step is None:
            break
        what = step.entry.id if step.entry else ROOT
        post = Sending(what, f"n{number}", hours(1) + timedelta(seconds=number), CHANNEL, present.version)
        present = outbox.begun(present, post)
        fate = fates[number] if number < len(fates) else "arrived"
        present = {
            "arrived": outbox.arrived(present, post, f"{number}.0"),
            "given up": outbox.given_up(present, post),
            "doubted": outbox.doubted(present, post),
        }[fate]
        shown += [what] * (fate == "arrived")
    assert next_step(present) is None
    assert shown == [ROOT, *(one.id for one in present.entries)]
