"""Running jobs again: the question before it, the line in the thread after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chatbot.alert import Alert, Entry
from chatbot.links import Links
from chatbot.messages import words
from chatbot.messages.alert import About
from chatbot.messages.blocks import Block, Option, context, section
from chatbot.messages.escape import Plain, Text, Untrusted, mrkdwn, plain
from chatbot.messages.views import View, input_block, modal, radio_buttons
from chatbot.reruns import Plan, Why

TITLE: Final = "Re-run jobs"
SUBMIT: Final = "rerun_submitted"
CHOICE: Final = "rerun_choice"
MOST: Final = 5  # plans to choose from: more are not read
NOTHING = Text("")


def ask(plans: Sequence[Plan], links: Links) -> View:
    """What can be run again, and what that means."""
    shown = plans[:MOST]
    options = [Option(_label(plan), plan.name) for plan in shown]
    blocks: list[Block] = [section(_explained(plan, links)) for plan in shown]
    blocks += [
        input_block(Plain("Run again"), radio_buttons(CHOICE, options, initial=options[0]), block_id=CHOICE),
        context(mrkdwn("The thread says who ran what again. A job that passes then counts as green, and as a flake.")),
    ]
    return modal(Plain(TITLE), blocks, callback_id=SUBMIT, submit=Plain("Re-run"), close=Plain("Cancel"))


def nothing() -> Text:
    """There is nothing to run again."""
    return mrkdwn("Nothing can be run again: no job of this alert has failed on a commit that is still in sight.")


def _label(plan: Plan) -> Plain:
    sha = plan.commit.sha[:7]
    if plan.why is Why.FAILED:
        return Plain(f"{words.counted(len(plan.jobs), 'failed job')} on {sha}")
    return plain(Untrusted(f"On {sha}: {plan.jobs[0].name}"), limit=70)


def _explained(plan: Plan, links: Links) -> Text:
    jobs, commit = words.some_jobs(plan.jobs), words.commit(plan.commit, links, title=60)
    wait = mrkdwn("\n_A run of it has not ended; GitHub may refuse until it has._") if plan.awaited else NOTHING
    if plan.why is Why.FAILED:
        return mrkdwn("*What failed last*: {jobs} on {commit}{wait}", jobs=jobs, commit=commit, wait=wait)
    return mrkdwn(
        "*What would tell most about the suspects*: {jobs} on {commit}{wait}", jobs=jobs, commit=commit, wait=wait
    )


def again(entry: Entry, _alert: Alert, about: About) -> Text:
    """`alice re-ran 2 jobs on abc1234: …`."""
    sha = words.sha(entry.commit.sha, about.links) if entry.commit else NOTHING
    if len(entry.jobs) == 1:
        return mrkdwn("{who} re-ran {job} on {sha}.", who=words.who(entry), job=words.job(entry.jobs[0]), sha=sha)
    return mrkdwn(
        "{who} re-ran {count} on {sha}: {jobs}",
        who=words.who(entry),
        count=words.counted(len(entry.jobs), "failed job"),
        sha=sha,
        jobs=words.some_jobs(entry.jobs),
    )
