"""The sandbox's webhooks: what became visible is posted, signed as GitHub signs it, in order, by several connections.

It sends what the bot may read of it, and more; whether anybody listens does not matter to it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import aiohttp

from chatbot.ci import Status
from chatbot.recording import Recorded, RecordedCommit, RecordedJob
from chatbot.sandbox.github.repository import Repository
from chatbot.sandbox.github.shown import Shape

CONNECTIONS = 8
_ACTION = {Status.COMPLETED: "completed", Status.IN_PROGRESS: "in_progress"}


class Hooks:
    """Deliveries to one address; none before `to` has named it."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self._url: str | None = None
        self._secret = ""
        self._queue: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._workers = [asyncio.create_task(self._work()) for _ in range(CONNECTIONS)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def to(self, url: str | None, secret: str) -> None:
        """Post to *url* from now on, signed with *secret*; nowhere where it is `None`."""
        self._url, self._secret = url, secret

    async def sent(self) -> None:
        """Wait until everything has been answered."""
        await self._queue.join()

    def about(self, repository: Repository, line: Recorded, shape: Shape) -> None:
        """Say that *line* became visible."""
        if self._url is not None:
            for event, payload in _payloads(repository, line, shape):
                body = json.dumps({**payload, "repository": shape.repository(repository), "sender": {"id": 1}})
                self._queue.put_nowait((event, body.encode()))

    async def _work(self) -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                event, body = await self._queue.get()
                try:
                    await self._post(http, event, body)
                finally:
                    self._queue.task_done()

    async def _post(self, http: aiohttp.ClientSession, event: str, body: bytes) -> None:
        try:
            async with http.post(self._url or "", data=body, headers=signed(self._secret, event, body)) as answer:
                self.statuses.append(answer.status)
        except aiohttp.ClientError:
            self.statuses.append(HTTPStatus.BAD_GATEWAY)


def signed(secret: str, event: str, body: bytes, *, delivery: str | None = None) -> dict[str, str]:
    """The headers of a delivery of *event*, which is called *delivery*."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/0000000",
        "X-GitHub-Delivery": delivery or str(uuid4()),
        "X-GitHub-Event": event,
        "X-Hub-Signature-256": f"sha256={digest}",
    }


def _payloads(repository: Repository, line: Recorded, shape: Shape) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(line, RecordedCommit):
        before = repository.line[-2] if len(repository.line) > 1 else "0" * 40
        yield "push", {"ref": f"refs/heads/{repository.branch}", "before": before, "after": line.sha, "deleted": False}
    elif isinstance(line, RecordedJob):
        action = _ACTION.get(line.status, "queued")
        yield "workflow_job", {"action": action, "workflow_job": shape.job(repository, line)}
        run = repository.runs[line.run_id]
        if run.status is Status.COMPLETED:
            yield "workflow_run", {"action": "completed", "workflow_run": shape.run(repository, run)}
