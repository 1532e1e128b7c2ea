"""A week of trunk in figures: how long each watch was red, how fast people were, who broke it, what flakes. Pure.

Every figure stands beside that of the stretch before, which is as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from msgspec import Struct

from chatbot.alert import Alert, Seen
from chatbot.flakes import Flake, ranking
from chatbot.spells import Spell, red, spells, to_acknowledge, to_resolve

WEEK = timedelta(weeks=1)
WEEKS = 8
"""Weeks of the chart."""
BREAKERS, FLAKES = 5, 5
_LIKELY = 0.6  # a suspect below that is not called a breaker


class Figures(Struct, frozen=True):
    """One stretch of time: how long red, in how many spells, and the medians of taking and resolving them."""

    red: timedelta = timedelta()
    spells: int = 0
    untaken: int = 0
    acknowledge: timedelta | None = None
    resolve: timedelta | None = None


class Watched(Struct, frozen=True):
    """A watch's figures, those of the stretch before, and its hours red in each of the last weeks, oldest first."""

    watch: str
    now: Figures
    before: Figures
    weeks: tuple[float, ...]


class Breaker(Struct, frozen=True):
    """A commit that broke something, for how long, and how many jobs. `certain`: a person or a revert says so."""

    commit: Seen
    trunk: str
    red: timedelta
    jobs: int
    watches: tuple[str, ...]
    certain: bool


class Flaky(Struct, frozen=True):
    """A flaky job and the rate it had when the digest before was made, where that is known."""

    flake: Flake
    before: float | None = None


class Digest(Struct, frozen=True):
    """What a digest tells, of the time from `begin` to `end`."""

    begin: datetime
    end: datetime
    watches: tuple[Watched, ...]
    total: Figures
    total_before: Figures
    breakers: tuple[Breaker, ...] = ()
    flaky: tuple[Flaky, ...] = ()
    weeks: tuple[datetime, ...] = ()

    @property
    def quiet(self) -> bool:
        """Whether nothing was red."""
        return not self.total.spells and not self.total.red


def horizon(end: datetime, length: timedelta) -> datetime:
    """How far back alerts are needed."""
    return end - max(2 * length, WEEKS * WEEK)


def digest(
    alerts: Mapping[str, Sequence[Alert]],
    flaky: Sequence[Flake] = (),
    *,
    end: datetime,
    length: timedelta = WEEK,
    rates: Mapping[str, float] | None = None,
) -> Digest:
    """The digest of the *length* of time before *end*. *alerts* are by watch, *rates* what flaked how much before."""
    begin = end - length
    by_watch = {watch: [spell for alert in some for spell in spells(alert)] for watch, some in alerts.items()}
    weeks = tuple(end - WEEK * (WEEKS - number) for number in range(WEEKS))
    watched = [
        Watched(
            watch=watch,
            now=_figures(some, begin, end),
            before=_figures(some, begin - length, begin),
            weeks=tuple(_hours(red(some, begin=week, end=week + WEEK)) for week in weeks),
        )
        for watch, some in by_watch.items()
    ]
    return Digest(
        begin=begin,
        end=end,
        watches=tuple(sorted(watched, key=lambda one: (-one.now.red, -one.before.red, one.watch))),
        total=_total(by_watch, begin, end),
        total_before=_total(by_watch, begin - length, begin),
        breakers=breakers(alerts, begin=begin, end=end)[:BREAKERS],
        flaky=tuple(Flaky(one, (rates or {}).get(named(one))) for one in sorted(flaky, key=ranking)[:FLAKES]),
        weeks=weeks,
    )


def named(flake: Flake) -> str:
    """A flaky job's name among those of all trunks."""
    return f"{flake.trunk}\0{flake.job.workflow}\0{flake.job.name}"


def _figures(some: Sequence[Spell], begin: datetime, end: datetime) -> Figures:
    begun = [spell for spell in some if begin <= spell.begin < end]
    return Figures(
        red=red(some, begin=begin, end=end),
        spells=len(begun),
        untaken=sum(spell.taken is None for spell in begun),
        acknowledge=to_acknowledge(some, begin=begin, end=end),
        resolve=to_resolve(some, begin=begin, end=end),
    )


def _total(by_watch: Mapping[str, Sequence[Spell]], begin: datetime, end: datetime) -> Figures:
    """All watches together; time in which several were red counts once."""
    return _figures([spell for some in by_watch.values() for spell in some], begin, end)


def _hours(length: timedelta) -> float:
    return round(length / timedelta(hours=1), 3)


def breakers(alerts: Mapping[str, Sequence[Alert]], *, begin: datetime, end: datetime) -> tuple[Breaker, ...]:
    """Commits that broke something that was red between *begin* and *end*, the longest red first."""
    found = [one for some in alerts.values() for alert in some for one in _of(alert, begin, end)]
    found.sort(key=lambda one: one.commit.sha)
    merged = [_merged(list(same)) for _, same in groupby(found, key=lambda one: one.commit.sha)]
    return tuple(sorted(merged, key=lambda one: (-one.red, -one.jobs, one.commit.sha)))


def _of(alert: Alert, begin: datetime, end: datetime) -> list[Breaker]:
    """Who broke the jobs of *alert*: the known culprits, else whoever is likely enough."""
    lasted = red(spells(alert), begin=begin, end=end)
    if not lasted:
        return []
    known = [(culprit.commit, len(culprit.jobs), True) for culprit in alert.culprits]
    done = {job for culprit in alert.culprits for job in culprit.jobs}
    likely = [
        (group.suspects[0].commit, len(group.jobs), False)
        for group in alert.groups
        if group.named and group.suspects and not done & set(group.jobs)
        and (group.suspects[0].probability or 0.0) >= _LIKELY
    ]  # fmt: skip
    return [Breaker(commit, alert.trunk, lasted, jobs, (alert.watch,), sure) for commit, jobs, sure in known + likely]


def _merged(same: Sequence[Breaker]) -> Breaker:
    """One commit that broke several watches: red for as long as the longest."""
    return Breaker(
        commit=same[0].commit,
        trunk=same[0].trunk,
        red=max(one.red for one in same),
        jobs=max(one.jobs for one in same),
        watches=tuple(sorted({watch for one in same for watch in one.watches})),
        certain=any(one.certain for one in same),
    )
