"""Jobs that fail for no reason, each with how that is known: Slack's own table where it takes one, else lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatbot.flakes import Flake
from chatbot.links import Links
from chatbot.messages import words
from chatbot.messages.blocks import Payload, context, lines, raw, section
from chatbot.messages.dates import date
from chatbot.messages.escape import Text, Untrusted, cleaned, escape, mrkdwn

SHOWN = 15
_NAME = 110  # characters of a job's name in a cell
_PAGE = 10  # rows that Slack shows at once
_ROWS = 40
NOTHING = Text("")


def lists(flakes: Sequence[Flake], links: Mapping[str, Links], *, about: str) -> Payload:
    """*flakes*, the flakiest first, a line each. *about* says of what."""
    if not flakes:
        return _none(about)
    text = _text(flakes, about)
    shown = [line(one, links.get(one.trunk, Links())) for one in flakes[:SHOWN]]
    blocks = (
        lines(shown, title=mrkdwn("*{text}*", text=text), hidden=max(0, len(flakes) - SHOWN)),
        context(_explained()),
    )
    return Payload(text=mrkdwn("\n").joined([text, *shown[:5]]), blocks=blocks)


def table(flakes: Sequence[Flake], *, about: str) -> Payload:
    """The same as a table that people can sort, in Slack's `data_table`."""
    if not flakes:
        return _none(about)
    text = _text(flakes, about)
    head = ["Job", "Rate, %", "Flaked", "Ran", "Rerun", "Alone", "Last"]
    rows = [[_cell(title) for title in head], *(_row(one) for one in flakes[:_ROWS])]
    block: dict[str, Any] = {
        "type": "data_table",
        "caption": f"Flaky jobs, {cleaned(about, limit=60)}",
        "page_size": min(_PAGE, len(rows) - 1),
        "rows": rows,
    }
    names = mrkdwn("\n").joined([text, *(line(one, Links()) for one in flakes[:5])])
    return Payload(text=names, blocks=(section(mrkdwn("*{text}*", text=text)), raw(block), context(_explained())))


def _none(about: str) -> Payload:
    text = mrkdwn("No flake is known, {about}: nothing was red without staying red.", about=Untrusted(about))
    return Payload(text=text, blocks=(section(text),))


def _text(flakes: Sequence[Flake], about: str) -> Text:
    jobs = words.counted(len(flakes), "flaky job")
    return mrkdwn("{jobs}, {about}", jobs=jobs, about=escape(Untrusted(about), limit=150))


def line(one: Flake, links: Links) -> Text:
    """`31 % name: flaked on 3 of the last 120 commits (2 red then green on the same commit, …), last on 1a2b3c4`."""
    return mrkdwn(
        "• *{rate}* {job}\n      flaked on {flaked} of the last {ran} ({how}){last}",
        rate=f"{one.rate:.0%}" if one.rate >= 0.1 else f"{one.rate:.1%}",  # noqa: PLR2004  below ten a decimal tells
        job=words.job(one.job),
        flaked=one.flaked,
        ran=words.counted(one.ran, "commit"),
        how=_how(one),
        last=_last(one, links),
    )


def _how(one: Flake) -> str:
    kinds = (
        f"{one.rerun} red then green on the same commit" if one.rerun else "",
        f"{one.alone} red between two green" if one.alone else "",
        f"{one.older} earlier" if one.older else "",
    )
    return ", ".join(kind for kind in kinds if kind)


def _last(one: Flake, links: Links) -> Text:
    if one.last is None:
        return NOTHING
    when = mrkdwn(" {when}", when=date(one.last.at)) if one.last.at else NOTHING
    return mrkdwn(", last on {sha}{when}", sha=words.sha(one.last.sha, links), when=when)


def _row(one: Flake) -> list[dict[str, Any]]:
    figures = (round(one.rate * 100, 1), one.flaked, one.ran, one.rerun, one.alone)
    numbers = [{"type": "raw_number", "value": figure, "text": f"{figure:g}"} for figure in figures]
    last = f"{one.last.sha[:7]}{f' {one.last.at:%Y-%m-%d}' if one.last.at else ''}" if one.last else "earlier"
    return [_cell(one.job.name), *numbers, _cell(last)]


def _cell(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": cleaned(text, limit=_NAME) or "-"}


def _explained() -> Text:
    return mrkdwn(
        "Flaked and ran are commits. Rerun: red, then green on the same commit. Alone: red between two green commits."
    )
