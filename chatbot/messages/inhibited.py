"""What keeps a watch quiet, in words: the same in the alert, in `/trunk WATCH` and in `explain`."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.alert import INFRASTRUCTURE
from chatbot.messages.escape import Text, mrkdwn


def by(names: Sequence[str]) -> Text:
    """`kept quiet by trunk-badly-broken`; *names* are watches, the built-in one for the infrastructure among them."""
    shown = [mrkdwn("{name}", name=_called(name)) for name in names]
    return mrkdwn("kept quiet by {names}", names=mrkdwn(" and ").joined(shown))


def _called(name: str) -> str:
    return "the infrastructure alert" if name.startswith(INFRASTRUCTURE) else name
