"""Pictures: whatever goes in, a PNG of a sensible size comes out, and the words beside it say the same."""

from __future__ import annotations

import math
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from chatbot.pictures import chart, grid, labels, palette
from chatbot.pictures.chart import Chart, Series
from chatbot.pictures.grid import Grid, Row
from chatbot.pictures.palette import Mark

HOSTILE = ("", " ", "\n\t", "<!channel>", "日本語のジョブ", "a\u0301\u202eb", "\ud800", "x" * 5000, "✓✗·", "a\0b", "🙂")
DRAWN = {"+": Mark.GREEN, "x": Mark.RED, ".": Mark.UNKNOWN, "~": Mark.FLAKED}


def row(name: str, drawn: str, suspects: tuple[int, int] | None = None) -> Row:
    return Row(name, tuple(DRAWN[one] for one in drawn), suspects)


def commits(count: int) -> tuple[str, ...]:
    return tuple(f"{number:07x}" for number in range(count))


def opened(png: bytes) -> Image.Image:
    picture = Image.open(BytesIO(png))
    picture.load()
    return picture


def luminance(colour: palette.Colour) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: palette.Colour, other: palette.Colour) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def ruler() -> Image.Image:
    """A palette of paper and the range's blue, to count by."""
    made = Image.new("P", (1, 1))
    others = [palette.INK, palette.SOFT, *palette.FILL.values(), *palette.STROKE.values()]
    made.putpalette([part for colour in (palette.PAPER, palette.RANGE, *others) for part in colour])
    return made


names = st.one_of(st.text(max_size=60), st.sampled_from(HOSTILE))
rows = st.builds(
    Row,
    names,
    st.lists(st.sampled_from(Mark), max_size=70).map(tuple),
    st.none() | st.tuples(st.integers(-5, 80), st.integers(-5, 80)),
)
grids = st.builds(
    Grid, names, st.lists(names, max_size=70).map(tuple), st.lists(rows, max_size=8).map(tuple), st.integers(0, 10**6)
)
values = st.floats(width=64)
series = st.builds(Series, names, st.lists(values, max_size=25).map(tuple))
charts = st.builds(
    Chart, names, names, st.lists(names, max_size=25).map(tuple), st.lists(series, max_size=8).map(tuple)
)


@settings(deadline=None, max_examples=15)
@given(grids)
def test_any_grid_can_be_drawn_and_described(some: Grid) -> None:
    picture = opened(grid.draw(some))
    assert picture.format == "PNG"
    assert picture.width <= 2600
    assert 1 <= len(grid.described(some)) <= 2000


@settings(deadline=None, max_examples=15)
@given(charts)
def test_any_chart_can_be_drawn_and_described(some: Chart) -> None:
    picture = opened(chart.draw(some))
    assert picture.width == 1120
    assert 1 <= len(chart.described(some)) <= 2000


@pytest.mark.parametrize("jobs", [0, 1, 59, 60, 61, 500])
def test_a_grid_of_any_number_of_jobs_stays_small_enough_to_upload(jobs: int) -> None:
    made = Grid("many", commits(60), tuple(row(f"linux-{n} / test (a, b)", "+x.~" * 15) for n in range(jobs)))
    png = grid.draw(made)
    assert len(png) < 200_000
    assert opened(png).height <= 2200


def test_a_grid_shows_the_newest_commits_and_counts_the_jobs_it_leaves_out() -> None:
    made = grid.fitted(
        Grid("", commits(70), tuple(row(f"j{n}", "+" * 69 + "x", (68, 69)) for n in range(63)), hidden=4)
    )
    assert made.commits == commits(70)[10:]
    assert made.hidden == 7
    assert made.rows[0].marks[-1] is Mark.RED
    assert made.rows[0].suspects == (58, 59)


def test_a_range_that_lies_before_the_picture_is_not_marked() -> None:
    made = grid.fitted(Grid("", commits(70), (row("a", "x" * 70, (0, 5)),)))
    assert made.rows[0].suspects is None


def test_the_words_tell_what_the_picture_shows() -> None:
    made = Grid("Inductor", commits(5), (row("build", "++.xx", (2, 3)), row("lint", "+++~+")), hidden=3)
    assert grid.described(made) == (
        "Inductor: 2 jobs on 5 commits, 0000000 to 0000004. Suspects of 1 job: 0000002 to 0000003. "
        "build, newest first: 2 failed, 1 no result, 2 passed. "
        "lint, newest first: 1 passed, 1 failed, then passed, 3 passed. 3 more jobs."
    )


def test_the_suspect_range_is_drawn_in_its_colour_and_only_there() -> None:
    plain = opened(grid.draw(Grid("", commits(6), (row("a", "++xxxx"),)))).convert("RGB")
    framed = opened(grid.draw(Grid("", commits(6), (row("a", "++xxxx", (2, 2)),)))).convert("RGB")
    frame = [picture.quantize(palette=ruler()).histogram()[1] for picture in (plain, framed)]
    assert frame[0] < 50
    assert frame[1] > 500


def test_marks_differ_without_colour_in_lightness_and_in_shape() -> None:
    assert contrast(palette.FILL[Mark.GREEN], palette.FILL[Mark.RED]) >= 4
    for mark in Mark:
        assert contrast(palette.FILL[mark], palette.STROKE[mark]) >= 3
    grey = {mark: palette.tile(mark, 40).convert("L").point(lambda value: value // 128) for mark in Mark}
    assert len({picture.tobytes() for picture in grey.values()}) == 4


def test_letters_and_bars_stand_out_from_the_paper() -> None:
    for colour in (palette.INK, palette.SOFT, palette.RANGE):
        assert contrast(colour, palette.PAPER) >= 4.5
    for colour in palette.SERIES:
        assert contrast(colour, palette.PAPER) >= 3


@pytest.mark.parametrize("text", HOSTILE)
def test_text_becomes_one_line_of_letters_the_font_has(text: str) -> None:
    shown = palette.legible(text)
    assert "\n" not in shown
    assert palette.width(palette.clipped(text, 24, 300), 24) <= 300


def test_letters_with_marks_are_kept_or_lose_the_mark_and_others_are_question_marks() -> None:
    assert palette.legible("Inês Łódź")[:4] in {"Inês", "Ines"}
    assert palette.legible("日") == "?"


def test_a_name_too_long_loses_first_what_the_others_have_too() -> None:
    long = [f"linux-jammy-py3.10 / test ({config}, linux.g5.4xlarge.nvidia.gpu)" for config in ("cpp", "dynamo")]
    shown = labels.short(long, 24, 420)
    assert ["cpp" in shown[0], "dynamo" in shown[1]] == [True, True]
    assert not any("linux.g5" in one for one in shown)
    assert all(palette.width(one, 24) <= 420 for one in shown)


def test_short_names_stay_as_they_are() -> None:
    assert labels.short(["build", "lint"], 24, 400) == ["build", "lint"]


@given(st.floats(0, 1e9))
def test_the_axis_reaches_the_highest_figure_in_a_few_round_steps(highest: float) -> None:
    found = chart.ticks(highest)
    assert found[0] == 0
    assert found[-1] >= highest * (1 - 1e-9)
    assert 2 <= len(found) <= 7


def test_a_chart_in_words_has_every_figure() -> None:
    made = Chart("Red time", "h", ("5 Jan", "12 Jan"), (Series("inductor", (1.5, 0.0)), Series("lint", (math.nan,))))
    assert chart.described(made) == "Red time. inductor: 1.5 h 5 Jan, 0 h 12 Jan; lint: 0 h 5 Jan, 0 h 12 Jan."
