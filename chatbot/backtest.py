"""Replays a recording through the watches: which alerts would have fired, when, and over whom.

With the recording's clock. Lines with the same `at` are one moment; after each moment the watches that it can
have changed are evaluated. Pure: it reads no file, and its memory is bounded by the windows, not by the recording.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from chatbot import window
from chatbot.ci import Job
from chatbot.config import Config, TrunkConfig
from chatbot.errors import ConfigError
from chatbot.recording import Recorded, RecordedCommit, RecordedJob
from chatbot.sweep import Figures, Setting, figures
from chatbot.trial import Fired, FiredJob, FiredSuspect, Trial
from chatbot.trunk import Change
from chatbot.watch import Watch

__all__ = ["Backtest", "Fired", "FiredJob", "FiredSuspect"]

_TELL = 1000  # lines between two signs of life: often enough for a progress bar
_NO_CELLS: frozenset[tuple[str, str]] = frozenset()


class Followed:
    """One trunk with the trials that follow it: the rules as configured first, then those of a sweep."""

    def __init__(self, config: TrunkConfig, trials: Iterable[Sequence[Watch]]) -> None:
        self.trunk = window.empty(config)
        self.trials = [Trial(self.trunk, watches) for watches in trials]
        self._timed = any(trial.timed for trial in self.trials)
        self._changed: set[Job] = set()
        self._added: tuple[str, ...] = ()
        self._early: list[RecordedJob] = []  # of this moment, whose commit may still come in it

    def take(self, line: Recorded) -> bool:
        """Take in one line of a moment; whether the moment has to be judged because of it."""
        if isinstance(line, RecordedCommit):
            added, _ = self.trunk.extend((line,))
            self._added += added
            return True
        jobs, news = self.trunk.record(line)
        if jobs:
            self._changed.update(jobs)
            return True
        if not news and line.sha not in self.trunk:
            self._early.append(line)
            return True
        return self._timed

    def judge(self, at: datetime) -> None:
        """The moment is over: let the alerts follow it."""
        for line in self._early if self._added else ():
            self._changed.update(self.trunk.record(line)[0])
        if self._changed or self._added or self._timed:
            change = Change(frozenset(self._changed), _NO_CELLS, self._added)
            for trial in self.trials:
                trial.follow(change, at=at)
        self._changed.clear()
        self._early.clear()
        self._added = ()


class Backtest:
    """A configuration and how far its trunks have been replayed; *settings* are other rules to be tried beside it."""

    def __init__(self, config: Config, *, settings: Sequence[Setting] = ()) -> None:
        self._settings = settings
        watches = defaultdict(list)
        for watch in config.watches:
            watches[watch.trunk].append(watch)
        self._trunks = {
            trunk.id: Followed(
                trunk,
                [
                    [Watch(setting.applied(watch) if setting else watch) for watch in watches[trunk.id]]
                    for setting in (None, *settings)
                ],
            )
            for trunk in config.trunks
        }
        self.lines = 0

    def replay(self, records: Iterable[Recorded]) -> Iterator[int]:
        """Take in *records*, moment after moment; yields how many lines were taken, now and then.

        Raises:
            ConfigError: a line speaks of a trunk that is not configured.
        """
        told = 0
        at: datetime | None = None
        judged: set[Followed] = set()
        for line in records:
            if at is not None and line.at != at:
                for followed in judged:
                    followed.judge(at)
                judged.clear()
                if self.lines - told >= _TELL:
                    yield self.lines - told
                    told = self.lines
            at = line.at
            self.lines += 1
            followed = self._trunks.get(line.trunk) or self._unknown(line.trunk)
            if followed.take(line):
                judged.add(followed)
        if at is not None:
            for followed in judged:
                followed.judge(at)
        yield self.lines - told

    def _unknown(self, trunk: str) -> Followed:
        known = ", ".join(self._trunks)
        raise ConfigError(
            f"the recording speaks of a trunk {trunk!r}; the configuration knows {known}. "
            "Set the trunk's `id` to the name in the recording."
        )

    @property
    def fired(self) -> list[Fired]:
        """The alerts so far, in the order in which they opened."""
        every = (fired for followed in self._trunks.values() for fired in followed.trials[0].fired.values())
        return sorted(every, key=lambda fired: (fired.opened_at, fired.watch))

    @property
    def swept(self) -> list[Figures]:
        """What the rules as configured came to, then those of each setting."""
        return [
            figures(setting, [followed.trials[place] for followed in self._trunks.values()])
            for place, setting in enumerate((None, *self._settings))
        ]
