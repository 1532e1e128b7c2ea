"""Figures by week as bars, for a workspace whose Slack draws no charts itself. `described` says the same in words."""

from __future__ import annotations

from math import ceil, log10
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from chatbot.pictures import palette
from chatbot.pictures.palette import SCALE, SERIES

if TYPE_CHECKING:  # as in `palette`
    from PIL import ImageDraw

MOST_SERIES: Final = 6
MOST_POINTS: Final = 20
_MARGIN: Final = 14 * SCALE  # pixels; all others are points
_WIDTH, _HEIGHT, _AXIS, _TITLE, _SMALL = 560, 200, 40, 17, 12
_STEPS: Final = (1, 2, 2.5, 5, 10)
_HIGHEST: Final = 1e9
_LOWEST: Final = 1e-6


class Series(Struct, frozen=True):
    """One colour: a name and a figure for each label, none of them negative."""

    name: str
    values: tuple[float, ...]


class Chart(Struct, frozen=True):
    """What to draw: up to 6 series over the same up to 20 labels; of more, the first series and the last labels."""

    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]


def fitted(chart: Chart) -> Chart:
    """*chart* within its limits, every series as long as there are labels, every figure drawable."""
    first = max(0, len(chart.labels) - MOST_POINTS)
    count = len(chart.labels)
    series = tuple(
        Series(one.name, tuple(map(_sound, (*one.values, *(0.0,) * count)[first:count])))
        for one in chart.series[:MOST_SERIES]
    )
    return Chart(chart.title, chart.unit, chart.labels[first:], series)


def _sound(value: float) -> float:
    return min(value, _HIGHEST) if value > 0 else 0.0  # also what is not a number


def described(chart: Chart) -> str:
    """The figures in words, label by label."""
    chart = fitted(chart)
    said = [
        f"{one.name}: "
        + ", ".join(f"{value:.3g} {chart.unit} {label}" for label, value in zip(chart.labels, one.values, strict=True))
        for one in chart.series
    ]
    text = f"{chart.title}. {'; '.join(said) or 'Nothing'}."
    return text if len(text) <= 1900 else f"{text[:1899]}…"  # noqa: PLR2004  Slack takes 2,000


def ticks(highest: float) -> tuple[float, ...]:
    """Three to six round figures from 0 to *highest* or a little more."""
    if highest < _LOWEST:
        return (0.0, 1.0)
    power = 10 ** ceil(log10(highest / 4) - 1)
    step = next(one * power for one in (*_STEPS, 20, 50) if one * power * 5 >= highest)
    return tuple(step * number for number in range(ceil(highest / step) + 1))


def draw(chart: Chart) -> bytes:
    """*chart* as a PNG; never raises, whatever the names and figures."""
    chart = fitted(chart)
    legend = _legend(chart)
    top = _MARGIN + SCALE * (_TITLE + 20)
    bottom = top + SCALE * _HEIGHT
    size = (SCALE * _WIDTH, bottom + SCALE * (26 + 20 * len(legend)) + _MARGIN // 2)
    from PIL import Image, ImageDraw  # noqa: PLC0415  as in `palette.font`

    picture = Image.new("RGB", size, palette.PAPER)
    pen = ImageDraw.Draw(picture)
    title = palette.clipped(f"{chart.title}, {chart.unit}", SCALE * _TITLE, size[0] - 2 * _MARGIN)
    pen.text((_MARGIN, _MARGIN), title, palette.INK, palette.font(SCALE * _TITLE))
    marks = ticks(max((value for one in chart.series for value in one.values), default=0.0))
    for mark in marks:
        y = int(bottom - (bottom - top) * mark / marks[-1])
        pen.line([_MARGIN + SCALE * _AXIS, y, size[0] - _MARGIN, y], palette.LINE, SCALE)
        _say(pen, (_MARGIN + SCALE * (_AXIS - 8), y), f"{mark:.3g}", anchor="rm")
    _bars(pen, chart, (top, bottom), marks[-1])
    for number, line in enumerate(legend):
        _named(pen, line, bottom + SCALE * (26 + 20 * number))
    return palette.png(picture)


def _say(pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, *, anchor: str) -> None:
    pen.text(at, text, palette.SOFT, palette.font(SCALE * _SMALL), anchor=anchor)


def _bars(pen: ImageDraw.ImageDraw, chart: Chart, heights: tuple[int, int], highest: float) -> None:
    top, bottom = heights
    left, right = _MARGIN + SCALE * _AXIS, SCALE * _WIDTH - _MARGIN
    slot = (right - left) / max(1, len(chart.labels))
    wide = min(34 * SCALE, slot * 0.76 / max(1, len(chart.series)))
    longest = max((palette.width(palette.legible(one), SCALE * _SMALL) for one in chart.labels), default=0)
    every = ceil((longest + SCALE * 8) / slot)
    for number, label in enumerate(chart.labels):
        middle = left + slot * (number + 0.5)
        if (len(chart.labels) - 1 - number) % every == 0:
            shown = palette.clipped(label, SCALE * _SMALL, int(slot * every))
            _say(pen, (int(middle), bottom + SCALE * 6), shown, anchor="ma")
        for place, one in enumerate(chart.series):
            begin = middle + (place - len(chart.series) / 2) * wide
            height = (bottom - top) * one.values[number] / highest
            if height > 0:
                box = [begin + SCALE, bottom - max(height, SCALE * 2), begin + wide - SCALE, bottom]
                pen.rectangle(box, SERIES[place])


def _legend(chart: Chart) -> list[list[tuple[int, str]]]:
    """Series by place and name as shown, in as many lines as they need."""
    lines: list[list[tuple[int, str]]] = [[]]
    room = SCALE * _WIDTH - 2 * _MARGIN
    for place, one in enumerate(chart.series):
        named = place, palette.clipped(one.name, SCALE * _SMALL, SCALE * 240)
        if lines[-1] and sum(_wide(name) for _, name in [*lines[-1], named]) > room:
            lines.append([])
        lines[-1].append(named)
    return lines


def _named(pen: ImageDraw.ImageDraw, line: list[tuple[int, str]], y: int) -> None:
    x, side = _MARGIN, SCALE * 12
    for place, name in line:
        pen.rectangle([x, y, x + side, y + side], SERIES[place])
        _say(pen, (x + side + SCALE * 5, y + side // 2), name, anchor="lm")
        x += _wide(name)


def _wide(name: str) -> int:
    return SCALE * (12 + 5 + 16) + palette.width(name, SCALE * _SMALL)
