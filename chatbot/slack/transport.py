"""One call to Slack: sent once, its answer parsed, whatever goes wrong translated. Knows no method by its meaning.

Whether a request may have arrived is read from how it failed: a connection that was never made sent nothing, everything
later is unknown.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

from chatbot.errors import PermanentError, TransientError, TrunkwatchError
from chatbot.slack import places, refusals
from chatbot.slack.session import SentOn, session

SLACK_API_URL: Final = "https://slack.com/api/"
TIMEOUT: Final = aiohttp.ClientTimeout(total=15, connect=5, sock_connect=5, sock_read=10)
UPLOAD_TIMEOUT: Final = aiohttp.ClientTimeout(total=60, connect=5)
_ANSWER: Final = aiohttp.ClientTimeout(total=10)  # one timer, not four: somebody waits
_OK: Final = 200
_LONGEST_REASON: Final = 2_000
_JSON: Final = {"Content-Type": "application/json;charset=utf-8"}
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

Answer = TypeVar("Answer", bound=msgspec.Struct)
Headers = Mapping[str, str]

# The SDK writes every call into its log unless the logger's own level says otherwise.
_logger = logging.getLogger("chatbot.slack.sdk")
_logger.setLevel(logging.WARNING)


class _Web(AsyncWebClient):
    """The SDK's client, which opens a socket nowhere but at Slack's."""

    async def apps_connections_open(self, *, app_token: str, **kwargs: Any) -> AsyncSlackResponse:
        """As the SDK's; it is asked before every connection.

        Raises:
            PermanentError: the socket would be somebody else's.
        """
        answer = await super().apps_connections_open(app_token=app_token, **kwargs)
        places.allowed(str(answer.get("url")), api=self.base_url, what="socket address")
        return answer


class Transport:
    """The connection to one workspace. `web` is the SDK's client, for Bolt."""

    def __init__(
        self, token: str, *, base_url: str, timeout: aiohttp.ClientTimeout, traces: Sequence[aiohttp.TraceConfig] = ()
    ) -> None:
        self.web = _Web(token, base_url=base_url, retry_handlers=[], logger=_logger)
        self._timeout = timeout
        self._traces = list(traces)
        if URL(base_url).host in _LOOPBACK:
            self.web.proxy = None  # the SDK heeds HTTPS_PROXY but not NO_PROXY

    def __repr__(self) -> str:
        return f"Transport({self.web.base_url!r})"

    async def close(self) -> None:
        """Close the connections."""
        if self.web.session is not None:
            await self.web.session.close()

    async def ask(
        self, method: str, kind: type[Answer], params: Mapping[str, Any] | None = None, *, where: str = ""
    ) -> tuple[Answer, Headers]:
        """Read something; may be repeated at will."""
        return await self._call(method, kind, where, once=False, http_verb="GET", params=dict(params or {}))

    async def tell(
        self, method: str, kind: type[Answer], body: Mapping[str, Any], *, once: bool = False
    ) -> tuple[Answer, Headers]:
        """Change something. *once*: not twice, so that an unknown outcome is ambiguous."""
        return await self._call(method, kind, str(body.get("channel", "")), once=once, json=dict(body))

    async def respond(self, response_url: str, document: bytes) -> None:
        """Post JSON to a response address.

        Raises:
            PermanentError: it is not Slack's, besides what every call raises.
        """
        places.allowed(response_url, api=self.web.base_url, what="response_url")
        try:
            request = self._session().post(
                response_url, data=document, headers=_JSON, proxy=self.web.proxy, timeout=_ANSWER
            )
            async with request as answer:
                text, status = (await answer.read()).decode(errors="replace"), answer.status
                wait = refusals.seconds(answer.headers.get("Retry-After"))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _lost(error, "response_url", once=True) from error
        found = _object(text)
        if status != _OK or not (found.get("ok") is True or text.strip() == "ok"):
            raise _refused(found, status, wait, "response_url", "", once=True)

    async def upload(self, url: str, content: bytes) -> None:
        """Send a file's bytes to the address Slack gave for them.

        Raises:
            PermanentError: it is not Slack's, besides what every call raises.
        """
        places.allowed(url, api=self.web.base_url, what="upload address")
        try:
            request = self._session().post(url, data=content, timeout=UPLOAD_TIMEOUT, proxy=self.web.proxy)
            async with request as answer:
                await answer.read()
                status, wait = answer.status, refusals.seconds(answer.headers.get("Retry-After"))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _lost(error, "upload", once=False) from error
        if status != _OK:
            raise refusals.answered(status, method="upload", once=False, wait=wait)

    async def _call(
        self, method: str, kind: type[Answer], where: str, *, once: bool, **request: Any
    ) -> tuple[Answer, Headers]:
        self._session()
        try:
            response = await self.web.api_call(method, **request)
        except SlackApiError as error:
            raise _translated(error, method, where, once=once) from error
        except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError, RecursionError) as error:
            # The SDK trips over an answer that is JSON or text, but no object, or one within too many others.
            raise _lost(error, method, once=once) from error
        try:
            return msgspec.convert(response.data, kind), response.headers
        except msgspec.ValidationError as error:
            raise refusals.unknown(f"Slack's answer to {method} cannot be read ({error})", once=once) from error

    def _session(self) -> aiohttp.ClientSession:
        if self.web.session is None or self.web.session.closed:
            self.web.session = session(self._timeout, self._traces)
        return self.web.session


def _translated(error: SlackApiError, method: str, where: str, *, once: bool) -> TrunkwatchError:
    answer = error.response
    # Where a body is no JSON, the SDK hands out aiohttp's answer instead of its own.
    status: int = getattr(answer, "status_code", None) or getattr(answer, "status", None) or _OK
    wait = refusals.seconds(_header(answer, "Retry-After"))
    body = getattr(answer, "data", None)
    return _refused(body if isinstance(body, dict) else {}, status, wait, method, where, once=once)


def _refused(
    body: dict[str, Any], status: int, wait: float | None, method: str, where: str, *, once: bool
) -> TrunkwatchError:
    code = body.get("error")
    if not isinstance(code, str) or not code:
        return refusals.answered(status, method=method, once=once, wait=wait)
    detail = "; ".join(_reasons(body))[:_LONGEST_REASON]
    needed = str(body.get("needed") or "")
    return refusals.refused(code, method=method, where=where, needed=needed, detail=detail, once=once, wait=wait)


def _reasons(body: dict[str, Any]) -> list[str]:
    """What an answer says of its refusal beyond the code, in either of the places where that may be."""
    more = body.get("response_metadata")
    messages = (more.get("messages") if isinstance(more, dict) else None) or body.get("errors")
    return [str(message) for message in messages] if isinstance(messages, list) else []


def _lost(error: Exception, method: str, *, once: bool) -> TrunkwatchError:
    """No answer: nothing was sent where no connection was made."""
    if isinstance(error, SentOn):
        said = f"Slack sends {method} on to {error}, which is not followed. Check SLACK_API_URL and any proxy between."
        return PermanentError(said, code=f"http_{error.status}")
    if isinstance(error, aiohttp.InvalidURL):
        return PermanentError(f"There is no such address for {method}: {error}", code="invalid_url")
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return TransientError(f"Slack cannot be reached for {method}: {error}")
    if isinstance(error, TimeoutError):
        return refusals.unknown(f"Slack did not answer {method} in time", once=once)
    if isinstance(error, aiohttp.ClientError):
        return refusals.unknown(f"The connection to Slack broke during {method}: {error!r}", once=once)
    return refusals.unknown(f"Slack's answer to {method} cannot be read", once=once)


def _header(answer: Any, name: str) -> str | None:
    found = (getattr(answer, "headers", None) or {}).get(name)
    return None if found is None else str(found)


def _object(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
