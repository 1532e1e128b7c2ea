"""Takes a poll into trunk, a piece at a time: a page of a hundred thousand cells must not hold up the people."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.sources import Poll
from chatbot.strips import Page, lay, together
from chatbot.trunk import Change, Trunk
from chatbot.turnabout import give_way

STRIPS = 80
"""Laid at a stretch: a few milliseconds."""
ATTEMPTS = 500
"""Taken in at a stretch: as long."""


async def take_in(trunk: Trunk, poll: Poll) -> Change:
    """Apply *poll*, and what that changed. Whoever is cancelled meanwhile holds a trunk that is half read."""
    change = trunk.apply(poll.commits, poll.attempts[:ATTEMPTS], rewritten=poll.rewritten)
    for first in range(ATTEMPTS, len(poll.attempts), ATTEMPTS):
        await give_way()
        change = together(change, trunk.apply((), poll.attempts[first : first + ATTEMPTS]))
    for page in poll.pages:
        for piece in _pieces(page):
            change = together(change, lay(trunk, piece))
            await give_way()
    return change


def _pieces(page: Page) -> Iterator[Page]:
    for first in range(0, len(page.strips), STRIPS):
        yield Page(page.commits, page.strips[first : first + STRIPS], page.details)
