"""Until when somebody wants to hear no more: what people type, as a wish, and which moment that is on their clock.

Pure. Whether the wish can be granted, and when it is fulfilled, is decided in `snooze`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from msgspec import Struct

from chatbot import durations
from chatbot.errors import UserError

LONGEST = timedelta(days=30)
"""A snooze for a time is no longer: what is to be quiet for ever is to be resolved, or its watch to be changed."""
SHORTEST = timedelta(minutes=1)
FORMS = (
    "Write 30m, 2h or 1d; until 9:00, until tomorrow 9:00 or until 2026-01-31 9:00; until next run; until green; "
    "until #123; or until and a sha."
)


class Until(StrEnum):
    """What ends the quiet."""

    TIME = "time"
    RUN = "next run"
    GREEN = "next green"
    COMMIT = "commit"


class Wish(Struct, frozen=True):
    """What somebody asks for: a duration or a moment on their own clock, something that happens, or a commit.

    `day` is `today`, `tomorrow`, a weekday in three letters or a date; `clock` is hour and minute.
    """

    until: Until
    length: timedelta | None = None
    day: str | None = None
    clock: tuple[int, int] | None = None
    sha: str | None = None
    pr: int | None = None


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"(?:at )?(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?( ?uhr| ?h)?")
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[t ]+(.*))?")
_PULL = re.compile(r"(?:pr|pull request|pull)?\s*#?(\d{1,9})|<#c[a-z0-9]+\|(\d{1,9})>")
_IN_URL = re.compile(r"<?https?://\S+/(?:pull/(\d{1,9})|commits?/([0-9a-f]{7,40}))\S*?>?")
_SHA = re.compile(r"[0-9a-f]{7,40}|(?=.*[a-f])[0-9a-f]{4,6}")
_HAPPENINGS = {
    "run": Until.RUN,
    "next run": Until.RUN,
    "green": Until.GREEN,
    "next green": Until.GREEN,
    "it is green": Until.GREEN,
}


def wished(text: str) -> Wish:
    """What *text* asks for.

    Raises:
        UserError: it is none of `FORMS`, or certainly over; the text says what can be written.
    """
    words = " ".join(text.lower().strip().strip("`'\"").split())
    bare = re.sub(r"^(?:for|until|till?)\s+(?:the )?", "", words)
    if not bare or bare in {"until", "for"}:
        raise UserError(f"Until when? {FORMS}")
    if bare.startswith(("yesterday", "last ", "now")):
        raise UserError(f"{bare.split()[0].title()} is over already. {FORMS}")
    if bare in _HAPPENINGS:
        return Wish(_HAPPENINGS[bare])
    found = _commit(bare) or _duration(bare) or _moment(bare)
    if found is None:
        raise UserError(f"{text[:60]!r} is no time to snooze until. {FORMS}")
    return found


def _commit(text: str) -> Wish | None:
    linked = _IN_URL.fullmatch(text)
    if linked is not None:
        return Wish(Until.COMMIT, pr=int(linked[1])) if linked[1] else Wish(Until.COMMIT, sha=linked[2])
    pull = _PULL.fullmatch(text)
    if pull is not None and not text[0].isdecimal():
        return Wish(Until.COMMIT, pr=int(pull[1] or pull[2]))
    sha = text.removeprefix("commit ").strip("<>` ")
    return Wish(Until.COMMIT, sha=sha) if _SHA.fullmatch(sha) else None


def _duration(text: str) -> Wish | None:
    named = re.sub(r"\b(?:minutes?|mins?)\b", "m", text)
    named = re.sub(r"\b(?:hours?|hrs?)\b", "h", re.sub(r"\bdays?\b", "d", re.sub(r"\bweeks?\b", "w", named)))
    try:
        length = durations.parse(named)
    except ValueError:
        return None
    if length < SHORTEST:
        raise UserError(f"{text} is too short: a snooze lasts a minute or more. {FORMS}")
    if length > LONGEST:
        raise UserError(_too_long())
    return Wish(Until.TIME, length=length)


def _moment(text: str) -> Wish | None:
    dated = _DATED.fullmatch(text)
    day, _, rest = text.partition(" ")
    if dated is not None:
        day, rest = dated[1], dated[2] or ""
    elif day not in {"today", "tomorrow"} and not _weekday(day):
        day, rest = "", text
    clock = _clock(rest) if rest else (9, 0)
    if clock is None or (day == "today" and not rest):
        return None
    return Wish(Until.TIME, day=_weekday(day) or day or None, clock=clock)


def _weekday(word: str) -> str | None:
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return next((day for day, name in zip(_DAYS, names, strict=True) if word in {day, name}), None)


def _clock(text: str) -> tuple[int, int] | None:
    """Hour and minute; a number alone is none, it could be anything."""
    found = _CLOCK.fullmatch(text)
    if found is None or not (found[2] or found[3] or found[4]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:  # noqa: PLR2004  hours of half a day
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return (hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004  hours of a day, minutes of an hour


def _too_long() -> str:
    return f"More than {LONGEST.days} days is not a snooze. Resolve it, or change the watch."


def moment(wish: Wish, *, now: datetime, zone: tzinfo) -> datetime:
    """When a wish for a time ends, on the clock of *zone*.

    Raises:
        UserError: that is over, not on any calendar, or more than `LONGEST` ahead.
    """
    if wish.length is not None:
        return now + wish.length
    here = now.astimezone(zone)
    hour, minute = wish.clock or (9, 0)
    clock = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    ends = _on_day(clock, wish.day, now).astimezone(UTC)
    if ends <= now:
        raise UserError(f"That is over: it is {here:%H:%M} in {zone} now. {FORMS}")
    if ends - now > LONGEST:
        raise UserError(_too_long())
    return ends


def _on_day(clock: datetime, day: str | None, now: datetime) -> datetime:
    """*clock*, which is today's, on *day*; without one the next time the clock shows that."""
    if day is None:
        return clock if clock > now else clock + timedelta(days=1)
    if day == "today":
        return clock
    if day == "tomorrow":
        return clock + timedelta(days=1)
    if day in _DAYS:
        ahead = (_DAYS.index(day) - clock.weekday()) % 7
        return clock + timedelta(days=ahead if ahead or clock > now else 7)
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), clock.timetz())
    except ValueError as error:
        raise UserError(f"There is no {day} in the calendar. {FORMS}") from error
