"""What a person can ask for themselves: how it shows in their Home, and the window that changes it."""

from __future__ import annotations

from typing import Final

from chatbot.messages.blocks import Block, Element, Lines, Option, button, plain_object, section
from chatbot.messages.escape import Plain, Text, Untrusted, escape, mrkdwn, plain
from chatbot.messages.views import View, input_block, modal, radio_buttons
from chatbot.preferences import Preferences

CHANGE: Final = "settings"
SUBMIT: Final = "settings_submitted"
DIRECT, FROM, TO = "settings_direct", "settings_from", "settings_to"
YES, NO = "yes", "no"
TITLE: Final = "Your settings"


def shown(preferences: Preferences) -> Block:
    """The two settings in words, and the button that changes them."""
    direct = "on" if preferences.direct else "off"
    said = mrkdwn(
        "*Your settings*\nDirect message when something is assigned to you: {direct}\nQuiet hours: {quiet}",
        direct=direct,
        quiet=_quiet(preferences),
    )
    row = section(said, accessory=button(plain("Change"), CHANGE))
    return Block({**row.body, "block_id": "|settings"})


def _quiet(preferences: Preferences) -> Text:
    if not preferences.has_quiet_hours:
        return mrkdwn("none")
    return mrkdwn(
        "{start} to {end}, {zone}; only P0 mentions you then",
        start=preferences.quiet_from,
        end=preferences.quiet_to,
        zone=_zone(preferences),
    )


def _zone(preferences: Preferences) -> Text:
    return escape(Untrusted(preferences.timezone.replace("_", " ")), limit=60)


def ask(preferences: Preferences) -> View:
    """The window. An empty time stands for no quiet hours."""
    choices = [Option(Plain("Yes"), YES), Option(Plain("No, the mention in the thread will do"), NO)]
    blocks: list[Block | Lines] = [
        input_block(
            Plain("Direct message when something is assigned to you"),
            radio_buttons(DIRECT, choices, initial=choices[0 if preferences.direct else 1]),
            block_id=DIRECT,
        ),
        input_block(
            Plain("Quiet hours begin"), _clock(FROM, preferences.quiet_from), block_id=FROM, optional=True
        ),
        input_block(
            Plain("Quiet hours end"),
            _clock(TO, preferences.quiet_to),
            block_id=TO,
            optional=True,
            hint=plain(
                mrkdwn("By your clock in Slack, {zone}. The bot does not mention you then, except for P0. "
                       "Clear both for none.", zone=_zone(preferences))
            ),
        ),
    ]  # fmt: skip
    return modal(Plain(TITLE), blocks, callback_id=SUBMIT, submit=Plain("Save"), close=Plain("Cancel"))


def _clock(action_id: str, initial: str) -> Element:
    """A time of day to pick."""
    body = {
        "type": "timepicker",
        "action_id": action_id,
        "placeholder": plain_object(Plain("Pick a time"), 150),
    }
    return Element(body | ({"initial_time": initial} if initial else {}))
