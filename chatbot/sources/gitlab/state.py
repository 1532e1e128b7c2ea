"""What the GitLab source hands back in its cursor: small, plain JSON, and only what has been applied.

A cursor for another project, branch, wider window or version is not used.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec
from msgspec import Struct

from chatbot.sources import Cursor

VERSION = 1


class Child(Struct, array_like=True):
    """A pipeline that another one's trigger job started: that one's number, and what was read of it, if it had ended.

    `mark` is empty for one that is to be read again.
    """

    parent: int
    mark: str = ""


class PipelineState(Struct, array_like=True):
    """What has been read of a pipeline: its mark, `None` where nothing was; `open` where it is read at every poll.

    `children` are those that were started below it, at any depth.
    """

    sha: str
    mark: str | None = None
    open: bool = True
    children: dict[int, Child] = {}


class State(Struct, omit_defaults=True):
    """The cursor, typed. `commits` are oldest first; `since` is the newest change of a pipeline that was listed."""

    version: int
    project: str
    branch: str
    window: int
    head: str | None = None
    etag: str | None = None
    since: datetime | None = None
    commits: list[str] = []
    pipelines: dict[int, PipelineState] = {}

    def cursor(self) -> Cursor:
        """As plain JSON."""
        return cast("dict[str, Any]", msgspec.to_builtins(self, str_keys=True))


def restored(cursor: Cursor | None, *, project: str, branch: str, window: int) -> State | None:
    """The state in *cursor*, `None` where it cannot be gone on from."""
    if cursor is None:
        return None
    try:
        state = msgspec.convert(cursor, State, str_keys=True)
    except msgspec.ValidationError:
        return None
    same = (state.version, state.project, state.branch) == (VERSION, project, branch)
    return state if same and state.window >= window else None
