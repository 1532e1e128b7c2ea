"""Limits of the blocks that hold running text, tables and charts.

https://docs.slack.dev/reference/block-kit/blocks (table, data_table, data_visualization, rich_text)
"""

from __future__ import annotations

from chatbot.sandbox.slack.limits.problems import Part

_CELLS = frozenset({"raw_text", "raw_number", "rich_text"})
_ELEMENTS = frozenset({"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"})
_INLINE = frozenset({
    "text", "link", "user", "usergroup", "channel", "broadcast", "emoji", "date", "color", "team",
})  # fmt: skip
_CHARTS = ("line", "bar", "area", "pie")
_COLUMNS = 20


def rich_text(part: Part) -> None:
    """Sections, lists, quotes and code made of inline elements."""
    part.only(("type", "block_id", "elements"))
    if part.need("elements"):
        for inner in part.items("elements", 1000, least=0):
            _rich_element(inner)


def _rich_element(part: Part) -> None:
    if part.type not in _ELEMENTS:
        part.complain(f"unsupported type: {part.type or 'missing'}", "type", "unsupported_type")
        return
    if not part.need("elements"):
        return
    for inner in part.items("elements", 1000, least=0):
        if part.type == "rich_text_list":
            _rich_element(inner)
        elif inner.type not in _INLINE:
            inner.complain(f"unsupported type: {inner.type or 'missing'}", "type", "unsupported_type")
        elif inner.type == "text" and inner.need("text"):
            inner.string("text", 3000, least=1)
        elif inner.type == "link":
            inner.need("url")


def table(part: Part) -> None:
    """At most 100 rows of 20 cells."""
    part.only(("type", "block_id", "rows", "column_settings"))
    if part.need("rows"):
        _rows(part, 100, least=1)
    part.items("column_settings", _COLUMNS, least=0)


def data_table(part: Part) -> None:
    """At most 100 rows under a header, every row as wide as the header."""
    part.only(("type", "block_id", "rows", "caption", "page_size", "row_header_column_index"))
    if part.need("rows", "caption"):
        widths = _rows(part, 101, least=2)
        if len(set(widths)) > 1:
            part.complain("all rows must have the same number of cells", "rows")
    part.range("page_size", 1, 100)


def _rows(part: Part, most: int, *, least: int) -> list[int]:
    rows = part.value.get("rows")
    if not isinstance(rows, list):
        part.complain("must provide an array", "rows")
        return []
    if not least <= len(rows) <= most:
        wrong = f"no more than {most} items allowed" if len(rows) > most else f"no fewer than {least} items allowed"
        part.complain(wrong, "rows")
    for number, row in enumerate(rows):
        _row(part, number, row)
    return [len(row) for row in rows if isinstance(row, list)]


def _row(part: Part, number: int, row: object) -> None:
    pointer = f"rows/{number}"
    if not isinstance(row, list):
        part.complain("must provide an array", pointer)
        return
    if not 1 <= len(row) <= _COLUMNS:
        part.complain(f"no more than {_COLUMNS} items allowed" if row else "no fewer than 1 items allowed", pointer)
    for column, cell in enumerate(row):
        inner = Part(cell, f"{part.pointer}/{pointer}/{column}", part.problems)
        if inner.is_object and inner.type not in _CELLS:
            inner.complain(f"unsupported type: {inner.type or 'missing'}", "type", "unsupported_type")
        elif inner.type == "rich_text":
            rich_text(inner)
        elif inner.type == "raw_text" and inner.need("text"):
            inner.string("text", 3000, least=1)


def data_visualization(part: Part) -> None:
    """A chart of at most 6 series of 20 points over the same labels, or a pie of at most 6 segments."""
    part.only(("type", "block_id", "title", "chart"))
    if not part.need("title", "chart"):
        return
    part.string("title", 50, least=1)
    chart = part.part("chart")
    if chart is None or not chart.need("type"):
        return
    chart.one_of("type", _CHARTS)
    if chart.type == "pie":
        if chart.need("segments"):
            _points(chart, "segments", 6)
    elif chart.need("series", "axis_config"):
        _series(chart)


def _series(chart: Part) -> None:
    axis = chart.part("axis_config")
    categories = axis.value.get("categories") if axis is not None else None
    for series in chart.items("series", 6):
        if not series.need("name", "data"):
            continue
        series.string("name", 20, least=1)
        labels = _points(series, "data", 20)
        if categories is not None and labels != categories:
            series.complain("labels must match axis_config.categories", "data")


def _points(part: Part, name: str, most: int) -> list[object]:
    points = part.items(name, most)
    for point in points:
        if point.need("label", "value"):
            point.string("label", 20, least=1)
        if not isinstance(point.value.get("value"), (int, float)):
            point.complain("must provide a number", "value")
    return [point.value.get("label") for point in points]
