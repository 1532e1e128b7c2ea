"""Notices that many jobs of a trunk fail at once for reasons of the infrastructure, by what their logs say.

Logs are read beside the polling, some at a time, only while more jobs than `more_than` have begun to fail within a
few commits. What follows from it is decided by `inhibition` and `settle`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec
import structlog

from chatbot import inhibition
from chatbot.alert import Alert
from chatbot.ci import Job
from chatbot.config import Config, Infrastructure
from chatbot.errors import PermanentError, TransientError
from chatbot.evidence import Evidence
from chatbot.loglines import Explanation
from chatbot.sources import Source
from chatbot.store import Store
from chatbot.trunk import Cell, Change, Trunk
from chatbot.watch import Board, Broken, Verdict, Watch, conclude, look_at_all

log = structlog.get_logger("outages")

_LOGS = 40  # read of one group of jobs at the most
_MOST = 2_000  # explanations remembered, and questions that had no answer

Question = tuple[Job, str, Cell]


class Outages:
    """One trunk's infrastructure, judged by its jobs."""

    def __init__(self, store: Store, evidence: Evidence, *, config: Callable[[], Config]) -> None:
        """*config* is asked each time; where it names no channel for such an alert, there is none."""
        self._store = store
        self._evidence = evidence
        self._config = config
        self._board: Board | None = None
        self._settings: Infrastructure | None = None  # that the board was made with
        self._known: dict[tuple[Job, str], Explanation] = {}
        self._asked: set[tuple[Job, str]] = set()
        self._reading: asyncio.Task[None] | None = None
        self._alert: Alert | None = None
        self._looked = False
        self._waiting = False  # for logs: the next look may find more though nothing has changed

    def forget(self) -> None:
        """What is known of trunk may be wrong: look at all of it again."""
        self._board, self._looked = None, False

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def followed(self, alert: Alert | None) -> None:
        """This is what became of the alert."""
        self._alert, self._looked = alert, True

    async def judge(
        self, trunk: Trunk, change: Change, source: Source, *, now: datetime
    ) -> tuple[Watch, Verdict] | None:
        """What is to be settled after *change*; `None` where nothing is and no alert is open."""
        settings = self._config().infrastructure
        if not settings.team and not self._config().slack.fallback_channel:
            return None
        if self._board is None or self._board.trunk is not trunk or self._settings != settings:
            self._settings, self._board = settings, Board(inhibition.infrastructure_watch(trunk.id, settings), trunk)
        watch, is_open = self._board.watch, self._alert is not None and self._alert.open
        if self._looked and not (is_open or self._waiting or _tells(change)):
            return None
        red = self._board.update(change, now=now).broken
        group = inhibition.at_once(red, trunk, more_than=settings.more_than)
        self._waiting = bool(group)
        if self._looked and not (is_open or group):
            return None
        broken = {one.job: one for one in await self._by_infrastructure(group, trunk, source)}
        if self._alert is not None and is_open:
            broken |= {one.job: one for one in look_at_all([job.job for job in self._alert.broken], trunk)}
        return watch, conclude(watch, trunk, broken.values(), now=now)

    async def _by_infrastructure(self, group: Sequence[Broken], trunk: Trunk, source: Source) -> list[Broken]:
        """Those of *group* whose logs blame the infrastructure, as far as they have been read."""
        if not group:
            return []
        questions = [q for one in group if (q := _question(one, trunk)) is not None]
        await self._recall(trunk.id, questions)
        self._read_some(trunk.id, questions, source)
        return [one for one in group if (known := self._of(one)) is not None and known.infrastructure]

    def _of(self, one: Broken) -> Explanation | None:
        return self._known.get((one.job, one.first_failing or ""))

    async def _recall(self, trunk: str, questions: Iterable[Question]) -> None:
        """What alerts have found out about the same failures, or we before a restart."""
        wanted = [(job, sha, cell) for job, sha, cell in questions if (job, sha) not in self._known]
        if not wanted:
            return
        if max(len(self._known), len(self._asked)) > _MOST:
            self._known.clear()
            self._asked.clear()
        kept = await self._store.failures.read_many(trunk, sorted({sha for _, sha, _ in wanted}))
        for job, sha, cell in wanted:
            document = kept[sha].get(str(cell.job_id))
            if document is not None:
                self._known[job, sha] = msgspec.json.decode(document, type=Explanation)

    def _read_some(self, trunk: str, questions: Sequence[Question], source: Source) -> None:
        """Begin to read logs that nobody has read, beside what runs; each is tried once."""
        if self._reading is not None and not self._reading.done():
            return
        left = [q for q in questions[:_LOGS] if q[:2] not in self._known and q[:2] not in self._asked]
        if left:
            self._reading = asyncio.get_running_loop().create_task(self._read(trunk, left, source))

    async def _read(self, trunk: str, questions: Sequence[Question], source: Source) -> None:
        for job, sha, cell in questions:
            self._asked.add((job, sha))
            try:
                found = await self._evidence.explanation(trunk, job, sha, cell, source)
            except (TransientError, PermanentError) as error:
                log.warning("log_not_read", trunk=trunk, job=str(job), reason=str(error))
                continue
            if found is not None:
                self._known[job, sha] = found


def _tells(change: Change) -> bool:
    """Whether *change* can make another job red, or one green."""
    return bool(change.jobs or change.removed or change.rewritten)


def _question(one: Broken, trunk: Trunk) -> Question | None:
    """The log that says why *one* began to fail."""
    sha = one.first_failing or ""
    failed = (c for c in trunk.cells(one.job, sha) if c.conclusion is not None and c.conclusion.failed)
    cell = next(failed, None)
    return None if cell is None else (one.job, sha, cell)
