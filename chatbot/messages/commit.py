"""The answer to "was it me?": one commit, what failed on it, and whether that was red before it."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.alert import Seen
from chatbot.ci import Job
from chatbot.links import Links
from chatbot.messages import words
from chatbot.messages.blocks import Block, Lines, Payload, lines, section
from chatbot.messages.escape import Text, link, mrkdwn
from chatbot.summary import CommitSummary
from chatbot.trunk import Cell

_JOBS = 12


def commit(summary: CommitSummary, links: Links, *, suspected: Sequence[Text] = ()) -> Payload:
    """*summary* in words; *suspected* are lines that say in which alerts it is a suspect."""
    before = dict(summary.before)
    new = [(job, cells) for job, cells in summary.red if not before.get(job)]
    old = [(job, cells) for job, cells in summary.red if before.get(job)]
    text = mrkdwn("{verdict} {figures}", verdict=_verdict(summary, new=len(new)), figures=_figures(summary))
    blocks: list[Block | Lines] = [
        section(mrkdwn("*{commit}*\n{text}", commit=words.commit(summary.commit, links), text=text))
    ]
    for some, title in ((new, "Red here, not before"), (old, "Red here and before it")):
        if some:
            shown = [_job(job, cells, links) for job, cells in some[:_JOBS]]
            blocks.append(lines(shown, title=mrkdwn("*{title}*", title=title), hidden=len(some) - len(shown)))
    if suspected:
        blocks.append(lines(suspected, title=mrkdwn("*Suspected*")))
    return Payload(text=text, blocks=tuple(blocks))


def _verdict(summary: CommitSummary, *, new: int) -> str:
    if new:
        return f"{words.counted(new, 'job')} failed here that did not fail before."
    if summary.red:
        return "Everything red here was red before it."
    return "Nothing failed here so far." if summary.waiting else "Nothing failed here."


def _figures(summary: CommitSummary) -> Text:
    parts = [f"{summary.green} green", f"{len(summary.red)} red", f"{len(summary.waiting)} without a result"]
    return mrkdwn("({figures})", figures=", ".join(parts))


def _job(job: Job, cells: tuple[Cell, ...], links: Links) -> Text:
    failed = [cell for cell in cells if cell.conclusion is not None and cell.conclusion.failed]
    doors = [link(cell.url or links.job(cell.run_id, cell.job_id), f"log {n}") for n, cell in enumerate(failed[:3], 1)]
    return mrkdwn("• {job} {doors}", job=words.job(job), doors=mrkdwn(" ").joined(doors))


def several(prefix: str, found: Sequence[Seen], links: Links) -> Payload:
    """More than one commit begins like that."""
    text = mrkdwn(
        "{count} begin with {prefix}: give more of the sha.", count=words.counted(len(found), "commit"), prefix=prefix
    )
    return Payload(
        text=text, blocks=(lines([mrkdwn("• {c}", c=words.commit(one, links)) for one in found[:5]], title=text),)
    )
