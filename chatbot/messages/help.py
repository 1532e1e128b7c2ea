"""What can be typed and pressed."""

from __future__ import annotations

from collections.abc import Iterable

from chatbot.messages.blocks import Payload, lines
from chatbot.messages.escape import Text, code, mrkdwn


def help(commands: Iterable[tuple[str, str]], *, watches: Iterable[str]) -> Payload:  # noqa: A001  it is called what people type
    """*commands* as (usage, what it does), then the names that can stand for WATCH."""
    shown = [mrkdwn("{usage} {does}", usage=code(usage), does=does) for usage, does in commands]
    names = sorted(watches)
    known = mrkdwn("*Watches*: {names}", names=", ".join(names)) if names else mrkdwn("No watch is configured yet.")
    share = mrkdwn("Only you see the answers; a last word {share} shows them to the channel.", share=code("share"))
    return Payload(
        text=Text(". ").joined([*shown, known]),
        blocks=(lines(shown, title=mrkdwn("*What you can ask*")), lines([share, known], title=Text(""))),
    )
