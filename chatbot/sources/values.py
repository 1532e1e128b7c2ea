"""What may stand in an answer of CI: numbers that fit, times that are one, texts of a length that people read. Pure.

Whoever can push chooses a commit's title and its date, and the names of jobs: none of it may stop a poll.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

Moment = Annotated[datetime, Meta(tz=True)]
"""A time that says where on earth it is meant."""
LONGEST = 1_000
"""Characters of a title or a name; what is longer is cut."""
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def name(text: str) -> str:
    """The beginning of *text*. A NUL, which nobody can read, keeps names apart where they are stored."""
    return text[:LONGEST].replace("\0", " ")


def landed(at: datetime) -> datetime:
    """A commit's time, which is whatever its committer says, brought to between 1970 and 2200, in UTC."""
    return min(max(at, _EARLIEST), _LATEST).astimezone(UTC)
