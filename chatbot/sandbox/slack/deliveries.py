"""What people do reaches the bot: over Socket Mode or as signed HTTP, acknowledged within 3 seconds or failed.

https://docs.slack.dev/authentication/verifying-requests-from-slack and
https://docs.slack.dev/apis/events-api#errors
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from chatbot.sandbox.slack.sockets import Sockets
from chatbot.sandbox.slack.values import Change, FailedAck, Json
from chatbot.sandbox.slack.workspace import Workspace

T = TypeVar("T")

ACK_WITHIN = 3.0
# https://docs.slack.dev/apis/events-api#retries: nearly at once, after a minute, after five.
EVENT_RETRIES = (0.0, 60.0, 300.0)
_EVENTS = "events_api"


class _NotTakenError(Exception):
    """The bot answered, but not with 2xx; `final`: it wants no retry."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.final = final


class Deliveries:
    """The way to the bot. `http_url` empty means Socket Mode. `failed` are those that were not acknowledged."""

    def __init__(
        self, workspace: Workspace, sockets: Sockets, *, secret: str, ack_within: float, event_retries: Sequence[float]
    ) -> None:
        self.http_url: str | None = None
        self.failed: deque[FailedAck] = deque(maxlen=10_000)
        self._workspace = workspace
        self._sockets = sockets
        self._secret = secret
        self._ack_within = ack_within
        self._event_retries = event_retries
        self._session: ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._copies: list[tuple[int, bool]] = []
        self._late: list[float] = []

    def duplicate(self, times: int, *, same_id: bool) -> None:
        """Deliver each of the next *times* payloads twice."""
        self._copies += [(2, same_id)] * times

    def delay(self, seconds: float, times: int) -> None:
        """Let each of the next *times* payloads arrive that much later; the person's clock runs already."""
        self._late += [seconds] * times

    async def deliver(self, kind: str, payload: Json) -> Json | None:
        """What the bot acknowledged with, `None` where it did not in time (noted in `failed`)."""
        return await self._attempt(kind, payload, {})

    def send_event(self, payload: Json) -> None:
        """Deliver an event in the background, again after the retry delays while it is not acknowledged."""
        self.start(self._with_retries(payload))

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run *work* in the background until the sandbox closes; how it ends is nobody's concern but the caller's."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # taken note of, or asyncio complains about a late delivery that nobody waits for

    async def _with_retries(self, payload: Json) -> None:
        extra: Json = {"retry_attempt": 0, "retry_reason": ""}
        answer = await self._attempt(_EVENTS, payload, extra)
        for number, pause in enumerate(self._event_retries, 1):
            if answer is not None:
                return
            await asyncio.sleep(pause)
            extra = {"retry_attempt": number, "retry_reason": "timeout" if self.http_url is None else "http_timeout"}
            answer = await self._attempt(_EVENTS, payload, extra)

    async def _attempt(self, kind: str, payload: Json, extra: Json) -> Json | None:
        late = self._late.pop(0) if self._late else 0.0
        sending = self.start(self._send(kind, payload, extra, late))
        done, _ = await asyncio.wait({sending}, timeout=self._ack_within)
        if not done:
            if late < self._ack_within:
                sending.cancel()
            self._fail(kind, payload, "not acknowledged in time")
            return None
        try:
            return sending.result()
        except _NotTakenError as error:
            self._fail(kind, payload, str(error))
            # For an event nothing more is to be done; for a person's act it failed all the same.
            return {} if error.final and kind == _EVENTS else None
        except (ClientError, OSError, ValueError) as error:
            self._fail(kind, payload, str(error) or type(error).__name__)
            return None

    def _fail(self, kind: str, payload: Json, reason: str) -> None:
        self.failed.append(FailedAck(kind, self._workspace.clock(), reason, payload))
        self._workspace.announce(Change("failed_ack", text=kind))

    async def _send(self, kind: str, payload: Json, extra: Json, late: float) -> Json:
        await asyncio.sleep(late)
        copies, same_id = self._copies.pop(0) if self._copies else (1, False)
        if self.http_url is None:
            extra["accepts_response_payload"] = kind != _EVENTS
            return await self._sockets.deliver(kind, payload, copies=copies, same_id=same_id, **extra)
        answers = [await self._post(kind, payload, extra) for _ in range(copies)]
        return answers[0]

    async def _post(self, kind: str, payload: Json, extra: Json) -> Json:
        body, content_type = _body(kind, payload)
        headers = {"Content-Type": content_type, **self.signature(body)}
        if extra.get("retry_attempt"):
            headers["X-Slack-Retry-Num"] = str(extra["retry_attempt"])
            headers["X-Slack-Retry-Reason"] = str(extra["retry_reason"])
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=self._ack_within))
        async with self._session.post(str(self.http_url), data=body, headers=headers) as response:
            text = await response.text()
            if response.ok:
                return _parsed(text, response.content_type)
            final = response.headers.get("X-Slack-No-Retry") == "1"
            raise _NotTakenError(f"HTTP {response.status}", final=final)

    def signature(self, body: bytes) -> dict[str, str]:
        """The headers that prove a request comes from this workspace."""
        timestamp = str(int(self._workspace.clock()))
        digest = hmac.new(self._secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}

    async def close(self) -> None:
        """Stop everything in the background."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


def _body(kind: str, payload: Json) -> tuple[bytes, str]:
    """As Slack sends it: events as JSON, commands as a form, interactions as JSON in a form."""
    if kind == _EVENTS:
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _parsed(text: str, content_type: str) -> Json:
    if not text.strip():
        return {}
    if content_type == "application/json":
        value = json.loads(text)
        return value if isinstance(value, dict) else {}
    return {"text": text}
