"""Durations as people write and read them: `90s`, `5m`, `6h`, `2d`. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST = 100  # characters; an expression tries every digit of a long row of them
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)", re.ASCII)


def parse(text: str) -> timedelta:
    """`6h` or `1h30m` as a duration.

    Raises:
        ValueError: *text* is not of that form.
    """
    compact = text[: _LONGEST + 1].strip().lower()
    parts = list(_DURATION.finditer(compact)) if len(text) <= _LONGEST else []
    if not parts or "".join(p.group().replace(" ", "") for p in parts) != compact.replace(" ", ""):
        raise ValueError(f"{text[:_LONGEST]!r} is not a duration; write for example 90s, 5m, 6h or 2d")
    try:
        return timedelta(seconds=sum(float(p[1]) * _UNITS[p[2]] for p in parts))
    except OverflowError as error:
        raise ValueError(f"{text[:_LONGEST]!r} is too long a duration") from error


def said(duration: timedelta) -> str:
    """*duration* in its two largest units: `2d 3h`, `45m`, `under a minute`."""
    minutes = int(duration.total_seconds() // 60)
    if minutes < 1:
        return "under a minute"
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = [f"{n}{u}" for n, u in ((days, "d"), (hours, "h"), (minutes, "m")) if n]
    return " ".join(units[:2])


def spelled(duration: timedelta) -> str:
    """*duration* as `parse` reads it, exact to the millisecond: `1h30m`, `1d`, `0s`."""
    left = round(duration / timedelta(milliseconds=1))
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, left = divmod(left, round(_UNITS[unit] * 1000))
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"
