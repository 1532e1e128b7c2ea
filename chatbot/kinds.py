"""What an alert can be and what its thread can tell: closed sets of words. Pure."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Kind(StrEnum):
    """What a thread entry tells."""

    FAILING_COMMIT = "failing commit"
    FAILING_JOBS = "failing jobs"
    OTHER_RANGE = "other range"
    FAVOURITE = "favourite"
    CULPRIT = "culprit"
    NO_CULPRIT = "no culprit"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    ASSIGNED = "assigned"
    TOLD_DIRECTLY = "told directly"
    SNOOZED = "snoozed"
    SNOOZE_ENDED = "snooze ended"
    RERUN = "re-run"
    REVERT = "revert"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MOVED = "moved"
    ESCALATED = "escalated"
    REMINDED = "reminded"
    HELD_BACK = "held back"
    RELEASED = "released"
    AUTHOR = "author"
    SAME_SUSPECT = "same suspect"
    FIRING = "firing"
    FIRING_OVER = "firing over"
    LEFT_OUT = "left out"
