"""The modal that asks for a note before an alert is resolved by hand."""

from __future__ import annotations

from typing import Final

from chatbot.alert import Alert
from chatbot.messages import words
from chatbot.messages.blocks import Block, context, section
from chatbot.messages.escape import Plain, Untrusted, escape, mrkdwn
from chatbot.messages.views import View, input_block, modal, text_input

TITLE: Final = "Resolve"
SUBMIT: Final = "resolve_submitted"
NOTE: Final = "note"
NOTE_LIMIT: Final = 500


def resolve(alert: Alert, title: str) -> View:
    """What resolving means now, and room for a note."""
    red = alert.broken
    said: list[Block] = [section(mrkdwn("*{title}*", title=escape(Untrusted(title), limit=150)))]
    if red:
        said.append(
            section(
                mrkdwn(
                    "{jobs} still red: {which}. What is red stays quiet until it has been green.",
                    jobs=words.counted(len(red), "job is", "jobs are"),
                    which=words.some_jobs([job.job for job in red]),
                )
            )
        )
    note = input_block(
        Plain("Note"),
        text_input(NOTE, multiline=True, placeholder=Plain("Fixed by a revert, a known outage, …"), at_most=NOTE_LIMIT),
        block_id=NOTE,
        optional=True,
    )
    told = context(mrkdwn("The thread says that you resolved it, with the note. Nobody is pinged."))
    return modal(Plain(TITLE), [*said, note, told], callback_id=SUBMIT, submit=Plain("Resolve"), close=Plain("Cancel"))
