"""Times and durations as people read them: Slack shows a moment in the reader's own zone, the fallback in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from chatbot.messages.escape import Text, escape

MOMENT: Final = "{date_short_pretty} {time}"
DAY: Final = "{date_short_pretty}"
TIME: Final = "{time}"
_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "min"))


def date(when: datetime, form: str = MOMENT, *, fallback: str | None = None) -> Text:
    """*when* in the reader's zone; *form* as in Slack's `<!date^...>`, *fallback* for what cannot render it.

    Raises `ValueError` for a time without a zone.
    """
    if when.tzinfo is None:
        raise ValueError(f"a moment needs a zone, got {when!r}")
    shown = escape(fallback if fallback is not None else utc(when)).replace("|", "/")
    safe = form.translate(str.maketrans("", "", "^|<>&"))
    return Text(f"<!date^{int(when.timestamp())}^{safe}|{shown}>")


def utc(when: datetime) -> str:
    """`2026-01-05 09:00 UTC`."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def span(length: timedelta) -> str:
    """A duration in its two largest units: `3 d 4 h`, `2 h 5 min`, `12 min`, `40 s`; never negative."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < _UNITS[-1][0]:
        return f"{seconds} s"
    parts: list[str] = []
    for size, name in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}")
        elif parts:
            break
    return " ".join(parts[:2])


def ago(when: datetime, *, now: datetime) -> str:
    """How long before *now*: `12 min ago`, `just now` within a minute."""
    return "just now" if now - when < timedelta(minutes=1) else f"{span(now - when)} ago"
