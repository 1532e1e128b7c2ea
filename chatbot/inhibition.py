"""What keeps a watch quiet: another watch's open alert, or one about the infrastructure; and alerts that are alike.

Pure. Only how it stands now decides; what is to be done about it is `settle`'s matter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from chatbot.alert import INFRASTRUCTURE, Alert, Entry, Kind, Suspect
from chatbot.authors import known_favourite
from chatbot.config import Infrastructure, WatchConfig, When
from chatbot.escalation import may_speak
from chatbot.trunk import Trunk
from chatbot.watch import Broken, Verdict, Watch


def in_order(watches: Sequence[WatchConfig]) -> list[WatchConfig]:
    """*watches* such that what keeps others quiet is looked at before them; otherwise as they were."""
    by_name = {watch.id: watch for watch in watches}
    ordered: dict[str, WatchConfig] = {}

    def add(watch: WatchConfig, above: frozenset[str]) -> None:
        for name in watch.inhibited_by:
            if name in by_name and name not in above:
                add(by_name[name], above | {name})
        ordered.setdefault(watch.id, watch)

    for watch in watches:
        add(watch, frozenset((watch.id,)))
    return list(ordered.values())


def inhibitors(watch: WatchConfig, verdict: Verdict, alerts: Mapping[str, Alert]) -> tuple[str, ...]:
    """Which of *alerts* (by watch) keep *watch* quiet, by the names of their watches.

    One about the infrastructure does so only where it explains every job that is broken: a job that broke for a
    reason of its own is worth an alert at any time.
    """
    names = [name for name in watch.inhibited_by if name in alerts and alerts[name].open]
    about = INFRASTRUCTURE + watch.trunk
    general = alerts.get(about)
    if general is not None and general.open and verdict.broken:
        explained = {job.job for job in general.broken}
        names += [about] if all(broken.job in explained for broken in verdict.broken) else []
    return tuple(names)


def watched(watch: WatchConfig) -> tuple[str, ...]:
    """The watches whose open alerts may keep *watch* quiet."""
    return (*watch.inhibited_by, INFRASTRUCTURE + watch.trunk)


def alike(alert: Alert, others: Collection[Alert], titles: Mapping[str, str], *, now: datetime) -> Iterator[Entry]:
    """For each of *others* whose likeliest suspect is the same as one of *alert*'s: a line that links it.

    Those that sleep or are kept quiet neither say nor hear of it; one whose thread has no address yet is linked later.
    """
    mine = favourites(alert)
    if not mine or not may_speak(alert) or alert.of_infrastructure:
        return
    known = {entry.id for entry in alert.entries}
    for other in others:
        if other.id == alert.id or not may_speak(other) or other.delivery.link is None:
            continue
        same = next((sha for sha in favourites(other) if sha in mine), None)
        name = f"alike:{other.id}"
        if same is not None and name not in known:
            title = titles.get(other.watch, other.watch)
            suspect = mine[same]
            yield Entry(name, Kind.SAME_SUSPECT, now, suspect=suspect, note=title, link=other.delivery.link)


def favourites(alert: Alert) -> dict[str, Suspect]:
    """The commits that people were told are the likeliest, of each range, by sha."""
    found = (known_favourite(group) for group in alert.groups)
    return {one.commit.sha: one for one in found if one is not None}


# ---- what no commit did

AT_ONCE = 3
"""Commits of trunk within which jobs have to begin to fail to have begun at once: CI does not run all jobs on each."""


def infrastructure_watch(trunk: str, settings: Infrastructure) -> Watch:
    """The built-in watch for what no commit of *trunk* did: every job, from its first failure on."""
    config = WatchConfig(
        id="infrastructure",
        title=f"Infrastructure of {trunk}: more than {settings.more_than} jobs fail at once, not by a commit",
        trunk=trunk,
        priority=settings.priority,
        when=When(consecutive_commits=1, failing_jobs=settings.more_than + 1),
    )
    watch = Watch(config.model_copy(update={"team": settings.team or ""}))
    watch.id = INFRASTRUCTURE + trunk
    return watch


def at_once(broken: Iterable[Broken], trunk: Trunk, *, more_than: int) -> tuple[Broken, ...]:
    """Of *broken* the newest that were green and began to fail within a few commits, if they are more than that."""
    begun = sorted(
        ((trunk.position(one.first_failing) or 0, one) for one in broken if one.first_failing and one.last_green),
        key=lambda pair: (-pair[0], pair[1].job),
    )
    end = 0
    for start, (newest, _) in enumerate(begun):
        while end < len(begun) and newest - begun[end][0] < AT_ONCE:
            end += 1
        if end - start > more_than:
            return tuple(one for _, one in begun[start:end])
    return ()
