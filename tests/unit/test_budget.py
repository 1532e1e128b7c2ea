"""Any message fits what Slack accepts, and says what it left out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.messages.blocks import (
    Block,
    Lines,
    Option,
    Payload,
    actions,
    button,
    context,
    divider,
    header,
    lines,
    overflow,
    raw,
    section,
)
from chatbot.messages.budget import MESSAGE_TOTAL, fit, fit_view, message_body, view_body
from chatbot.messages.clip import units
from chatbot.messages.escape import Text, code, escape, link, mrkdwn, plain
from chatbot.messages.views import home, modal
from chatbot.sandbox.slack.limits import BLOCKS_TOTAL, Surface, blocks_problems, length

WORDS = st.text(st.sampled_from('ab *_`<&>"\\\n日👩🏽'), max_size=30)
LONG = st.builds(lambda word, times: word * times, WORDS, st.sampled_from([1, 1, 1, 40, 400]))
TEXTS = st.one_of(LONG.map(escape), LONG.map(code), LONG.map(lambda word: link("https://x.y/", word)))
BLOCKS = st.one_of(
    st.builds(lambda text: header(plain(text)), LONG),
    st.builds(section, TEXTS),
    st.builds(lambda fields: section(fields=fields), st.lists(TEXTS, min_size=1, max_size=12)),
    st.builds(lambda texts: context(*texts), st.lists(TEXTS, max_size=12)),
    st.builds(lambda text: actions(button(plain(text), "a", value="v" * 100)), LONG),
    st.builds(divider),
    st.builds(
        lambda texts, times, title, hidden: lines(texts * times, title=title, hidden=hidden),
        st.lists(TEXTS, max_size=4),
        st.sampled_from([1, 2, 40]),
        TEXTS,
        st.integers(0, 3),
    ),
)
MARKS = re.compile(r"<https://x\.y/\|(?:[^&<>]|&(?:amp|lt|gt);)+>|&(?:amp|lt|gt);")


def sized(blocks: list[dict[str, Any]]) -> int:
    return units(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def mrkdwn_texts(value: Any) -> list[str]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value["text"]] if isinstance(value, dict) and value.get("type") == "mrkdwn" else []
    return own + [text for child in children for text in mrkdwn_texts(child)]


@settings(deadline=None)
@given(st.lists(st.tuples(BLOCKS, st.sampled_from([1, 1, 1, 30])), max_size=8), LONG)
def test_any_blocks_of_any_strings_fit(groups: list[tuple[Block | Lines, int]], more: str) -> None:
    blocks = [block for block, times in groups for _ in range(times)]
    body = message_body(Payload(escape(more), tuple(blocks), more=escape(more)))
    assert units(body["text"]) <= 4000
    shown = body.get("blocks", [])
    assert blocks_problems(shown, Surface.MESSAGE) == []
    assert length(shown) <= BLOCKS_TOTAL
    assert sized(shown) <= MESSAGE_TOTAL
    for text in mrkdwn_texts(shown):
        assert 0 < units(text) <= 3000
        assert not re.search("[<>&]", MARKS.sub("", text))


@settings(deadline=None)
@given(st.lists(BLOCKS, max_size=40))
def test_fitting_twice_changes_nothing(blocks: list[Block | Lines]) -> None:
    fitted = fit(Payload(escape("x"), tuple(blocks)))
    assert fit(fitted) == fitted


def test_a_short_message_stays_as_it_is() -> None:
    blocks = (header(plain("h")), section(mrkdwn("*a*")), actions(button(plain("Go"), "go")))
    assert fit(Payload(escape("x"), blocks)).blocks == blocks


def test_lines_left_out_are_counted_and_named() -> None:
    many = lines([mrkdwn("line {n}", n=n) for n in range(3000)], title=mrkdwn("*All*"), more=mrkdwn("`/trunk alerts`"))
    body = message_body(Payload(escape("x"), (many, actions(button(plain("Go"), "go")))))
    shown = "\n".join(mrkdwn_texts(body["blocks"])).splitlines()
    left = 3000 - sum(line.startswith("line ") for line in shown)
    assert shown[0] == "*All*"
    assert shown[1 : 3000 - left + 1] == [f"line {n}" for n in range(3000 - left)]
    assert shown[-1] == f"_+{left} more:_ `/trunk alerts`"
    assert body["blocks"][-1]["type"] == "actions"


def test_lines_the_caller_left_out_are_counted_too() -> None:
    body = message_body(Payload(escape("x"), (lines([mrkdwn("a")], hidden=7),)))
    assert body["blocks"][0]["text"]["text"] == "a\n_+7 more_"


def test_a_long_list_does_not_crowd_out_a_short_one() -> None:
    long = lines([mrkdwn("long {n} {x}", n=n, x="x" * 90) for n in range(400)])
    short = lines([mrkdwn("short {n}", n=n) for n in range(10)])
    texts = "\n".join(mrkdwn_texts(message_body(Payload(escape("x"), (long, short)))["blocks"]))
    assert texts.count("short") == 10
    assert "_+" in texts


def test_buttons_stay_when_paragraphs_go() -> None:
    paragraphs = [section(mrkdwn("{x}", x="x" * 2900)) for _ in range(10)]
    payload = Payload(escape("x"), (header(plain("h")), *paragraphs, actions(button(plain("Go"), "go"))))
    body = message_body(payload)["blocks"]
    assert [block["type"] for block in body] == ["header", *["section"] * 4, "actions", "context"]
    assert body[-1]["elements"][0]["text"] == "_+6 more_"


def test_a_smaller_total_is_the_way_out_when_slack_still_refuses() -> None:
    payload = Payload(escape("x"), (lines([mrkdwn("line {n}", n=n) for n in range(900)]),))
    assert sized(message_body(payload, total=4000)["blocks"]) <= 4000


def test_a_view_has_room_for_a_hundred_blocks() -> None:
    fitted = fit_view(home([divider() for _ in range(70)] + [section(mrkdwn("x")) for _ in range(70)]))
    assert len(fitted.blocks) == 100
    body = view_body(modal(plain("A title that is too long for Slack"), [section(mrkdwn("x"))], callback_id="c"))
    assert body["title"]["text"] == "A title that is too lon…"
    assert body["blocks"][0]["text"]["text"] == "x"


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(BLOCKS, st.sampled_from([1, 30])), max_size=8))
def test_any_view_fits(groups: list[tuple[Block | Lines, int]]) -> None:
    blocks = [block for block, times in groups for _ in range(times)]
    for view, surface in ((modal(plain("t"), blocks), Surface.MODAL), (home(blocks), Surface.HOME)):
        body = view_body(view)
        assert blocks_problems(body["blocks"], surface) == []
        assert len(json.dumps(body)) <= 250_000


def test_a_message_carries_its_metadata_and_its_colour() -> None:
    body = message_body(Payload(escape("t"), (divider(),), metadata={"alert": "a"}, colour="#cc0000"))
    assert body["metadata"] == {"event_type": "trunkwatch", "event_payload": {"alert": "a"}}
    assert body["attachments"] == [{"color": "#cc0000", "fallback": "t", "blocks": [{"type": "divider"}]}]
    assert "blocks" not in body


def test_a_block_that_alone_is_too_large_is_named_not_sent() -> None:
    huge = raw({"type": "table", "rows": ["x" * 20_000]})
    assert mrkdwn_texts(message_body(Payload(escape("x"), (huge,), more=Text("see CI")))["blocks"]) == [
        "_+1 more:_ see CI"
    ]


def test_a_menu_with_too_many_choices_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="1 to 5 options, got 6"):
        overflow("more", [Option(plain(str(n)), str(n)) for n in range(6)])
