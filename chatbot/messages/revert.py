"""Opening a revert: which commit, what will happen, and the line in the thread after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chatbot.alert import Alert, Entry, Seen
from chatbot.config import Revert
from chatbot.messages import words
from chatbot.messages.alert import About
from chatbot.messages.blocks import Block, Option, context, section
from chatbot.messages.escape import Plain, Text, Untrusted, code, link, mrkdwn, plain
from chatbot.messages.views import View, input_block, modal, radio_buttons, text_input

TITLE: Final = "Open revert"
SUBMIT: Final = "revert_submitted"
CHOICE: Final = "revert_choice"
REASON: Final = "revert_reason"
REASON_LIMIT: Final = 300
MOST: Final = 6  # commits to choose from
NOTHING = Text("")


def candidates(alert: Alert) -> tuple[tuple[Seen, float | None], ...]:
    """The commits that can be reverted and how likely each did it: known culprits, then suspects, likeliest first.

    Only those that came in by a pull request, and none that was reverted already.
    """
    suspects = sorted(
        (suspect for group in alert.groups for suspect in group.suspects), key=lambda s: -(s.probability or 0.0)
    )
    undone = {culprit.commit.sha for culprit in alert.found if culprit.revert is not None}
    found: dict[str, tuple[Seen, float | None]] = {c.commit.sha: (c.commit, 1.0) for c in alert.found}
    for suspect in suspects:
        found.setdefault(suspect.commit.sha, (suspect.commit, suspect.probability))
    return tuple(one for sha, one in found.items() if one[0].pr is not None and sha not in undone)[:MOST]


def ask(some: Sequence[tuple[Seen, float | None]], how: Revert) -> View:
    """Which commit, why, and what happens then."""
    options = [Option(_label(seen, likely), seen.sha) for seen, likely in some]
    reason = input_block(
        Plain("Reason"),
        text_input(REASON, placeholder=Plain("Breaks inductor tests on trunk"), at_most=REASON_LIMIT),
        block_id=REASON,
        optional=how.kind == "github",
    )
    blocks: list[Block] = [
        input_block(Plain("Revert"), radio_buttons(CHOICE, options, initial=options[0]), block_id=CHOICE),
        reason,
        section(_what_happens(how)),
        context(mrkdwn("The thread says who asked for it.")),
    ]
    return modal(Plain(TITLE), blocks, callback_id=SUBMIT, submit=Plain("Open revert"), close=Plain("Cancel"))


def nothing() -> Text:
    """There is nothing to revert."""
    return mrkdwn("No suspect came in by a pull request, so there is nothing that GitHub could revert.")


def _label(seen: Seen, likely: float | None) -> Plain:
    share = "" if likely is None else ", known to have done it" if likely >= 1 else f", {likely:.0%}"
    return Plain(plain(Untrusted(f"#{seen.pr} {seen.title}"), limit=74 - len(share)) + share)


def _what_happens(how: Revert) -> Text:
    if how.kind == "comment":
        return mrkdwn(
            "This comment is written on the pull request: {comment}", comment=code(Untrusted(how.comment or ""))
        )
    return mrkdwn("GitHub opens a pull request that undoes it. Nothing lands by itself: somebody has to merge that.")


def body(alert: Alert, title: str, reason: str) -> str:
    """What the pull request says of itself."""
    thread = f"\n\n{alert.delivery.link}" if alert.delivery.link else ""
    jobs = ", ".join(f"`{job.job.name}`" for job in alert.broken[:5])
    why = f"{reason}\n\n" if reason else ""
    return f"{why}Suspected of: {title}\nBroken jobs: {jobs}{thread}"


def opened(entry: Entry, _alert: Alert, about: About) -> Text:
    """`alice opened a revert of #123: #456`, or the comment that was written."""
    what = link(about.links.pull(entry.commit.pr), f"#{entry.commit.pr}") if entry.commit else NOTHING
    note = entry.note or ""
    if note.startswith(("https://", "http://")):
        number = note.rstrip("/").rpartition("/")[2]
        return mrkdwn(
            "{who} opened a revert of {what}: {link}", who=words.who(entry), what=what, link=link(note, f"#{number}")
        )
    return mrkdwn(
        "{who} asked for a revert of {what}: {note}", who=words.who(entry), what=what, note=code(Untrusted(note))
    )
