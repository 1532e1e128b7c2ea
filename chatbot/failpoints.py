"""Places where a test can have the process die or freeze; off in production, where passing one costs a comparison.

`TRUNKWATCH_FAILPOINT=posted:2` kills the process with SIGKILL the second time it passes `posted`;
`posted:2:stop` freezes it with SIGSTOP instead. It imports nothing of the bot and decides nothing else.
"""

from __future__ import annotations

import os
import signal
from typing import Final

VARIABLE: Final = "TRUNKWATCH_FAILPOINT"

POINTS: Final = {
    "turn": "a post's turn has come, nothing is written down",
    "begun": "a post is written down, and not sent",
    "posted": "a post was answered, which is not written down",
    "arrived": "a post's ts is written down",
    "linked": "a root's address is written down",
    "refused": "a post was refused, which is not written down",
    "given_up": "a post is taken back",
    "looking": "a post that may have arrived is about to be looked for",
    "looked": "it was looked for, what became of it is not written down",
    "editing": "an edit's turn has come",
    "edited": "an edit was answered, which is not written down",
    "rendered": "an edit is written down",
    "polled": "the source was read, nothing of it is stored",
    "applied": "the poll is stored, nothing is evaluated",
    "settled": "an alert was opened or changed, nobody has been told",
    "evaluated": "everything of a poll is stored",
    "leased": "a lease was taken, nothing is done under it",
    "recovered": "alerts were found again in Slack, and are stored",
}
"""Every point and what is true there."""

_SIGNALS: Final = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


class _Armed:
    """The one point at which something is to happen."""

    def __init__(self, text: str) -> None:
        name, _, rest = text.partition(":")
        count, _, action = rest.partition(":")
        if name not in POINTS or not (count or "1").isdecimal() or (action or "kill") not in _SIGNALS:
            raise ValueError(f"{VARIABLE}={text!r}: write NAME:COUNT or NAME:COUNT:stop, NAME one of {sorted(POINTS)}")
        self.name = name
        self.left = int(count or "1")
        self.signal = _SIGNALS[action or "kill"]

    def reach(self, name: str) -> None:
        """Count down at our point, and be gone at zero."""
        if name == self.name:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), self.signal)


class _Switch:
    """What is armed in this process."""

    armed: _Armed | None = None


def arm(text: str | None) -> None:
    """Arm the point that *text* names; nothing where it is empty.

    Raises:
        ValueError: there is no such point.
    """
    _Switch.armed = _Armed(text) if text else None


def reach(name: str) -> None:
    """Say that this place is passed."""
    if _Switch.armed is not None:
        _Switch.armed.reach(name)


arm(os.environ.get(VARIABLE))
