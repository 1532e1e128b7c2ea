"""A page of PyTorch's HUD, the JSON behind hud.pytorch.org, in our words.

Pure: the bytes of a page in, a `Page` of strips out. HUD shows the newest commits first, all their jobs parallel to
`jobNames`, `{}` where a job did not run. It tells neither runs nor times of jobs, and a job's newest attempt only;
`failedPreviousRun` marks one that failed there before.
"""

from __future__ import annotations

from array import array
from datetime import datetime

import msgspec
from msgspec import Struct

from chatbot.ci import Author, Commit, Conclusion, Failure
from chatbot.columns import ABSENT, FAILED_STATES, RUNNING, STATE, WAITING
from chatbot.errors import TransientError
from chatbot.strips import Page, Strip

SEPARATOR = " / "
"""Between workflow and job in `jobNames`; jobs have it in their names, too."""

_RED = bytes(state in FAILED_STATES for state in range(256))


class _States(dict[str | None, int]):
    """States by HUD's words. What has no conclusion yet is called by its status; an unknown word tells nothing."""

    def __missing__(self, word: str | None) -> int:
        return RUNNING


_STATES = _States({conclusion.value: state for conclusion, state in STATE.items()})
_STATES |= {None: ABSENT, "": ABSENT, "pending": WAITING, "queued": WAITING, "canceled": STATE[Conclusion.CANCELLED]}


class _Cell(Struct, gc=False, rename="camel"):
    id: int = 0
    conclusion: str | None = None
    failed_previous_run: bool = False
    html_url: str | None = None
    failure_lines: tuple[str, ...] = ()
    failure_captures: tuple[str, ...] = ()


class _Row(Struct, gc=False, rename="camel"):
    sha: str
    time: datetime
    jobs: list[_Cell]
    commit_title: str = ""
    author: str | None = None
    author_url: str | None = None
    pr_num: int | None = None


class _Grid(Struct, gc=False, rename="camel"):
    sha_grid: list[_Row]
    job_names: list[str]


_decode = msgspec.json.Decoder(_Grid).decode


def page(body: bytes) -> Page:
    """What the page *body* shows.

    Raises:
        TransientError: it is cut off, or is not such a page.
    """
    try:
        grid = _decode(body)
    except msgspec.DecodeError as error:
        raise TransientError(f"the page from HUD cannot be read: {error}") from error
    width = len(grid.job_names)
    rows = grid.sha_grid[::-1]
    ragged = next((row for row in rows if len(row.jobs) != width), None)
    if ragged is not None:
        raise TransientError(f"the page from HUD has {len(ragged.jobs)} jobs on {ragged.sha} and {width} names")
    columns = _Columns(rows)
    return Page(tuple(map(_commit, rows)), columns.strips(grid.job_names), columns.details(rows))


def _commit(row: _Row) -> Commit:
    login = row.author if row.author_url else None
    return Commit(row.sha, row.time, row.commit_title, Author(row.author, login), row.pr_num)


class _Columns:
    """The grid a property at a time, row after row, so that a job's column is a slice."""

    def __init__(self, rows: list[_Row]) -> None:
        states, before, ids = [], [], array("q")
        for row in rows:
            states.append(bytes([_STATES[cell.conclusion] for cell in row.jobs]))
            before.append(bytes([cell.failed_previous_run for cell in row.jobs]))
            ids.extend(array("q", [cell.id for cell in row.jobs]))
        self._states, self._before, self._ids = b"".join(states), b"".join(before), ids

    def strips(self, names: list[str]) -> tuple[Strip, ...]:
        """A strip a name."""
        width, strips = len(names), []
        for at, name in enumerate(names):
            workflow, _, job = name.partition(SEPARATOR)
            column = slice(at, None, width)
            strips.append(Strip(workflow, job or name, self._states[column], self._before[column], self._ids[column]))
        return tuple(strips)

    def details(self, rows: list[_Row]) -> dict[int, tuple[str | None, Failure | None]]:
        """Why the red cells are red."""
        found = {}
        red = self._states.translate(_RED)
        at = red.find(1)
        while at >= 0:
            row, column = divmod(at, len(rows[0].jobs))
            cell = rows[row].jobs[column]
            found[cell.id] = (cell.html_url, _failure(cell))
            at = red.find(1, at + 1)
        return found


def _failure(cell: _Cell) -> Failure | None:
    if not cell.failure_lines or not cell.failure_lines[0]:
        return None
    return Failure(cell.failure_lines[0], tests=tuple(t for t in cell.failure_captures if "::" in t))
