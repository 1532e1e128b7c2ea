"""Gathers what an alert needs to name suspects: files of the candidate commits, logs of the failing jobs.

Asked for only while an alert needs it, read once, and kept in the store. The alert is posted before any
of this is known and edited when it is. What cannot be had (an expired log, a source that is down) makes
the answer poorer and never stops the alert. The judging is in `inquiry`, `suspects` and `loglines`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from weakref import WeakValueDictionary

import msgspec
import structlog

from chatbot import inquiry, suspects
from chatbot.alert import Alert, Culprit, Group
from chatbot.ci import Attempt, ChangedFile, Conclusion, Job, Status
from chatbot.config import WatchConfig
from chatbot.delivery import Delivery
from chatbot.errors import PermanentError, TransientError
from chatbot.inquiry import Answer
from chatbot.learning import Learning
from chatbot.loglines import Classifier, Explanation, Rules, classify, fingerprint
from chatbot.sources import Source
from chatbot.store import Lease, Store
from chatbot.suspects import Case
from chatbot.trunk import Cell, Trunk

log = structlog.get_logger("evidence")

_FILES, _LOGS = 60, 8  # commits and logs read for one alert at the most
_MOST_FILES = 500  # of one commit that are kept
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
        self._learning = Learning(store)
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
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
            if alert is not None and alert.open:
                alert = await self._find_out(alert, watch, trunk, source, lease)
            for culprit in alert.culprits if alert is not None else ():
                if alert is not None and not culprit.taught:
                    await self._teach(alert, culprit, watch, trunk, source, lease)
        except (TransientError, PermanentError) as error:
            log.warning("inquiry_failed", alert=alert_id, reason=str(error))

    async def _find_out(self, alert: Alert, watch: WatchConfig, trunk: Trunk, source: Source, lease: Lease) -> Alert:
        """Explain and rank what *alert* holds; the alert with the answers."""
        explained = await self._explain(alert, trunk, source)
        if explained:
            _, alert = await self._store.alerts.change(
                alert.id, lambda a: inquiry.with_failures(a, explained, at=self._now()), lease=lease
            )
        model = await self._learning.model(trunk.id)
        cases = [await self._case(group, alert, watch, trunk, source) for group in alert.groups]
        ranked = [await asyncio.to_thread(suspects.rank, case, model) for case in cases]  # 50 ms for 200 x 30 outcomes
        answers = [
            Answer(inquiry.answered(group, ranking, trunk), settled=_complete(case) and inquiry.explained(alert, group))
            for group, case, ranking in zip(alert.groups, cases, ranked, strict=True)
        ]
        before, after = await self._store.alerts.change(
            alert.id, lambda a: inquiry.with_answers(a, answers, at=self._now()), lease=lease
        )
        if explained or before != after:
            self._delivery.nudge(alert.id)
        seen = {c.sha: c for case in cases for c in case.commits if c.files is not None}
        if seen:
            await self._learning.observe(trunk.id, list(seen.values()))
        return after

    async def _case(self, group: Group, alert: Alert, watch: WatchConfig, trunk: Trunk, source: Source) -> Case:
        shas = [commit.sha for commit in inquiry.range_of(group, trunk)]
        files = await self._files(trunk.id, shas[-_FILES:], source)
        return inquiry.case_of(group, alert, trunk, files=files, paths=watch.paths)

    async def _teach(
        self, alert: Alert, culprit: Culprit, watch: WatchConfig, trunk: Trunk, source: Source, lease: Lease
    ) -> None:
        """Let *culprit* teach. After a crash it is done again: the model knows its culprits and learns each once."""
        case = await self._case(inquiry.question(culprit, trunk), alert, watch, trunk, source)
        await self._learning.learn(trunk.id, case, culprit.commit.sha)
        await self._store.alerts.change(alert.id, lambda a: a.taught(culprit.commit.sha), lease=lease)

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
                    found[sha] = await self._files_of(trunk, sha, source)
                except (TransientError, PermanentError) as error:
                    log.warning("files_not_read", trunk=trunk, sha=sha, reason=str(error))
                    if getattr(error, "code", "") == "no_files":
                        break  # of no commit
        return found

    async def _files_of(self, trunk: str, sha: str, source: Source) -> Sequence[ChangedFile]:
        async with self._one_at_a_time(f"files {trunk} {sha}"):
            kept = await self._store.files.get(trunk, sha)
            if kept is not None:  # the inquiry of another watch was here meanwhile
                return msgspec.json.decode(kept, type=_FILES_TYPE)
            files = tuple(await source.files(sha))[:_MOST_FILES]
            await self._store.files.put(trunk, sha, msgspec.json.encode(files))
            return files

    def _one_at_a_time(self, what: str) -> asyncio.Lock:
        """Two watches may ask for the same: the second waits, and finds it stored."""
        return self._asking.setdefault(what, asyncio.Lock())

    # ---- logs

    async def _explain(self, alert: Alert, trunk: Trunk, source: Source) -> dict[Job, Explanation]:
        """Why the jobs of *alert* failed that have no explanation yet."""
        explained = {}
        for job, sha, cell in inquiry.unexplained(alert, trunk, at_most=_LOGS):
            found = await self.explanation(trunk.id, job, sha, cell, source)
            if found is not None:
                explained[job] = found
        return explained

    async def explanation(self, trunk: str, job: Job, sha: str, cell: Cell, source: Source) -> Explanation | None:
        """Why *job* failed on *sha*, read once and kept; `None` where the log cannot be had now."""
        key = str(cell.job_id)
        async with self._one_at_a_time(f"log {trunk} {key}"):
            kept = (await self._store.failures.read(trunk, sha)).get(key)
            if kept is not None:
                return msgspec.json.decode(kept, type=Explanation)
            found = _told(cell, self._rules()) or await self._read(job, sha, cell, source)
            if found is not None:
                await self._store.failures.write(trunk, {key: msgspec.json.encode(found)}, sha)
            return found

    async def _read(self, job: Job, sha: str, cell: Cell, source: Source) -> Explanation | None:
        """The log's explaining line, `None` where the log cannot be had now."""
        attempt = Attempt(
            sha,
            job.workflow,
            cell.shard,
            cell.run_id,
            cell.job_id,
            cell.attempt,
            Status.COMPLETED,
            Conclusion.FAILURE,
            url=cell.url,
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


def _complete(case: Case) -> bool:
    """Whether it is known which files the newest commits touch."""
    return all(commit.files is not None for commit in case.commits[-_FILES:])


def _told(cell: Cell, rules: Rules) -> Explanation | None:
    """What the source itself said of the failure, as some do."""
    failure = cell.failure
    if failure is None or not failure.line:
        return None
    read = classify(failure.line.encode(), rules)
    return Explanation(
        line=failure.line,
        line_number=failure.line_number,
        rule=read.rule,
        tests=failure.tests or read.tests,
        fingerprint=fingerprint(failure.line),
        infrastructure=read.infrastructure,
    )
