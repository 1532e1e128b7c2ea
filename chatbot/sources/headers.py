"""What services say in the headers of their answers, as times and seconds. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

Headers = Mapping[str, str]

LONGEST_WAIT = 86_400.0
"""Seconds: whoever asks us to wait longer is asked again after a day."""


def retry_after(headers: Headers, now: datetime) -> float | None:
    """The `Retry-After` header in seconds, a day at most; it may be a number or a date."""
    text = headers.get("retry-after")
    if text is None:
        return None
    try:
        wait = float(text)
    except ValueError:
        at = date(text)
        wait = (at - now).total_seconds() if at else math.nan
    return None if math.isnan(wait) else min(max(0.0, wait), LONGEST_WAIT)


def date(text: str | None) -> datetime | None:
    """An HTTP date, `None` where there is none or it cannot be read."""
    try:
        at = parsedate_to_datetime(text) if text else None
        return None if at is None else at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
