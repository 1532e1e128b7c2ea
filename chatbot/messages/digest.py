"""A week of trunk in words, and its chart in Slack's own form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chatbot.digest import WEEK, Breaker, Digest, Figures, Flaky, Watched
from chatbot.links import Links
from chatbot.messages import flaky, words
from chatbot.messages.blocks import Block, Lines, Payload, context, lines, raw, section
from chatbot.messages.dates import DAY, date, span
from chatbot.messages.escape import Text, Untrusted, cleaned, escape, mrkdwn
from chatbot.pictures.chart import MOST_SERIES, Chart, Series

NOTHING = Text("")
_WATCHES = 12
_NAME, _TITLE = 20, 50  # characters that Slack takes in a chart
_HOURS_FROM = 2.0
_SECOND_AT_LEAST = timedelta(minutes=1)


def digest(found: Digest, links: Mapping[str, Links], *, about: str, chart: Block | None = None) -> Payload:
    """*found* as one message. *about* says whose week it is, *links* are by trunk, *chart* is the red time's."""
    text = _summary(found)
    blocks: list[Block | Lines] = [section(mrkdwn("*{title}*\n{text}", title=_title(found, about), text=text))]
    busy = [one for one in found.watches if one.now.spells or one.now.red or one.before.red]
    shown = [_watch(one) for one in busy[:_WATCHES]]
    told: list[Text] = [*shown]
    if shown:
        blocks.append(lines(shown, title=mrkdwn("*Watches*"), hidden=len(busy) - len(shown)))
    if chart is not None:
        blocks.append(chart)
    for title, some in (
        ("Who broke it", [_breaker(one, links) for one in found.breakers]),
        ("Flakiest jobs", [_flaky(one, links) for one in found.flaky]),
    ):
        if some:
            blocks.append(lines(some, title=mrkdwn("*{title}*", title=title)))
            told += some
    if chart is None and any(hours for one in found.watches for hours in one.weeks):
        blocks.append(context(_weeks(found)))
    told.append(_weeks(found))
    return Payload(text=mrkdwn("\n").joined([_title(found, about), text, *told]), blocks=tuple(blocks))


def _title(found: Digest, about: str) -> Text:
    begin, end = date(found.begin, DAY), date(found.end, DAY)
    return mrkdwn("{about}, {begin} to {end}", about=escape(Untrusted(about), limit=150), begin=begin, end=end)


def _before(found: Digest) -> str:
    length = found.end - found.begin
    return "the week before" if length == WEEK else f"the {span(length)} before"


def _summary(found: Digest) -> Text:
    before = _before(found)
    if found.quiet:
        red = f"was red for {words.lasted(found.total_before.red)}" if found.total_before.red else "was as quiet"
        return mrkdwn("{kind}", kind=f"Nothing was red all that time, thank you all. {before.capitalize()} {red}.")
    return mrkdwn("{figures}.", figures=_figures(found.total, found.total_before, before))


def _figures(now: Figures, before: Figures, called: str) -> str:
    """`Red for 5 h (the week before 2 h), 3 alerts, acknowledged in 12 min (20 min), resolved in 2 h (3 h)`."""
    parts = [f"Red for {words.lasted(now.red)} ({called} {words.lasted(before.red)})"]
    parts.append(f"{words.counted(now.spells, 'alert')} ({before.spells})")
    if now.acknowledge is not None or before.acknowledge is not None:
        parts.append(f"acknowledged in {_span(now.acknowledge)} ({_span(before.acknowledge)})")
    if now.untaken:
        parts.append(f"{now.untaken} not acknowledged")
    if now.resolve is not None or before.resolve is not None:
        parts.append(f"resolved in {_span(now.resolve)} ({_span(before.resolve)})")
    return ", ".join(parts)


def _span(length: timedelta | None) -> str:
    if length is None:
        return "-"
    return "under a minute" if length < _SECOND_AT_LEAST else span(length)


def _watch(one: Watched) -> Text:
    figures = _figures(one.now, one.before, "before")
    return mrkdwn("• *{watch}* · {figures}", watch=one.watch, figures=figures[0].lower() + figures[1:])


def _breaker(one: Breaker, links: Mapping[str, Links]) -> Text:
    return mrkdwn(
        "• {commit}\n      {how} {jobs} of {watches} red for {red}",
        commit=words.commit(one.commit, links.get(one.trunk, Links()), title=70),
        how="turned" if one.certain else "probably turned",
        jobs=words.counted(one.jobs, "job"),
        watches=", ".join(one.watches),
        red=words.lasted(one.red),
    )


def _flaky(one: Flaky, links: Mapping[str, Links]) -> Text:
    said = flaky.line(one.flake, links.get(one.flake.trunk, Links()))
    if one.before is None:
        return said
    return mrkdwn("{said}; at the digest before {rate}", said=said, rate=f"{one.before:.1%}")


def _weeks(found: Digest) -> Text:
    """The chart in words."""
    drawn = chart(found)
    if drawn is None:
        return NOTHING
    told = [f"{one.name} {', '.join(f'{value:g}' for value in one.values)}" for one in drawn.series]
    unit = drawn.unit.capitalize()
    return mrkdwn("{unit} red in each of the last weeks, oldest first · {told}", unit=unit, told=" · ".join(told))


def charted(found: Digest) -> Sequence[Watched]:
    """The watches of the chart: those that were red longest, the others as one where they are too many."""
    busy = sorted((one for one in found.watches if any(one.weeks)), key=lambda one: (-sum(one.weeks), one.watch))
    if len(busy) <= MOST_SERIES:
        return busy
    rest = busy[MOST_SERIES - 1 :]
    weeks = tuple(round(sum(hours), 2) for hours in zip(*(one.weeks for one in rest), strict=True))
    return [*busy[: MOST_SERIES - 1], Watched("all others", Figures(), Figures(), weeks)]


def chart(found: Digest) -> Chart | None:
    """Red time by week, for the picture; `None` where nothing was red for weeks. Little time is told in minutes."""
    some = charted(found)
    if not some:
        return None
    labels = tuple(_label(week) for week in found.weeks)
    unit, times = ("hours", 1) if max(max(one.weeks) for one in some) >= _HOURS_FROM else ("minutes", 60)
    series = tuple(Series(one.watch, tuple(round(hours * times, 1) for hours in one.weeks)) for one in some)
    return Chart("Red time per week", unit, labels, series)


def native(found: Digest) -> Block | None:
    """The same as Slack's `data_visualization`, whose series need names of their own of up to 20 characters."""
    drawn = chart(found)
    if drawn is None:
        return None
    series: list[dict[str, Any]] = []
    for number, one in enumerate(drawn.series, 1):
        name = cleaned(one.name, limit=_NAME)
        if name in {other["name"] for other in series}:
            name = f"{cleaned(one.name, limit=_NAME - 3)} {number}"
        points = [{"label": label, "value": value} for label, value in zip(drawn.labels, one.values, strict=True)]
        series.append({"name": name, "data": points})
    axis = {"categories": list(drawn.labels), "x_label": "Week from", "y_label": drawn.unit.capitalize()}
    return raw(
        {
            "type": "data_visualization",
            "title": drawn.title[:_TITLE],
            "chart": {"type": "bar", "series": series, "axis_config": axis},
        }
    )


def _label(week: datetime) -> str:
    return f"{week.day} {week:%b}"
