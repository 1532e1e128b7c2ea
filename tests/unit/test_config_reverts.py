"""How a revert is asked for: what the configuration accepts, and what becomes of a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chatbot.config import Revert

BOT = Revert(kind="comment", comment='@bot revert -m "{reason}" -c nosignal')


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kind": "comment"}, "needs a `comment`"),
        ({"comment": "x"}, "set `kind: comment`"),
        ({"kind": "comment", "comment": "{why}"}, "has a place {why}"),
        ({"kind": "comment", "comment": ""}, "at least 1 character"),
        ({"kind": "phone"}, "'github' or 'comment'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(wrong: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Revert.model_validate(wrong)
    assert says in str(refused.value)


def test_every_place_is_filled_in() -> None:
    how = Revert(kind="comment", comment="revert {sha} of #{pr}: {reason}")
    assert how.filled(reason="red", sha="abc", pr=7) == "revert abc of #7: red"


@given(st.text(max_size=300))
def test_no_reason_ends_its_quotation_or_gives_another_order(reason: str) -> None:
    said = BOT.filled(reason=reason, sha="abc", pr=7)
    assert said.startswith('@bot revert -m "')
    assert said.endswith('" -c nosignal')
    assert said.count('"') == 2
    assert len(said.splitlines()) == 1
    assert "\\" not in said


def test_what_looks_like_a_place_in_a_reason_stays_as_it_is() -> None:
    assert "{sha}" in BOT.filled(reason="{sha}", sha="abc", pr=7)
