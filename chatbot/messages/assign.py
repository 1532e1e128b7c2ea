"""The modal that offers an alert to those who are likely to take it, and to anybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from chatbot.alert import Alert
from chatbot.likely import Likely
from chatbot.messages import words
from chatbot.messages.alert import About
from chatbot.messages.blocks import Block, Option, context, section, users_select
from chatbot.messages.escape import Plain, Untrusted, escape, mrkdwn, plain
from chatbot.messages.views import View, input_block, modal, radio_buttons

TITLE: Final = "Assign"
SUBMIT: Final = "assign_submitted"
LIKELY: Final = "assign_likely"
ANYBODY: Final = "assign_anybody"


def ask(alert: Alert, about: About, likely: Sequence[Likely], names: Mapping[str, str]) -> View:
    """Who could take it, with the reason beside each, and a search for everybody else. *names* are by Slack user."""
    blocks: list[Block] = [
        section(
            mrkdwn(
                "*{title}*\n{owner}",
                title=escape(Untrusted(about.watch.title), limit=150),
                owner=mrkdwn("{has}.", has=words.has(alert)) if alert.owner else mrkdwn("Nobody has it yet."),
            )
        )
    ]
    if likely:
        options = [Option(_label(one, names), one.user) for one in likely]
        blocks.append(
            input_block(Plain("Who takes it?"), radio_buttons(LIKELY, options), block_id=LIKELY, optional=True)
        )
    blocks.append(
        input_block(
            Plain("Somebody else" if likely else "Who takes it?"),
            users_select(ANYBODY, placeholder=Plain("Choose a person")),
            block_id=ANYBODY,
            optional=True,
            hint=Plain("If chosen, this counts.") if likely else None,
        )
    )
    blocks.append(context(mrkdwn("They are mentioned once, in the thread. Nobody else is pinged.")))
    return modal(Plain(TITLE), blocks, callback_id=SUBMIT, submit=Plain("Assign"), close=Plain("Cancel"))


def _label(one: Likely, names: Mapping[str, str]) -> Plain:
    why = _why(one)
    return Plain(f"{plain(Untrusted(names.get(one.user, one.user)), limit=72 - len(why))}: {why}")


def _why(one: Likely) -> str:
    if one.suspect is not None:
        share = one.suspect.probability
        return f"wrote {one.suspect.commit.sha[:7]}" + (f", suspected at {share:.0%}" if share else "")
    return "on call" if one.on_call else "of the team"
