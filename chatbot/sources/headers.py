"""What services say in the headers of their answers, as times and seconds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

Headers = Mapping[str, str]


def retry_after(headers: Headers, now: datetime) -> float | None:
    """The `Retry-After` header in seconds; it may be a number or a date."""
    text = headers.get("retry-after")
    if text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        at = date(text)
    return max(0.0, (at - now).total_seconds()) if at else None


def date(text: str | None) -> datetime | None:
    """An HTTP date, `None` where there is none or it cannot be read."""
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
