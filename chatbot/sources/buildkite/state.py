"""What the Buildkite source hands back in its cursor: small, plain JSON, and only what has been applied.

A cursor for another pipeline, branch, wider window or version is not used.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec
from msgspec import Struct

from chatbot.sources import Cursor
from chatbot.sources.buildkite.order import Standing

VERSION = 1


class BuildState(Struct, array_like=True):
    """What has been read of a build: its mark, `None` where nothing was; `open` where it is read at every poll."""

    sha: str
    mark: str | None = None
    open: bool = True
    etag: str | None = None


class State(Struct, omit_defaults=True):
    """The cursor, typed. Builds are by number, the commits' order is `standing`; `at` is the server's time.

    `etag` and `edge` (its lowest number) are those of the list's first page.
    """

    version: int
    org: str
    pipeline: str
    branch: str
    window: int
    at: datetime
    etag: str | None = None
    edge: int = 0
    standing: list[Standing] = []
    builds: dict[int, BuildState] = {}

    def cursor(self) -> Cursor:
        """As plain JSON."""
        return cast("dict[str, Any]", msgspec.to_builtins(self, str_keys=True))

    @property
    def newest(self) -> int:
        """The highest number of a build that was seen."""
        return max(self.builds, default=0)


def restored(cursor: Cursor | None, *, org: str, pipeline: str, branch: str, window: int) -> State | None:
    """The state in *cursor*, `None` where it cannot be gone on from."""
    if cursor is None:
        return None
    try:
        state = msgspec.convert(cursor, State, str_keys=True)
    except msgspec.ValidationError:
        return None
    same = (state.version, state.org, state.pipeline, state.branch) == (VERSION, org, pipeline, branch)
    return state if same and state.window >= window else None
