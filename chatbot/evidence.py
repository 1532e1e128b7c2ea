"""Gathers what an alert needs to name suspects: files of the candidate commits, logs of the failing jobs.

Asked for only while an alert needs it, read once, and kept in the store. The alert is posted before any
of this is known and edited when it is. What cannot be had (an expired log, a source that is down) makes
the answer poorer and never stops the alert. The judging is in `inquiry`, `suspects` and `loglines`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
import structlog

from chatbot import inquiry
from chatbot.alert import Alert, Group
from chatbot.ci import Attempt, ChangedFile, Conclusion, Job, Status
from chatbot.config import WatchConfig
from chatbot.delivery import Delivery
from chatbot.errors import PermanentError, TransientError
from chatbot.loglines import Classifier, Explanation, Rules
from chatbot.sources import Source
from chatbot.store import Lease, Store
from chatbot.suspects import Model, rank
from chatbot.trunk import Cell, Trunk

log = structlog.get_logger("evidence")

_FILES, _LOGS = 60, 8  # commits and logs read for one alert at the most
_FILES_TYPE = tuple[ChangedFile, ...]


class Evidence:
    """One inquiry at a time for each alert; asking again while one runs starts another afterwards."""

    def __init__(
        self, store: Store, delivery: Delivery, *, rules: Callable[[], Rules], now: Callable[[], datetime]
    ) -> None:
        """*rules* are asked each time: the configuration may add to them."""
        self._store = store
        self._delivery = delivery
        self._rules = rules
        self._now = now
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, Callable[[], None]] = {}

    def wanted(self, alert: Alert, watch: WatchConfig, trunk: Trunk, source: Source, lease: Lease) -> None:
        """Find out more about *alert* beside what runs, and edit it when there is an answer."""

        def begin() -> None:
            work = self._inquire(alert.id, watch, trunk, source, lease)
            task = asyncio.get_running_loop().create_task(work, name=f"inquire {alert.id}")
            self._running[alert.id] = task
            task.add_done_callback(lambda _: self._done(alert.id))

        if alert.id in self._running:
            self._again[alert.id] = begin
        else:
            begin()

    def _done(self, alert_id: str) -> None:
        self._running.pop(alert_id, None)
        again = self._again.pop(alert_id, None)
        if again is not None:
            again()

    async def close(self) -> None:
        """Stop asking."""
        self._again.clear()
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _inquire(self, alert_id: str, watch: WatchConfig, trunk: Trunk, source: Source, lease: Lease) -> None:
        try:
            alert = await self._store.alerts.get(alert_id)
            if alert is None or not alert.open:
                return
            explained = await self._explain(alert, trunk, source)
            if explained:
                _, alert = await self._store.alerts.change(
                    alert_id, lambda a: inquiry.with_failures(a, explained, at=self._now()), lease=lease
                )
            model = await self._model(trunk.id)
            answers = [await self._rank(group, alert, watch, trunk, source, model) for group in alert.groups]
            before, after = await self._store.alerts.change(
                alert_id, lambda a: inquiry.with_answers(a, answers, at=self._now()), lease=lease
            )
            if explained or before != after:
                self._delivery.nudge(alert_id)
        except (TransientError, PermanentError) as error:
            log.warning("inquiry_failed", alert=alert_id, reason=str(error))

    async def _rank(
        self, group: Group, alert: Alert, watch: WatchConfig, trunk: Trunk, source: Source, model: Model
    ) -> Group:
        last_green = group.last_green.sha if group.last_green else None
        shas = [c.sha for c in trunk.between(last_green, group.first_failing.sha if group.first_failing else "")]
        files = await self._files(trunk.id, shas[-_FILES:], source)
        case = inquiry.case_of(group, alert, trunk, files=files, paths=watch.paths)
        return inquiry.answered(group, rank(case, model), trunk)

    async def _model(self, trunk: str) -> Model:
        kept = await self._store.models.get(trunk)
        return Model.from_json(kept.document) if kept.document else Model()

    # ---- files

    async def _files(self, trunk: str, shas: Sequence[str], source: Source) -> dict[str, Sequence[ChangedFile]]:
        """The files of each of *shas*, from the store or else the source; what cannot be had is missing."""
        known = await self._store.files.get_many(trunk, shas)
        found: dict[str, Sequence[ChangedFile]] = {
            sha: msgspec.json.decode(document, type=_FILES_TYPE) for sha, document in known.items()
        }
        for sha in shas:
            if sha not in found:
                try:
                    found[sha] = await source.files(sha)
                except (TransientError, PermanentError) as error:
                    log.warning("files_not_read", trunk=trunk, sha=sha, reason=str(error))
                    continue
                await self._store.files.put(trunk, sha, msgspec.json.encode(tuple(found[sha])[:500]))
        return found

    # ---- logs

    async def _explain(self, alert: Alert, trunk: Trunk, source: Source) -> dict[Job, Explanation]:
        """Why the jobs of *alert* failed that have no explanation yet."""
        explained = {}
        for job, sha, cell in inquiry.unexplained(alert, trunk, at_most=_LOGS):
            found = await self._explanation(trunk.id, job, sha, cell, source)
            if found is not None:
                explained[job] = found
        return explained

    async def _explanation(self, trunk: str, job: Job, sha: str, cell: Cell, source: Source) -> Explanation | None:
        key = str(cell.job_id)
        kept = (await self._store.failures.read(trunk, sha)).get(key)
        if kept is not None:
            return msgspec.json.decode(kept, type=Explanation)
        found = _told(cell) or await self._read(job, sha, cell, source)
        if found is not None:
            await self._store.failures.write(trunk, {key: msgspec.json.encode(found)}, sha)
        return found

    async def _read(self, job: Job, sha: str, cell: Cell, source: Source) -> Explanation | None:
        """The log's explaining line, `None` where the log cannot be had now."""
        attempt = Attempt(
            sha, job.workflow, cell.shard, cell.run_id, cell.job_id, cell.attempt, Status.COMPLETED, Conclusion.FAILURE
        )
        classifier = Classifier(self._rules())
        try:
            async for chunk in source.log(attempt):
                classifier.feed(chunk)
                await asyncio.sleep(0)  # a log of many megabytes must not hold up the people
        except TransientError as error:
            log.warning("log_not_read", job=str(job), sha=sha, reason=str(error))
            return None
        except PermanentError as error:
            log.info("log_gone", job=str(job), sha=sha, reason=str(error))
            return Explanation()
        return classifier.finish()


def _told(cell: Cell) -> Explanation | None:
    """What the source itself said of the failure, as some do."""
    failure = cell.failure
    if failure is None or failure.line is None:
        return None
    return Explanation(line=failure.line, line_number=failure.line_number, tests=failure.tests)
