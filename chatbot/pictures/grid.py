"""The trunk as a grid: jobs down, commits across, oldest left. Draws what it is given; what failed is judged elsewhere.

The commits among which the cause must be are framed, and named above. A picture is 60 commits by 60 jobs at most;
what is left out is said in it. `described` says the same in words, for those who cannot see it.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from msgspec import Struct

from chatbot.pictures import labels, palette
from chatbot.pictures.palette import SCALE, Mark

MOST: Final = 60
"""Commits and jobs a picture shows at most."""
_MARGIN: Final = 14 * SCALE  # pixels; all others are points
_GAP, _TITLE, _SMALL, _LABEL = 2, 17, 12, 12
_NAMES: Final = (110, 200, 270)  # points for job names: at least, at most, at most of a wide picture
_PHONE, _SCREEN = 20, 40  # commits that are still legible at a phone's width, and at a screen's
_NARROW: Final = 400  # points; a picture of few commits still has room for its title
_DESCRIBED: Final = 12  # jobs told one by one in words
_LINE: Final = 150  # characters of a name in it
_LONGEST: Final = 1900  # characters of the description; Slack takes 2,000


class Row(Struct, frozen=True):
    """One job. `marks` has one for each commit; `suspects` are the first and the last column of its range."""

    name: str
    marks: tuple[Mark, ...]
    suspects: tuple[int, int] | None = None


class Grid(Struct, frozen=True):
    """What to draw. `commits` are short labels, oldest first; `hidden` counts jobs left out already."""

    title: str
    commits: tuple[str, ...]
    rows: tuple[Row, ...]
    hidden: int = 0


def draw(grid: Grid) -> bytes:
    """*grid* as a PNG; never raises, whatever the names and however many."""
    return _Canvas(fitted(grid)).drawn()


def fitted(grid: Grid) -> Grid:
    """At most 60 commits, the newest, and 60 jobs, the first; every row as long as there are commits."""
    first = max(0, len(grid.commits) - MOST)
    rows = tuple(_cut(row, first, len(grid.commits)) for row in grid.rows[:MOST])
    return Grid(grid.title, grid.commits[first:], rows, grid.hidden + max(0, len(grid.rows) - MOST))


def _cut(row: Row, first: int, length: int) -> Row:
    padded = (*row.marks, *(Mark.UNKNOWN,) * (length - len(row.marks)))[first:length]
    begin, end = row.suspects or (0, -1)
    begin, end = max(0, begin - first), min(end - first, length - first - 1)
    return Row(row.name, padded, (begin, end) if begin <= end else None)


def described(grid: Grid) -> str:
    """What the picture shows, in words: what failed, since when, and where the cause must be."""
    grid = fitted(grid)
    if not grid.rows or not grid.commits:
        return f"{grid.title[:_LINE]}: nothing has run yet."
    span = f"{grid.commits[0]} to {grid.commits[-1]}" if len(grid.commits) > 1 else grid.commits[0]
    said = [
        f"{grid.title[:_LINE]}: {_counted(len(grid.rows), 'job')} on {_counted(len(grid.commits), 'commit')}, {span}."
    ]
    for (begin, end), rows in _ranges(grid):
        between = grid.commits[begin] if begin == end else f"{grid.commits[begin]} to {grid.commits[end]}"
        said.append(f"Suspects of {_counted(len(rows), 'job')}: {between}.")
    said += [f"{row.name[:_LINE]}, newest first: {_runs(row)}." for row in grid.rows[:_DESCRIBED]]
    rest = grid.hidden + max(0, len(grid.rows) - _DESCRIBED)
    said += [f"{_counted(rest, 'more job')}."] if rest else []
    text = " ".join(said)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _ranges(grid: Grid) -> list[tuple[tuple[int, int], list[Row]]]:
    found: dict[tuple[int, int], list[Row]] = {}
    for row in grid.rows:
        if row.suspects is not None:
            found.setdefault(row.suspects, []).append(row)
    return list(found.items())


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges of columns from left to right, those that touch made one."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return joined


def _runs(row: Row) -> str:
    runs = [(mark, len(list(same))) for mark, same in groupby(reversed(row.marks))]
    said = ", ".join(f"{count} {palette.WORD[mark]}" for mark, count in runs[:6])
    return f"{said} and more" if len(runs) > 6 else said  # noqa: PLR2004  as many as are listed


def _counted(number: int, one: str) -> str:
    return f"{number} {one}{'' if number == 1 else 's'}"


class _Canvas:
    """Places of everything, in pixels, and the drawing of it."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.spans = _joined([span for span, _ in _ranges(grid)])
        columns = max(1, len(grid.commits))
        self.cell = SCALE * (22 if columns <= _PHONE else 16 if columns <= _SCREEN else 12)
        self.step = self.cell + SCALE * _GAP
        self.size = SCALE * _LABEL if self.cell > SCALE * _LABEL else SCALE * (_LABEL - 1)
        self.names, self.shown = self._named(SCALE * _NARROW - columns * self.step)
        self.shas = max((palette.width(palette.legible(one[:10]), self.sha_size) for one in grid.commits), default=0)
        self.left = _MARGIN + self.names
        self.top = _MARGIN + SCALE * (_TITLE + 20) + self.shas + (SCALE * 20 if self.spans else 0)
        self.bottom = self.top + len(grid.rows) * self.step
        self.width = self.left + columns * self.step + _MARGIN
        self.legend = _lines(self.width - 2 * _MARGIN)
        self.height = self.bottom + SCALE * (12 + 20 * len(self.legend) + (18 if grid.hidden else 0)) + _MARGIN // 2
        from PIL import Image, ImageDraw  # noqa: PLC0415  as in `palette.font`

        self.picture = Image.new("RGB", (self.width, self.height), palette.PAPER)
        self.pen = ImageDraw.Draw(self.picture)

    def _named(self, at_least: int) -> tuple[int, list[str]]:
        """How wide the names are, and the names as they can be shown."""
        least, narrow, wide = (SCALE * bound for bound in _NAMES)
        most = narrow if len(self.grid.commits) <= _PHONE else wide
        shown = labels.short([row.name for row in self.grid.rows], self.size, most)
        longest = max((palette.width(name, self.size) for name in shown), default=0)
        return max(at_least, least, longest + SCALE * 8), shown

    @property
    def sha_size(self) -> int:
        """Pixels of the letters above the columns."""
        return min(SCALE * 11, self.cell - SCALE)

    def drawn(self) -> bytes:
        """Everything, as a PNG."""
        room = self.width - 2 * _MARGIN
        title = palette.clipped(self.grid.title, SCALE * _TITLE, room)
        self.pen.text((_MARGIN, _MARGIN), title, palette.INK, palette.font(SCALE * _TITLE))
        if not self.grid.rows or not self.grid.commits:
            self._say((_MARGIN, self.top), "Nothing has run yet.", anchor="ld")
            return palette.png(self.picture)
        for span in self.spans:
            self._tinted(span)
        self._say((self.left - SCALE * 8, self.top - SCALE * 6), "newest on the right", anchor="rd")
        for number, commit in enumerate(self.grid.commits):
            self._sha(number, commit)
        for number, row in enumerate(self.grid.rows):
            self._row(number, row)
        self._frames()
        self._foot()
        return palette.png(self.picture)

    def _say(self, at: tuple[int, int], text: str, *, anchor: str, colour: palette.Colour = palette.SOFT) -> None:
        self.pen.text(at, text, colour, palette.font(SCALE * _SMALL), anchor=anchor)

    def _tinted(self, span: tuple[int, int]) -> None:
        """The columns of a range, lightly, from their labels down, with a bar and a word above."""
        begin, end = self._across(span)
        head = self.top - self.shas - SCALE * 10
        self.pen.rectangle([begin, head, end, self.bottom], palette.RANGE_TINT)
        self.pen.rectangle([begin, head - SCALE * 3, end, head], palette.RANGE)
        word = "suspects" if span[0] < span[1] else "suspect"
        half = palette.width(word, SCALE * _SMALL) // 2
        x = max(_MARGIN + half, min((begin + end) // 2, self.width - _MARGIN - half))
        self._say((x, head - SCALE * 5), word, anchor="md", colour=palette.RANGE)

    def _across(self, span: tuple[int, int]) -> tuple[int, int]:
        """Where a range begins and ends, in pixels."""
        return self.left + span[0] * self.step - SCALE, self.left + (span[1] + 1) * self.step - SCALE

    def _sha(self, number: int, commit: str) -> None:
        """A commit's label, standing on its column."""
        text = palette.legible(commit[:10])
        wide, high = palette.width(text, self.sha_size), self.sha_size + SCALE * 3
        if not wide:
            return
        from PIL import Image, ImageDraw  # noqa: PLC0415  as in `palette.font`

        lying = Image.new("L", (wide, high), 0)
        ImageDraw.Draw(lying).text((0, 0), text, 255, palette.font(self.sha_size))
        suspect = any(begin <= number <= end for begin, end in self.spans)
        at = (self.left + number * self.step + (self.cell - high) // 2, self.top - SCALE * 6 - wide)
        self.picture.paste(palette.RANGE if suspect else palette.SOFT, at, lying.rotate(90, expand=True))

    def _row(self, number: int, row: Row) -> None:
        y = self.top + number * self.step
        at = (self.left - SCALE * 8, y + self.cell // 2)
        self.pen.text(at, self.shown[number], palette.INK, palette.font(self.size), anchor="rm")
        for column, mark in enumerate(row.marks):
            self.picture.paste(palette.tile(mark, self.cell), (self.left + column * self.step, y))

    def _frames(self) -> None:
        """One frame around the suspect cells of neighbouring rows that share a range."""
        number = 0
        for span, same in groupby(self.grid.rows, key=lambda row: row.suspects):
            count = len(list(same))
            if span is not None:
                begin, end = self._across(span)
                y = self.top + number * self.step - SCALE
                box = [begin - SCALE, y - SCALE, end, y + count * self.step]
                self.pen.rounded_rectangle(box, SCALE * 3, outline=palette.RANGE, width=SCALE * 2)
            number += count

    def _foot(self) -> None:
        """How many jobs are not shown, and what the marks mean."""
        y = self.bottom + SCALE * 10
        if self.grid.hidden:
            self._say((self.left - SCALE * 8, y), f"+{_counted(self.grid.hidden, 'more job')}", anchor="ra")
            y += SCALE * 18
        side = SCALE * 14
        for line in self.legend:
            x = _MARGIN
            for mark in line:
                self.picture.paste(palette.tile(mark, side), (x, y))
                self._say((x + side + SCALE * 5, y + side // 2), palette.WORD[mark], anchor="lm")
                x += _legend_width(mark)
            y += SCALE * 20


def _legend_width(mark: Mark) -> int:
    return SCALE * (14 + 5 + 16) + palette.width(palette.WORD[mark], SCALE * _SMALL)


def _lines(room: int) -> list[list[Mark]]:
    """The legend in as many lines as it needs."""
    lines: list[list[Mark]] = [[]]
    for mark in palette.WORD:
        if lines[-1] and sum(map(_legend_width, [*lines[-1], mark])) > room:
            lines.append([])
        lines[-1].append(mark)
    return lines
