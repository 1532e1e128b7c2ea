"""What is written down of posts, edits and refusals, and what of it is forgotten again."""

from __future__ import annotations

import msgspec
import pytest

from chatbot import outbox
from chatbot.alert import Alert, Delivery, Entry, Kind, Sending
from chatbot.outbox import EDIT, ROOT, Act, Step, next_step
from chatbot.slack.schedule import Priority
from tests.alerts import alert, entry, hours

CHANNEL = "C0INDUCTOR"
FIRST, SECOND = entry(Kind.FAILING_COMMIT, 1), entry(Kind.FAILING_COMMIT, 2)
PRESSED = entry(Kind.ACKNOWLEDGED, 3, by="U01ALICE")
APART = Entry("digest:1", Kind.FAILING_COMMIT, hours(1), channel="C0APART")


def shown(*entries: Entry, version: int = 1, **delivery: object) -> Alert:
    """An alert with a root, of which Slack has been shown that much."""
    known: dict[str, object] = {"channel": CHANNEL, "root": "1.0", "rendered": 1, "link": "https://x/1"}
    present = msgspec.structs.replace(alert(*entries), version=version)
    return present.shown(Delivery(**known | delivery))  # type: ignore[arg-type]  # fields by name


def sending(what: str, nonce: str = "n", version: int = 1) -> Sending:
    return Sending(what, nonce, hours(1), CHANNEL, version)


@pytest.mark.parametrize(
    ("present", "step"),
    [
        (alert(FIRST), Step(Act.POST_ROOT, Priority.ALERT)),
        (shown(FIRST), Step(Act.POST_ENTRY, Priority.ENTRY, FIRST)),
        (shown(PRESSED), Step(Act.POST_ENTRY, Priority.ACTION, PRESSED)),
        (shown(version=2), Step(Act.EDIT_ROOT, Priority.EDIT)),
        (shown(FIRST, version=2), Step(Act.POST_ENTRY, Priority.ENTRY, FIRST)),
        (shown(FIRST, PRESSED, version=2), Step(Act.EDIT_ROOT, Priority.ACTION)),
        (shown(FIRST, sending=sending(FIRST.id)), Step(Act.SETTLE, Priority.ACTION)),
        (shown(FIRST, SECOND, refused={FIRST.id: 1}), Step(Act.POST_ENTRY, Priority.ENTRY, SECOND)),
        (shown(FIRST, version=2, refused={EDIT: 2, FIRST.id: 2}), None),
        (shown(), None),
    ],
)
def test_each_step_has_its_place_in_the_queue(present: Alert, step: Step | None) -> None:
    assert next_step(present) == step


def test_a_root_that_arrived_is_shown_as_of_the_version_it_was_drawn_from() -> None:
    present = alert(FIRST).shown(
        Delivery(sending=sending(ROOT, version=3), trouble="no", link="old", refused={ROOT: 1, "other": 0})
    )
    after = outbox.arrived(present, sending(ROOT, version=3), "5.0").delivery
    assert after == Delivery(channel=CHANNEL, root="5.0", rendered=3, refused={"other": 0})


def test_a_reply_that_arrived_leaves_the_root_as_it_is() -> None:
    post = sending(SECOND.id)
    present = shown(FIRST, SECOND, entries={FIRST.id: "2.0"}, sending=post, trouble="no", refused={SECOND.id: 0})
    after = outbox.arrived(present, post, "3.0").delivery
    assert after == Delivery(CHANNEL, "1.0", 1, {FIRST.id: "2.0", SECOND.id: "3.0"}, link="https://x/1")


def test_what_is_refused_stays_trouble_although_something_else_arrived() -> None:
    post = sending(SECOND.id)
    present = shown(FIRST, SECOND, version=2, sending=post, trouble="no", refused={FIRST.id: 2, EDIT: 1})
    assert outbox.arrived(present, post, "3.0").delivery.trouble == "no"
    assert outbox.rendered(present, 2).delivery.trouble == "no"
    again = outbox.arrived(present, msgspec.structs.replace(post, entry=FIRST.id), "3.0")
    assert again.delivery.trouble is None
    changed = msgspec.structs.replace(present, version=3)
    assert outbox.arrived(changed, post, "3.0").delivery.trouble is None
    root = alert().shown(Delivery(sending=sending(ROOT), trouble="no", refused={FIRST.id: 1}))
    assert outbox.arrived(root, sending(ROOT), "1.0").delivery.trouble == "no"


def test_a_reply_that_is_there_is_not_begun_again_and_another_is() -> None:
    present = shown(FIRST, SECOND, entries={FIRST.id: "2.0"})
    assert outbox.begun(present, sending(FIRST.id)) is present
    assert outbox.begun(present, sending(SECOND.id)).delivery.sending == sending(SECOND.id)


def test_an_alert_holds_its_root_and_its_replies_and_no_other_message() -> None:
    present = shown(FIRST, entries={FIRST.id: "2.0"})
    assert [ts for ts in ("1.0", "2.0", "3.0", FIRST.id) if outbox.holds(present, ts)] == ["1.0", "2.0"]


def test_a_message_of_its_own_is_in_no_thread() -> None:
    present = shown(FIRST, APART)
    assert outbox.thread_of(present, sending(FIRST.id)) == "1.0"
    assert outbox.thread_of(present, sending(APART.id)) is None
    assert outbox.thread_of(present, sending(ROOT)) is None
    assert [outbox.elsewhere(present, what) for what in (FIRST.id, APART.id, ROOT)] == [False, True, False]


def test_only_the_post_in_question_is_awaited() -> None:
    present = shown(FIRST, sending=sending(FIRST.id, "mine"))
    assert outbox.awaits(present, sending(FIRST.id, "mine"))
    assert not outbox.awaits(present, sending(FIRST.id, "theirs"))
    assert not outbox.awaits(shown(FIRST), sending(FIRST.id, "mine"))


def test_a_post_that_was_given_up_is_on_its_way_no_more_and_a_doubted_one_is_looked_for() -> None:
    earlier, post = sending(ROOT, "earlier"), sending(FIRST.id)
    present = shown(FIRST, sending=post, doubts=(earlier,))
    assert outbox.given_up(present, post).delivery == shown(FIRST, doubts=(earlier,)).delivery
    doubted = outbox.doubted(present, post)
    assert doubted.delivery == shown(FIRST, doubts=(earlier, post)).delivery
    assert outbox.cleared(doubted, post.nonce).delivery.doubts == (earlier,)


def test_an_edit_shows_a_version_and_never_an_older_one() -> None:
    present = shown(version=4, rendered=2, trouble="no", refused={EDIT: 2, FIRST.id: 2})
    assert outbox.rendered(present, 4).delivery == shown(rendered=4, refused={FIRST.id: 2}).delivery
    assert outbox.rendered(present, 2) is present
    assert outbox.rendered(present, 1) is present


def test_a_root_that_may_have_been_spoilt_is_drawn_again_where_there_is_one() -> None:
    assert outbox.smudged(shown()).delivery == shown(rendered=0).delivery
    assert outbox.smudged(alert()) == alert()


def test_a_link_is_remembered() -> None:
    assert outbox.linked(shown(), "https://x/2").delivery == shown(link="https://x/2").delivery
    assert outbox.linked(shown(), None).delivery == shown(link=None).delivery


def test_a_refusal_is_kept_with_its_version_beside_the_others() -> None:
    present = shown(FIRST, version=3, sending=sending(FIRST.id), refused={EDIT: 2})
    after = outbox.refused(present, FIRST.id, 3, "too long")
    assert after.delivery == shown(trouble="too long", refused={EDIT: 2, FIRST.id: 3}).delivery


def test_an_entry_that_is_redirected_goes_elsewhere_and_the_others_do_not() -> None:
    after = outbox.redirected(shown(FIRST, APART, sending=sending(APART.id)), APART.id, "C0FALLBACK")
    assert [one.channel for one in after.entries] == [None, "C0FALLBACK"]
    assert after.delivery == shown().delivery


def test_trouble_is_noted_and_changes_nothing_else() -> None:
    assert outbox.troubled(shown(), "no").delivery == shown(trouble="no").delivery


def test_an_alert_whose_root_is_gone_begins_anew_and_says_why_before_what_is_left_to_say() -> None:
    present = shown(FIRST, SECOND, version=4, entries={FIRST.id: "2.0"}, trouble="no", refused={EDIT: 4},
                    sending=sending(SECOND.id), detour="full")  # fmt: skip
    after = outbox.uprooted(present, at=hours(5), note="it was deleted", link=None)
    assert after.delivery == Delivery(CHANNEL, entries={FIRST.id: "2.0"}, detour="full")
    assert after.entries == (FIRST, Entry("moved:4:2", Kind.MOVED, hours(5), note="it was deleted"), SECOND)
    assert after.previous is None
    again = outbox.uprooted(msgspec.structs.replace(after, previous="https://x/0"), at=hours(6), note="", link=None)
    assert again.previous == "https://x/0"
    assert outbox.uprooted(again, at=hours(7), note="", link="https://x/9").previous == "https://x/9"
    assert len({one.id for one in again.entries}) == len(again.entries) == 4


def test_an_alert_that_moved_goes_on_elsewhere_and_says_why() -> None:
    after = outbox.moved(shown(FIRST), "C0FALLBACK", at=hours(5), note="archived")
    assert after.delivery == Delivery("C0FALLBACK", detour="archived")
    assert after.previous == "https://x/1"
    assert next((one.kind, one.at, one.note) for one in after.entries) == (Kind.MOVED, hours(5), "archived")
