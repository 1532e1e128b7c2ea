"""What somebody says has changed on a trunk: read that first. The source stays the truth.

Pure. A hint never carries a result, only where to look: one that is lost, late or false changes nothing
but when something is noticed.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

MOST = 500
"""Runs that a hint names at most; what was left out is found by the next poll that reads everything."""

OTHERS = 0
"""Stands where a run's number does, for checks and statuses of systems that have no runs."""


class Hint(Struct, frozen=True, omit_defaults=True):
    """Where to look: at the `head` of the branch, at `runs` (of which commit, which number), or at `everything`.

    `urgent`: something has ended, and somebody may be waiting to hear how.
    """

    head: bool = False
    runs: frozenset[tuple[str, int]] = frozenset()
    urgent: bool = True
    everything: bool = False

    def __or__(self, other: Hint) -> Hint:
        """Both of them."""
        runs = self.runs | other.runs
        return Hint(
            head=self.head or other.head,
            runs=runs if len(runs) <= MOST else frozenset(sorted(runs)[:MOST]),
            urgent=self.urgent or other.urgent,
            everything=self.everything or other.everything,
        )

    def by_sha(self) -> dict[str, set[int]]:
        """The runs that it names, by commit."""
        found: dict[str, set[int]] = {}
        for sha, run in self.runs:
            found.setdefault(sha, set()).add(run)
        return found


EVERYTHING = Hint(everything=True)

_decode = msgspec.json.Decoder(Hint).decode


def packed(hint: Hint) -> bytes:
    """*hint* for another replica."""
    return msgspec.json.encode(hint)


def unpacked(packed: bytes) -> Hint | None:
    """The hint in *packed*, `None` where this version does not understand it."""
    try:
        return _decode(packed)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
