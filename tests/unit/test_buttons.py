"""Every button and choice that an alert shows in any state is answered, and no input of a modal is too strange."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handlers
from chatbot import presses
from chatbot.alert import Alert
from chatbot.messages import alert as drawn
from chatbot.messages.blocks import Block
from chatbot.requests import OpenModal, Submission
from chatbot.settle import settle
from chatbot.snooze import Snooze
from chatbot.watch import evaluate
from chatbot.wishes import Until
from tests.trunks import START, trunk, watch

NOW = datetime(2026, 1, 7, 9, 30, tzinfo=UTC)


def opened() -> Alert:
    made, rule = trunk("+xxx"), watch()
    alert = settle(None, rule, evaluate(rule, made, now=START), made)
    assert alert is not None
    return alert


def taken() -> Alert:
    return presses.acknowledged(opened(), by="U01", at=NOW)


def quiet() -> Alert:
    return presses.snoozed(opened(), Snooze(Until.TIME, "U01", NOW, NOW + timedelta(hours=2)))


def names(row: Block) -> Iterator[str]:
    """The action ids of buttons and pickers, and the values of menus' options."""
    elements: list[dict[str, Any]] = row.body["elements"]
    for element in elements:
        options = element.get("options", ())
        yield from (option["value"] for option in options)
        yield from () if options else (element["action_id"],)


@pytest.mark.parametrize("alert", [opened(), taken(), quiet()], ids=["open", "acknowledged", "snoozed"])
def test_whatever_can_be_pressed_is_answered(alert: Alert) -> None:
    known = {*handlers.router.presses, *handlers.router.modals}
    assert set(names(drawn.buttons(alert))) <= known


def test_state_decides_what_shows() -> None:
    assert drawn.UNACKNOWLEDGE not in set(names(drawn.buttons(opened())))
    assert drawn.ACKNOWLEDGE not in set(names(drawn.buttons(taken())))
    assert drawn.END_SNOOZE in set(names(drawn.buttons(quiet())))
    assert drawn.RERUN not in set(names(drawn.buttons(opened(), writable=False)))


BLOCKS = sorted({"snooze_choice", "snooze_other", "culprit_choice", "culprit_other", "note", "revert_reason"})


@given(
    st.sampled_from(sorted(handlers.router.submissions)),
    st.dictionaries(st.sampled_from(BLOCKS), st.text(min_size=1, max_size=80)),
)
def test_whatever_is_filled_in_is_checked_without_a_fault(name: str, values: dict[str, str]) -> None:
    given_in = Submission(name, "a", 1, values, "U01", "alice", "C01", "", OpenModal("V1"))
    wrong = handlers.router.submissions[name].check(given_in)
    assert all(block and said for block, said in wrong.items())
