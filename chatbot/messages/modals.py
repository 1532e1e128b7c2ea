"""What all modals share: how one looks before anything is known, and when there is nothing to fill in."""

from __future__ import annotations

from chatbot.messages.blocks import Payload, section
from chatbot.messages.escape import Plain, mrkdwn
from chatbot.messages.views import View, modal


def skeleton(title: Plain) -> View:
    """A modal that has just opened."""
    return modal(title, [section(mrkdwn("One moment…"))])


def told(title: Plain, answer: Payload) -> View:
    """A modal that only says something."""
    return modal(title, answer.blocks)
