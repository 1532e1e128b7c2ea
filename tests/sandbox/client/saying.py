"""What the client's tests say, where and since when."""

from __future__ import annotations

from datetime import UTC, datetime

from chatbot.messages.blocks import Payload, section
from chatbot.messages.escape import escape, mrkdwn
from chatbot.sandbox.slack import SlackSandbox

CHANNEL = "C0INDUCTOR"
HELLO = Payload(escape("hello"), (section(mrkdwn("*hello*")),), metadata={"alert": "a1", "entry": "root"})
AGES_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def calls(sandbox: SlackSandbox, method: str) -> int:
    return sum(request.method == method for request in sandbox.requests)
