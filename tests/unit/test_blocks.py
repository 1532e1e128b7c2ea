"""Builders take safe text only and keep Slack's limits for their own block."""

from __future__ import annotations

import pytest

from chatbot.messages.blocks import (
    Confirm,
    Option,
    actions,
    button,
    context,
    divider,
    header,
    image,
    overflow,
    section,
    static_select,
    users_select,
)
from chatbot.messages.escape import Untrusted, escape, mrkdwn, plain
from chatbot.messages.views import (
    home,
    input_block,
    modal,
    radio_buttons,
    text_input,
)


def test_a_header_is_cut_at_150_characters() -> None:
    assert header(plain("x" * 200)).body["text"] == {"type": "plain_text", "text": "x" * 149 + "…", "emoji": False}


def test_a_section_links_nothing_by_itself() -> None:
    assert section(escape("https://x.y/ #chan")).body["text"] == {
        "type": "mrkdwn",
        "text": "https://x.y/ #chan",
        "verbatim": True,
    }


def test_raw_text_is_refused_where_types_were_not_checked() -> None:
    with pytest.raises(TypeError, match="escape"):
        section(Untrusted("<!channel>"))  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(TypeError, match="plain"):
        header("raw")  # type: ignore[arg-type]  # the mistake under test


def test_fields_and_context_say_how_many_are_missing() -> None:
    fields = section(fields=[mrkdwn("{n}", n=n) for n in range(12)]).body["fields"]
    assert [field["text"] for field in fields] == [*map(str, range(9)), "+3 more"]
    assert context(*[mrkdwn("{n}", n=n) for n in range(11)]).body["elements"][-1]["text"] == "+2 more"


def test_empty_text_becomes_a_dash_because_slack_refuses_it() -> None:
    assert section(escape("")).body["text"]["text"] == "-"
    assert context().body["elements"][0]["text"] == "-"
    assert header(plain("\n")).body["text"]["text"] == "-"


def test_a_button_carries_all_it_may() -> None:
    confirm = Confirm(plain("Sure?"), mrkdwn("*Really*"), yes=plain("Yes"), dangerous=True)
    made = button(plain("Go"), "go", value="1", style="danger", url="https://x.y/", confirm=confirm).body
    assert made["confirm"]["style"] == "danger"
    assert made["confirm"]["deny"]["text"] == "Cancel"
    assert {key: made[key] for key in ("action_id", "value", "style", "url")} == {
        "action_id": "go",
        "value": "1",
        "style": "danger",
        "url": "https://x.y/",
    }


def test_a_button_leaves_out_an_address_that_is_not_http() -> None:
    assert "url" not in button(plain("Go"), "go", url="javascript:x").body


@pytest.mark.parametrize("value", ["x" * 2001])
def test_a_value_that_would_be_cut_is_a_mistake(value: str) -> None:
    with pytest.raises(ValueError, match="value must have 1 to 2000 characters, got 2001"):
        button(plain("Go"), "go", value=value)


def test_an_element_without_an_action_id_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="action_id"):
        button(plain("Go"), "")
    with pytest.raises(ValueError, match="1 to 25"):
        actions()


def test_menus_carry_their_options() -> None:
    options = [Option(plain("One"), "1"), Option(plain("Two"), "2")]
    assert [one["value"] for one in overflow("more", options).body["options"]] == ["1", "2"]
    menu = static_select("pick", options, placeholder=plain("Pick"), initial=options[1]).body
    assert menu["initial_option"]["value"] == "2"
    assert radio_buttons("r", options, initial=options[0]).body["initial_option"]["value"] == "1"
    assert users_select("who", placeholder=plain("Who"), initial="U1").body["initial_user"] == "U1"


def test_an_accessory_stands_beside_its_section() -> None:
    assert section(mrkdwn("x"), accessory=button(plain("Go"), "go")).body["accessory"]["type"] == "button"


def test_a_picture_needs_a_place_it_comes_from() -> None:
    assert image(plain("chart"), file="F1").body["slack_file"] == {"id": "F1"}
    assert image(plain(""), url="https://x.y/a.png").body["alt_text"] == "picture"
    with pytest.raises(ValueError, match="picture"):
        image(plain("chart"), url="file:///etc")


def test_inputs_come_back_under_their_block() -> None:
    asked = input_block(
        plain("Why"),
        text_input("why", placeholder=plain("because"), initial="x", multiline=True),
        block_id="b",
        hint=plain("h"),
    ).body
    assert asked["block_id"] == "b"
    assert asked["element"]["initial_value"] == "x"
    assert asked["hint"]["text"] == "h"


def test_a_modal_carries_what_comes_back_with_its_presses() -> None:
    body = modal(plain("T"), [divider()], callback_id="c", submit=plain("Save"), private_metadata="m").body
    assert (body["callback_id"], body["private_metadata"], body["submit"]["text"]) == ("c", "m", "Save")
    assert home([divider()]).body == {"type": "home"}
    with pytest.raises(ValueError, match="private_metadata must have 1 to 3000"):
        modal(plain("T"), [], private_metadata="m" * 3001)
