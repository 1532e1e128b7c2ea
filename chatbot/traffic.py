"""What passes through our HTTP clients: answers by API, those that told us to wait, and the budgets they tell of.

aiohttp calls it for every request of a session that was given `trace()`; no source has to know. It changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp
from yarl import URL

from chatbot.budgets import Budgets
from chatbot.config import BuildkiteSource, GithubSource, OtherSource, ReplaySource, SourceConfig
from chatbot.metrics import Metrics
from chatbot.settings import Settings

OTHER = "other"
SLACK = "slack"
_SLACK_METHOD = re.compile(r"[a-z]{2,20}(\.[A-Za-z]{2,30}){1,4}")


class Traffic:
    """Counts for one app."""

    def __init__(
        self, metrics: Metrics, budgets: Budgets, *, apis: Callable[[], set[str]], now: Callable[[], datetime]
    ) -> None:
        """*apis* are the hosts that are counted by name; all others (storage of logs, say) count as one."""
        self._metrics = metrics
        self._budgets = budgets
        self._apis = apis
        self._now = now

    def trace(self, api: str | None = None) -> aiohttp.TraceConfig:
        """For `aiohttp.ClientSession(trace_configs=[...])`. *api* names whatever it reaches, instead of its host."""

        async def ended(_session: object, _context: SimpleNamespace, seen: aiohttp.TraceRequestEndParams) -> None:
            self._answered(api or self._named(seen.url), seen)

        async def failed(
            _session: object, _context: SimpleNamespace, seen: aiohttp.TraceRequestExceptionParams
        ) -> None:
            self._metrics.requests.labels(api or self._named(seen.url), "none").inc()

        config = aiohttp.TraceConfig()
        config.on_request_end.append(ended)
        config.on_request_exception.append(failed)
        return config

    def _answered(self, api: str, seen: aiohttp.TraceRequestEndParams) -> None:
        status, headers = seen.response.status, seen.response.headers
        self._metrics.requests.labels(api, f"{status // 100}xx").inc()
        if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.FORBIDDEN and "retry-after" in headers):
            self._metrics.rate_limited.labels(api, _method(api, seen)).inc()
        if api not in {OTHER, SLACK}:
            self._budgets.learn(api, headers, now=self._now())

    def _named(self, url: URL) -> str:
        host = authority(url)
        return host if host in self._apis() else OTHER


def _method(api: str, seen: aiohttp.TraceRequestEndParams) -> str:
    """Slack's method, or HTTP's."""
    if api != SLACK:
        return seen.method
    return seen.url.name if _SLACK_METHOD.fullmatch(seen.url.name) else OTHER


def authority(url: URL) -> str:
    """An API's name: its host, with the port where that is not the usual one."""
    return url.host or OTHER if url.is_default_port() else f"{url.host}:{url.port}"


def api_of(source: SourceConfig, settings: Settings) -> str:
    """The API that a trunk with that *source* is read from; empty where there is none."""
    match source:
        case ReplaySource():
            return ""
        case BuildkiteSource():
            return authority(URL(source.api_url))
        case GithubSource():
            return authority(URL(source.api_url or settings.github_api_url))
        case OtherSource():
            address = source.options.get("url")
            return authority(URL(address)) if isinstance(address, str) and "://" in address else source.kind
    return authority(URL(source.url))
