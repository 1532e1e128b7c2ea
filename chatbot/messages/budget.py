"""Making a message fit what Slack accepts, and saying so where something had to go.

Builders keep the limits of single blocks; here are those of the whole: 50 blocks (100 in a modal or the Home tab),
4,000 characters of `text`, and the sum. Slack documents no sum: messages were refused from 13,297 characters of
markdown (slackapi/bolt-js#2509) and with 11,341 characters of text in many small blocks (#2867), so what counts
includes the blocks around the text. We count the JSON, which is more than any of these measures.

The last of the `Lines` go first, the longest list giving most; then whole blocks from the end, those marked `keep`
after the others. What went is counted: "+N more" and where to see it.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from msgspec import structs

from chatbot.messages.blocks import (
    EVENT_TYPE,
    NOWHERE,
    SECTION_LIMIT,
    TEXT_LIMIT,
    Block,
    Lines,
    Payload,
    context,
    section,
)
from chatbot.messages.clip import units
from chatbot.messages.escape import Text, mrkdwn
from chatbot.messages.views import View

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
MESSAGE_TOTAL: Final = 13_000
VIEW_TOTAL: Final = 40_000  # views are refused at 250 kB, and JSON may take 6 bytes for a character
LINE_LIMIT: Final = 1000
TITLE_LIMIT: Final = 300
MORE_LIMIT: Final = 200
_BREAK: Final = Text("\n")
_BRACKET: Final = 1  # of the list's two; the comma that `_size` counts for the last block is the other


def fit(payload: Payload, more: Text | None = None, *, total: int = MESSAGE_TOTAL) -> Payload:
    """*payload* as Slack accepts it; `Lines` have become sections. Fitting twice changes nothing.

    *more* says where to see what is left out, instead of the payload's own. *total* is in characters of JSON; a
    smaller one is the way out when Slack still answers `msg_blocks_too_long`.
    """
    where = payload.more if more is None else more
    blocks = _fitted(payload.blocks, more=where, most=MESSAGE_BLOCKS, total=total)
    return structs.replace(payload, text=payload.text.clipped(TEXT_LIMIT), blocks=blocks, more=where)


def fit_view(view: View, more: Text | None = None) -> View:
    """A modal or the Home tab, with its 100 blocks."""
    where = view.more if more is None else more
    return structs.replace(view, blocks=_fitted(view.blocks, more=where, most=VIEW_BLOCKS, total=VIEW_TOTAL))


def message_body(payload: Payload, *, total: int = MESSAGE_TOTAL) -> dict[str, Any]:
    """What `chat.postMessage` and its like take, fitted: text, blocks or one coloured attachment, metadata."""
    fitted = fit(payload, total=total)
    blocks = [block.body for block in fitted.blocks if isinstance(block, Block)]
    body: dict[str, Any] = {"text": fitted.text}
    if blocks and fitted.colour:
        body["attachments"] = [{"color": fitted.colour, "fallback": fitted.text, "blocks": blocks}]
    elif blocks:
        body["blocks"] = blocks
    return body | {"metadata": {"event_type": EVENT_TYPE, "event_payload": dict(fitted.metadata)}}


def view_body(view: View) -> dict[str, Any]:
    """What `views.*` take, fitted."""
    fitted = fit_view(view)
    return {**view.body, "blocks": [block.body for block in fitted.blocks if isinstance(block, Block)]}


def _fitted(blocks: Sequence[Block | Lines], *, more: Text, most: int, total: int) -> tuple[Block, ...]:
    prepared = [_prepared(block, more) if isinstance(block, Lines) else block for block in blocks]
    kept = _affordable(prepared, tail=_size(context(_more(10**6, more))), most=most, total=total)
    chosen = [block for index, block in enumerate(prepared) if index in kept]
    dropped = sum(_count(block) for index, block in enumerate(prepared) if index not in kept)
    tail = (context(_more(dropped, more)),) if dropped else ()
    lists = [block for block in chosen if isinstance(block, Lines)]
    fixed = [block for block in (*chosen, *tail) if isinstance(block, Block)]
    rooms = _rooms(lists, total - _BRACKET - sum(map(_size, fixed)))
    places = _shares([len(_sections(block, len(block.lines))) for block in lists], most - len(fixed))
    packed = iter([_packed(block, room, place) for block, room, place in zip(lists, rooms, places, strict=True)])
    groups = [next(packed) if isinstance(block, Lines) else (block,) for block in chosen]
    return (*(block for group in groups for block in group), *tail)


def _affordable(blocks: Sequence[Block | Lines], *, tail: int, most: int, total: int) -> set[int]:
    """Which blocks stay when every `Lines` shrinks to its least: all, or all but the last that may go."""
    costs = [_least(block) if isinstance(block, Lines) else _size(block) for block in blocks]
    kept = set(range(len(blocks)))
    for index in sorted(kept, key=lambda at: (at == 0, _stays(blocks[at]), -at)):
        reserve = int(len(kept) < len(blocks))
        if len(kept) + reserve <= most and sum(costs[at] for at in kept) + reserve * tail <= total - _BRACKET:
            break
        kept.discard(index)
    return kept


def _rooms(lists: Sequence[Lines], available: int) -> list[int]:
    """Characters of JSON for each list: its least, and a share of what is left beyond that."""
    least = [_least(block) for block in lists]
    wanted = [_need(block) - own for block, own in zip(lists, least, strict=True)]
    return [own + share for own, share in zip(least, _shares(wanted, available - sum(least)), strict=True)]


def _shares(needs: Sequence[int], available: int) -> list[int]:
    """*available* among *needs*: nobody gets more than they need, and what they leave goes to the others."""
    shares = [0] * len(needs)
    for done, index in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        shares[index] = min(needs[index], available // (len(needs) - done))
        available -= shares[index]
    return shares


def _packed(block: Lines, room: int, places: int) -> tuple[Block, ...]:
    """As many of the lines as fit into *room* characters of JSON and *places* sections."""

    def fits(shown: int) -> bool:
        texts = _sections(block, shown)
        return len(texts) <= places and _cost(block, shown) <= room

    shown = len(block.lines)
    if not fits(shown):
        shown = max(0, bisect.bisect_left(range(shown), True, key=lambda count: not fits(count)) - 1)  # noqa: FBT003  the key's value
    return tuple(section(text) for text in _sections(block, shown))


def _prepared(block: Lines, more: Text) -> Lines:
    """With its own or the message's *more*, and without lines that are empty or too long."""
    return Lines(
        tuple(line.clipped(LINE_LIMIT) for line in block.lines if line),
        title=block.title.clipped(TITLE_LIMIT),
        more=block.more or more,
        hidden=block.hidden,
    )


@lru_cache(maxsize=128)  # a message's lists are measured a dozen times while they are made to fit
def _sections(block: Lines, shown: int) -> tuple[Text, ...]:
    """The title, the first *shown* lines and the number of the others, in paragraphs Slack takes."""
    left = block.hidden + len(block.lines) - shown
    texts = [text for text in (block.title, *block.lines[:shown], _more(left, block.more)) if text]
    paragraphs: list[list[Text]] = []
    room = 0
    for text in texts:
        size = units(text) + 1
        if size > room:
            paragraphs.append([])
            room = SECTION_LIMIT + 1
        paragraphs[-1].append(text)
        room -= size
    return tuple(_BREAK.joined(paragraph) for paragraph in paragraphs)


def _more(count: int, where: Text) -> Text:
    if count <= 0:
        return NOWHERE
    if not where:
        return mrkdwn("_+{count} more_", count=count)
    return mrkdwn("_+{count} more:_ {where}", count=count, where=where.clipped(MORE_LIMIT))


def _need(block: Lines) -> int:
    return _cost(block, len(block.lines))


def _least(block: Lines) -> int:
    return min(_need(block), _cost(block, 0))


def _count(block: Block | Lines) -> int:
    """How many things a reader misses when *block* goes."""
    if isinstance(block, Lines):
        return block.hidden + len(block.lines)
    return int(block.body.get("type") != "divider")


def _stays(block: Block | Lines) -> bool:
    return isinstance(block, Block) and block.keep


@lru_cache(maxsize=128)
def _cost(block: Lines, shown: int) -> int:
    """What the first *shown* lines take, in characters of JSON."""
    return sum(_size(section(text)) for text in _sections(block, shown))


def _size(block: Block) -> int:
    return units(json.dumps(block.body, ensure_ascii=False, separators=(",", ":"))) + 1
