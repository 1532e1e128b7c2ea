"""Block Kit's limits: what is just allowed is taken, one more is refused at the right place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import limits
from chatbot.sandbox.slack.limits import Surface
from tests.sandbox.conftest import actions, button, option, section
from tests.sandbox.test_slack_messages import refused


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def element(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": "a", **fields}


def select(*options: dict[str, Any], kind: str = "static_select", **fields: Any) -> dict[str, Any]:
    return actions(element(kind, options=list(options), **fields))


def field(inner: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "input", "label": plain("Why"), "element": inner, **fields}


def line(text: str = "x") -> dict[str, Any]:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }


def cell(text: str = "x") -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def chart(kind: str = "line", points: int = 2, series: int = 1, **fields: Any) -> dict[str, Any]:
    labels = [str(number) for number in range(points)]
    data = [{"label": label, "value": 1} for label in labels]
    rows = [{"name": f"s{number}", "data": data} for number in range(series)]
    body = {"type": kind, "series": rows, "axis_config": {"categories": labels}, **fields}
    return {"type": "data_visualization", "title": "Passed", "chart": body}


GOOD: list[list[dict[str, Any]]] = [
    [],
    [{"type": "divider"}] * 50,
    [section("x" * 3000)],
    [{"type": "section", "fields": [mrkdwn("x" * 1300)] * 10}],
    [section("x", accessory={"type": "image", "image_url": "https://x/y.png", "alt_text": "y"})],
    [{"type": "header", "text": plain("x" * 150)}],
    [actions(*(button("x" * 75, f"a{number}", "v" * 100) for number in range(25)))],
    [actions(button("x", value="v" * 2000, action_id="i" * 255))],
    [
        actions(
            {
                **button("Go"),
                "url": "https://x",
                "style": "primary",
                "confirm": {"title": plain("?"), "text": plain("!")},
            }
        )
    ],
    [
        {
            "type": "context",
            "elements": [mrkdwn("x")] * 9 + [{"type": "image", "image_url": "https://x", "alt_text": "x"}],
        }
    ],
    [select(*(option(str(n)) for n in range(100)), placeholder=plain("p" * 150))],
    [select(*(option(str(n)) for n in range(5)), kind="overflow")],
    [actions(element("static_select", option_groups=[{"label": plain("g"), "options": [option("x")]}]))],
    [actions(element("users_select", placeholder=plain("Assign…"), initial_user="U1"))],
    [
        actions(element("external_select", min_query_length=0)),
        actions(element("datepicker", initial_date="2026-01-01")),
    ],
    [actions(element("checkboxes", options=[option("x")])), actions(element("radio_buttons", options=[option("x")]))],
    [field(element("plain_text_input", multiline=True, max_length=3000))],
    [{"type": "image", "image_url": "https://x", "alt_text": "x", "title": plain("x")}],
    [{"type": "markdown", "text": "x" * 12_000}],
    [line()],
    [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_list", "style": "bullet", "elements": line()["elements"]}],
        }
    ],
    [{"type": "table", "rows": [[cell()] * 20] * 100}],
    [{"type": "table", "rows": [[line()]], "column_settings": [{"align": "right"}]}],
    [
        {
            "type": "data_table",
            "caption": "Jobs",
            "rows": [[cell()], [{"type": "raw_number", "value": 1}]],
            "page_size": 5,
        }
    ],
    [chart(points=20, series=6), chart("bar")],
    [chart("pie", segments=[{"label": "a", "value": 1}])],
    [{"type": "container", "title": plain("More"), "child_blocks": [section("x")]}],
    [{"type": "carousel", "elements": [{"type": "card", "title": mrkdwn("x"), "actions": [button("Go")]}]}],
    [{"type": "context_actions", "elements": [element("icon_button", icon="trash", text=plain("x"))]}],
]


@pytest.mark.parametrize("blocks", GOOD)
def test_what_is_within_the_limits_is_taken(blocks: list[dict[str, Any]]) -> None:
    assert limits.blocks_problems(blocks, Surface.MESSAGE) == []
    assert limits.length(blocks) <= limits.BLOCKS_TOTAL


@pytest.mark.parametrize(
    ("blocks", "at", "message"),
    [
        ("x", "", "must provide an array"),
        (["x"], "0", "must provide an object"),
        ([{"type": "divider"}] * 51, "", "no more than 50 items allowed"),
        ([{"type": "sction"}], "0/type", "unsupported type: sction"),
        ([{}], "0/type", "unsupported type: missing"),
        ([{"type": "alert"}], "0/type", "unsupported type: alert"),
        ([{"type": "section"}], "0", "missing required field: text"),
        ([section("")], "0/text/text", "must be more than 0 characters"),
        ([section("x" * 3001)], "0/text/text", "must be less than 3001 characters"),
        ([section("x", colour="red")], "0", "invalid additional property: colour"),
        ([{"type": "section", "text": {"type": "html", "text": "x"}}], "0/text/type", "must be a valid enum value"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": 1}}], "0/text/text", "must provide a string"),
        ([{"type": "section", "text": {"type": "mrkdwn"}}], "0/text", "missing required field: text"),
        ([{"type": "section", "text": "x"}], "0/text", "must provide an object"),
        ([section("x", fields=[mrkdwn("x")] * 11)], "0/fields", "no more than 10 items allowed"),
        ([section("x", fields=[])], "0/fields", "no fewer than 1 items allowed"),
        ([section("x", fields=[mrkdwn("x" * 2001)])], "0/fields/0/text", "must be less than 2001 characters"),
        ([section("x", block_id="i" * 256)], "0/block_id", "must be less than 256 characters"),
        ([section("x", block_id="i"), section("x", block_id="i")], "1/block_id", "`block_id` 'i' already exists"),
        ([section("x", accessory=element("plain_text_input"))],
         "0/accessory/type", "unsupported type: plain_text_input"),
        ([{"type": "header", "text": plain("x" * 151)}], "0/text/text", "must be less than 151 characters"),
        ([{"type": "header", "text": mrkdwn("x")}], "0/text/type", "must be a valid enum value"),
        ([{"type": "header"}], "0", "missing required field: text"),
        ([{"type": "context", "elements": [mrkdwn("x")] * 11}], "0/elements", "no more than 10 items allowed"),
        ([{"type": "context", "elements": []}], "0/elements", "no fewer than 1 items allowed"),
        ([{"type": "context", "elements": [button("x")]}], "0/e0/type", "unsupported type: button"),
        ([actions(*(button("x", f"a{n}") for n in range(26)))], "0/elements", "no more than 25 items allowed"),
        ([actions(button("x"), button("y"))],
         "0/elements/1/action_id", "`action_id` 'ack' already exists in this block"),
        ([actions(button("x" * 76))], "0/e0/text/text", "must be less than 76 characters"),
        ([actions(button("x", value="v" * 2001))], "0/e0/value", "must be less than 2001 characters"),
        ([actions(button("x", action_id="i" * 256))], "0/e0/action_id", "must be less than 256 characters"),
        ([actions({**button("x"), "url": "u" * 3001})], "0/e0/url", "must be less than 3001 characters"),
        ([actions({**button("x"), "style": "blue"})], "0/e0/style", "must be a valid enum value"),
        ([actions({**button("x"), "confirm": {"title": plain("t")}})], "0/e0/confirm", "missing required field: text"),
        ([actions(element("image"))], "0/e0/type", "unsupported type: image"),
        ([select(*(option(str(n)) for n in range(101)))], "0/e0/options", "no more than 100 items allowed"),
        ([select(*(option(str(n)) for n in range(6)), kind="overflow")],
         "0/e0/options", "no more than 5 items allowed"),
        ([select()], "0/e0/options", "no fewer than 1 items allowed"),
        ([select(option("x" * 76))], "0/e0/options/0/text/text", "must be less than 76 characters"),
        ([select(option("x", "v" * 151))], "0/e0/options/0/value", "must be less than 151 characters"),
        ([select(option("x", "v"), option("y", "v"))],
         "0/e0/options/1/value", "`value` must be unique among the options"),
        ([select(option("x"), initial_option=option("y"))],
         "0/e0/initial_option", "initial_option must match one of the options"),
        ([select(option("x"), placeholder=plain("p" * 151))],
         "0/e0/placeholder/text", "must be less than 151 characters"),
        ([actions(element("static_select"))], "0/elements/0", "missing required field: options"),
        ([select(option("x"), option_groups=[])], "0/elements/0", "cannot provide both options and option_groups"),
        ([field(button("x"))], "0/element/type", "unsupported type: button"),
        ([field(element("plain_text_input", max_length=3001))],
         "0/element/max_length", "must be an integer from 1 to 3000"),
        ([{"type": "image", "alt_text": "x"}], "0", "missing required field: image_url"),
        ([{"type": "image", "image_url": "https://x"}], "0", "missing required field: alt_text"),
        ([{"type": "markdown", "text": "x" * 12_001}], "0/text", "must be less than 12001 characters"),
        ([line("")], "0/e0/e0/text", "must be more than 0 characters"),
        ([{"type": "rich_text", "elements": [{"type": "x"}]}], "0/e0/type", "unsupported type: x"),
        ([{"type": "table", "rows": [[cell()]] * 101}], "0/rows", "no more than 100 items allowed"),
        ([{"type": "table", "rows": [[cell()] * 21]}], "0/rows/0", "no more than 20 items allowed"),
        ([{"type": "table", "rows": [[{"type": "mrkdwn"}]]}], "0/rows/0/0/type", "unsupported type: mrkdwn"),
        ([{"type": "table", "rows": [[cell()]]}] * 2, "", "no more than 1 table blocks allowed"),
        ([{"type": "table", "rows": "x"}], "0/rows", "must provide an array"),
        ([{"type": "table", "rows": ["x"]}], "0/rows/0", "must provide an array"),
        ([{"type": "data_table", "caption": "c", "rows": [[cell()], [cell()] * 2]}],
         "0/rows", "all rows must have the same number of cells"),
        ([{"type": "data_table", "caption": "c", "rows": [[cell()]]}], "0/rows", "no fewer than 2 items allowed"),
        ([chart(points=21)], "0/chart/series/0/data", "no more than 20 items allowed"),
        ([chart(series=7)], "0/chart/series", "no more than 6 items allowed"),
        ([chart(axis_config={"categories": ["other"]})],
         "0/chart/series/0/data", "labels must match axis_config.categories"),
        ([chart("donut")], "0/chart/type", "must be a valid enum value"),
        ([{**chart(), "title": "x" * 51}], "0/title", "must be less than 51 characters"),
    ],
)  # fmt: skip
def test_what_is_beyond_a_limit_is_named(blocks: Any, at: str, message: str) -> None:
    pointer = "/blocks/" + at.replace("e0", "elements/0")
    found = [(problem.pointer, problem.message) for problem in limits.blocks_problems(blocks, Surface.MESSAGE)]
    assert (pointer.rstrip("/"), message) in found


def modal(**fields: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Snooze"), "blocks": [section("x")], **fields}


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        ([], "must provide an object [json-pointer:/view]"),
        ({}, "missing required field: type [json-pointer:/view]"),
        (modal(type="popup"), "must be a valid enum value [json-pointer:/view/type]"),
        (modal(title=None), "missing required field: title [json-pointer:/view]"),
        (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
        (modal(private_metadata="x" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        (modal(callback_id="x" * 256), "must be less than 256 characters [json-pointer:/view/callback_id]"),
        (modal(colour="red"), "invalid additional property: colour [json-pointer:/view]"),
        (modal(blocks=[{"type": "divider"}] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (modal(blocks=[field(element("plain_text_input"))]), "missing required field: submit"),
        (modal(blocks=[{"type": "table", "rows": [[cell()]]}]), "unsupported type: table"),
        ({"type": "home", "blocks": [{"type": "divider"}] * 101}, "no more than 100 items allowed"),
        ({"type": "home", "blocks": [section("x" * 3001)]}, "[json-pointer:/view/blocks/0/text/text]"),
    ],
)
def test_views_have_limits_of_their_own(view: Any, problem: str) -> None:
    assert any(problem in str(p) for p in limits.view_problems(view))


def test_a_good_modal_and_a_good_home_are_taken() -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}] * 100, "private_metadata": "x" * 3000}
    assert limits.view_problems(home) == []
    filled = modal(submit=plain("Snooze"), close=plain("Back"), blocks=[field(element("plain_text_input"))])
    assert limits.view_problems(filled) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "blocks", "options", "rows", "chart"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_at_all_gets_an_answer(value: Any) -> None:
    assert isinstance(limits.blocks_problems(value, Surface.MESSAGE), list)
    assert isinstance(limits.view_problems({"type": "modal", "title": plain("x"), "blocks": value}), list)


@given(
    st.sampled_from(["section", "actions", "input", "table", "rich_text", "card", "carousel", "container"]), JSON, JSON
)
def test_any_contents_of_a_known_block_get_an_answer(kind: str, one: Any, other: Any) -> None:
    fields = ("text", "elements", "element", "rows", "accessory", "actions", "child_blocks", "fields", "label")
    block = {"type": kind} | {name: one if number % 2 else other for number, name in enumerate(fields)}
    assert isinstance(limits.blocks_problems([block], Surface.MESSAGE), list)


async def test_the_validating_method_says_where_and_why(client: AsyncWebClient) -> None:
    assert (await client.blocks_validate(blocks=[section("x")]))["ok"]
    assert (await client.blocks_validate(message={"blocks": [section("x")]}))["ok"]
    assert (await client.blocks_validate(view=modal()))["ok"]
    answer = await refused(client.blocks_validate(blocks=[{"type": "divider", "x": 1}]))
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [
        {
            "pointer": "/blocks/0",
            "code": "invalid_additional_property",
            "message": "invalid additional property: x",
        }
    ]
    assert (await refused(client.blocks_validate(view={"type": "modal"})))["error"] == "invalid_view"
    assert (await refused(client.blocks_validate()))["error"] == "invalid_arguments"
