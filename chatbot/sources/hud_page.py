"""A page of PyTorch's HUD, the JSON behind hud.pytorch.org, in our words.

Pure: the bytes of a page in, a `Page` of strips out. HUD shows the newest commits first, all their jobs parallel to
`jobNames`, `{}` where a job did not run. It tells neither runs nor times of jobs, and a job's newest attempt only;
`failedPreviousRun` marks one that failed there before. Whatever may be missing may be `null` or told otherwise.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
from msgspec import Raw, Struct

from chatbot.ci import Author, Commit, Conclusion, Failure
from chatbot.columns import ABSENT, FAILED_STATES, RUNNING, STATE, WAITING
from chatbot.errors import TransientError
from chatbot.sources.titles import first_line, pull_number, reverted
from chatbot.sources.values import landed
from chatbot.sources.values import name as readable
from chatbot.strips import Page, Strip

SEPARATOR = " / "
"""Between workflow and job in `jobNames`; jobs have it in their names, too."""

ROWS = 2
"""Commits that are decoded at a stretch: two milliseconds where they have 1,500 jobs."""

_MADE_UP = 1 << 52
_RED = bytes(state in FAILED_STATES for state in range(256))
_Details = dict[int, tuple[str | None, Failure | None]]


class _States(dict[str | None, int]):
    """States by HUD's words. What has no conclusion yet is called by its status; an unknown word tells nothing."""

    def __missing__(self, word: str | None) -> int:
        return RUNNING


_STATES = _States({conclusion.value: state for conclusion, state in STATE.items()})
_STATES |= {None: ABSENT, "": ABSENT, "pending": WAITING, "queued": WAITING, "canceled": STATE[Conclusion.CANCELLED]}


class _Cell(Struct, gc=False, rename="camel"):
    id: int | str | None = 0
    conclusion: str | None = None
    failed_previous_run: bool | None = False
    html_url: str | None = None
    failure_lines: tuple[str | None, ...] | str | None = ()
    failure_captures: tuple[str | None, ...] | str | None = ()


_NOTHING = _Cell()


class _Row(Struct, gc=False, rename="camel"):
    sha: str
    time: datetime
    jobs: list[_Cell | None]
    commit_title: str | None = None
    commit_message_body: str | None = None
    author: str | None = None
    author_url: str | None = None
    pr_num: int | str | None = None


class _Grid(Struct, gc=False, rename="camel"):
    sha_grid: list[Raw]
    job_names: list[str | None]


class _Names(Struct, gc=False, rename="camel"):
    job_names: list[str | None]


_FIRST, _NEXT, _NAMES = b'{"shaGrid":[{"sha":"', b'},{"sha":"', b'],"jobNames":['
_DIGITS = 10  # a pull request has fewer
_SEARCHED = 8  # rows between two yields while their ends are searched for
_decode_names = msgspec.json.Decoder(_Names).decode
_decode_grid = msgspec.json.Decoder(_Grid).decode
_decode_row = msgspec.json.Decoder(_Row).decode


def page(body: bytes) -> Page:
    """What the page *body* shows.

    Raises:
        TransientError: it is cut off, or is not such a page.
    """
    reading = read(body)
    while True:
        try:
            next(reading)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]  # what `read` returns


def read(body: bytes | bytearray) -> Generator[None, None, Page]:
    """The same, and a yield after every few milliseconds: others may want to get on."""
    try:
        apart = yield from _apart(body)
        return apart or (yield from _together(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise TransientError(f"the page from HUD cannot be read: {error}") from error


def _apart(body: bytes | bytearray) -> Generator[None, None, Page | None]:
    """The page as HUD writes it, row by row; `None` where it is written otherwise.

    Where rows end is not searched for with a parser, which takes 10 to 20 ms in one piece: in well-formed JSON `NEXT`
    stands in no text, and where it stands in a cell the rows cut there cannot be decoded.
    """
    end = body.rfind(_NAMES)
    if not body.startswith(_FIRST) or end < 0:
        return None
    try:
        names = [readable(name or "") for name in _decode_names(b"{" + body[end + 2 :]).job_names]
        bounds, at = [len(_FIRST) - len(_NEXT) + 2], 0
        while (at := body.find(_NEXT, at, end)) >= 0:
            at += 2
            bounds.append(at)
            if len(bounds) % _SEARCHED == 0:
                yield
        rows = memoryview(body)
        cut = [rows[one : after - 1] for one, after in pairwise([*bounds, end + 1])]
        return (yield from _laid(names, cut))
    except msgspec.MsgspecError:
        return None


def _together(body: bytes | bytearray) -> Generator[None, None, Page]:
    """The page however it is written."""
    grid = _decode_grid(body)
    yield
    return (yield from _laid([readable(name or "") for name in grid.job_names], grid.sha_grid))


def _laid(names: list[str], rows: Sequence[memoryview | Raw]) -> Generator[None, None, Page]:
    columns = _Columns(names)
    for number, row in enumerate(reversed(rows), 1):
        columns.add(_decode_row(row))
        if number % ROWS == 0:
            yield
    yield
    return columns.page()


def _commit(row: _Row) -> Commit:
    login = row.author if row.author_url else None
    title = first_line(row.commit_title or "")
    told = str(row.pr_num or "")
    pr = int(told) if told.isascii() and told.isdigit() and len(told) < _DIGITS else pull_number(title)
    at = row.time if row.time.tzinfo else row.time.replace(tzinfo=UTC)
    says = reverted(f"{title}\n{row.commit_message_body}") if row.commit_message_body else None
    return Commit(row.sha, landed(at), title, Author(row.author, login), pr, reverts=says)


class _Columns:
    """The grid a property at a time, row after row, so that a job's column is a slice."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._commits: list[Commit] = []
        self._states, self._before, self._ids = bytearray(), bytearray(), array("q")
        self._details: _Details = {}

    def add(self, row: _Row) -> None:
        """The next row, newer than those before."""
        width = len(self._names)
        if len(row.jobs) != width:
            raise TransientError(f"the page from HUD has {len(row.jobs)} jobs on {row.sha} and {width} names")
        if not row.sha or len(row.sha) > 64:  # noqa: PLR2004  SHA-256 in hexadecimal
            raise TransientError(f"the page from HUD has a commit called {row.sha[:80]!r}")
        cells = [cell or _NOTHING for cell in row.jobs]
        states = bytes([_STATES[cell.conclusion] for cell in cells])
        ids = [cell.id if type(cell.id) is int else self._id(cell, row.sha, at) for at, cell in enumerate(cells)]
        self._commits.append(_commit(row))
        self._states += states
        self._before += bytes([bool(cell.failed_previous_run) for cell in cells])
        self._explain(cells, states.translate(_RED), ids, row.sha)
        self._ids.extend(ids)

    def _id(self, cell: _Cell, sha: str, at: int) -> int:
        """A number told as text, or one made up where none is told."""
        text = str(cell.id or "")
        if text.isascii() and text.isdigit() and len(text) < 19:  # noqa: PLR2004  digits that fit into 64 bits
            return int(text)
        return _made_up(sha, self._names[at]) if cell.conclusion else 0

    def _explain(self, cells: list[_Cell], red: bytes, ids: list[int], sha: str) -> None:
        """Keep why the red cells are red."""
        at = red.find(1)
        while at >= 0:
            ids[at] = ids[at] or _made_up(sha, self._names[at])
            self._details[ids[at]] = (cells[at].html_url, _failure(cells[at]))
            at = red.find(1, at + 1)

    def page(self) -> Page:
        """All of it."""
        width, strips = len(self._names), []
        states, before = bytes(self._states), bytes(self._before)
        for at, name in enumerate(self._names):
            if name:
                workflow, _, job = name.partition(SEPARATOR)
                column = slice(at, None, width)
                strips.append(Strip(workflow, job or name, states[column], before[column], self._ids[column]))
        return Page(tuple(self._commits), tuple(strips), self._details)


def _made_up(sha: str, name: str) -> int:
    """A number for a job that HUD tells none of, beyond those of GitHub's, and the same each time."""
    return _MADE_UP + zlib.crc32(f"{sha} {name}".encode())


def _failure(cell: _Cell) -> Failure | None:
    line = next(_texts(cell.failure_lines), None)
    if line is None:
        return None
    return Failure(line, tests=tuple(text for text in _texts(cell.failure_captures) if "::" in text))


def _texts(told: tuple[str | None, ...] | str | None) -> Generator[str, None, None]:
    """The texts that are any, of a list or of one alone."""
    for text in (told,) if isinstance(told, str) else told or ():
        if text:
            yield text
