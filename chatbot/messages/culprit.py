"""Who did it, says a person: the question, with the suspects to choose from."""

from __future__ import annotations

from typing import Final

from chatbot.alert import Alert, Suspect
from chatbot.links import Links
from chatbot.messages import words
from chatbot.messages.blocks import Block, Lines, Option, context, lines
from chatbot.messages.escape import Plain, Untrusted, mrkdwn, plain
from chatbot.messages.views import View, input_block, modal, radio_buttons, text_input

TITLE: Final = "Confirm culprit"
SUBMIT: Final = "culprit_submitted"
CHOICE: Final = "culprit_choice"
OTHER: Final = "culprit_other"
NOBODY: Final = "nobody"
EXPLAINED: Final = 2  # suspects shown with their reasons: the rest is told by its share
MOST: Final = 8  # suspects to choose from; Slack takes 10 options


def ask(alert: Alert, links: Links) -> View:
    """Which of the suspects did it, another commit, or none."""
    once = {suspect.commit.sha: suspect for group in alert.groups for suspect in group.suspects}
    known = {culprit.commit.sha for culprit in alert.found}
    suspects = sorted(once.values(), key=lambda one: -(one.probability or 0.0))
    shown = [suspect for suspect in suspects if suspect.commit.sha not in known][:MOST]
    options = [Option(_label(suspect), suspect.commit.sha) for suspect in shown]
    options.append(Option(Plain("No commit: a flake or the runners"), NOBODY))
    blocks: list[Block | Lines] = [
        lines([words.suspect(suspect, links) for suspect in shown[:EXPLAINED]], title=mrkdwn("*Suspects*")),
        input_block(Plain("What did it?"), radio_buttons(CHOICE, options), block_id=CHOICE, optional=True),
        input_block(
            Plain("Another commit"),
            text_input(OTHER, placeholder=Plain("A sha; four characters are enough"), at_most=200),
            block_id=OTHER,
            optional=True,
            hint=Plain("If filled in, this counts."),
        ),
        context(mrkdwn("The alert shows the culprit, its author is told once, and the ranking of suspects learns.")),
    ]
    return modal(Plain(TITLE), blocks, callback_id=SUBMIT, submit=Plain("Confirm"), close=Plain("Cancel"))


def _label(suspect: Suspect) -> Plain:
    share = f", {suspect.probability:.0%}" if suspect.probability is not None else ""
    title = Untrusted(f"{suspect.commit.sha[:7]} {suspect.commit.title}")
    return Plain(plain(title, limit=74 - len(share)) + share)
