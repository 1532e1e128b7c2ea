"""How the bot is: a line for each thing it depends on."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.health import Row
from chatbot.messages import words
from chatbot.messages.blocks import Payload, context, lines
from chatbot.messages.escape import Text, Untrusted, escape, mrkdwn

_GOOD, _BAD = Text(":large_green_circle:"), Text(":red_circle:")


def health(rows: Sequence[Row], *, version: str) -> Payload:
    """*rows*, what is unwell first."""
    bad = sum(not row.good for row in rows)
    text = (
        mrkdwn("{count} unwell.", count=words.counted(bad, "thing is", "things are")) if bad else mrkdwn("All is well.")
    )
    shown = [_line(row) for row in sorted(rows, key=lambda row: row.good)]
    return Payload(
        text=text,
        blocks=(
            lines(shown, title=mrkdwn("*{text}*", text=text)),
            context(mrkdwn("Trunkwatch {version}", version=version)),
        ),
    )


def _line(row: Row) -> Text:
    colour = _GOOD if row.good else _BAD
    return mrkdwn(
        "{colour} *{name}*: {text}", colour=colour, name=row.name, text=escape(Untrusted(row.text), limit=400)
    )
