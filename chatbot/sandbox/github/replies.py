"""From what a handler shows to an HTTP answer: ETags, pages, and the faults that spoil them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct
from yarl import URL

from chatbot.sandbox.github.faults import Fault, Misbehaviour

PER_PAGE = 30
MOST_PER_PAGE = 100


class Shown(Struct, frozen=True):
    """A single thing: its version, and how to show it when the asker does not have that version."""

    version: object
    body: Callable[[], Any]


class Listed(Struct, frozen=True):
    """A list in pages: bare, or under *key* beside its length and beside *rest*."""

    version: object
    entries: Sequence[Any]
    show: Callable[[Any], Any]
    key: str | None = None
    counted: bool = True
    rest: Callable[[], dict[str, Any]] = dict
    per_page: int = PER_PAGE


class Refused(Exception):  # noqa: N818  an answer, not an error of ours
    """GitHub's refusal, with its status and text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def answer(request: web.Request, shown: Shown | Listed, fault: Misbehaviour | None, *, url: URL) -> web.Response:
    """The answer to *request*, 304 where it names the ETag of what would be shown; *url* is what links build on."""
    kind = fault.kind if fault else None
    if isinstance(shown, Listed):
        shown, headers = _page(request, shown, kind, url)
    else:
        headers = {}
    spoiled = kind if kind in {Fault.BACK_TO_IN_PROGRESS, Fault.REVERSED, Fault.GROWING, Fault.STALE} else ""
    told = f"{request.path_qs} {shown.version} {spoiled}"
    etag = f'W/"{hashlib.sha256(told.encode()).hexdigest()}"'
    headers |= {"ETag": etag, "Cache-Control": "private, max-age=60, s-maxage=60"}
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers=headers)
    body = msgspec.json.encode(shown.body())
    if kind is Fault.TRUNCATED:
        body = body[: len(body) // 2]
    return web.Response(body=body, content_type="application/json", charset="utf-8", headers=headers)


def _page(request: web.Request, listed: Listed, kind: Fault | None, url: URL) -> tuple[Shown, dict[str, str]]:
    per_page = min(_number(request, "per_page", listed.per_page), MOST_PER_PAGE)
    page = _number(request, "page", 1)
    entries = listed.entries
    if kind is Fault.GROWING:
        entries = entries[:-1]
    if kind is Fault.STALE:
        entries = entries[1:]
    shown = list(entries[(page - 1) * per_page : page * per_page])
    if kind is Fault.REVERSED:
        shown.reverse()

    def body() -> Any:
        each = [
            _back(listed.show(entry)) if kind is Fault.BACK_TO_IN_PROGRESS else listed.show(entry) for entry in shown
        ]
        if listed.key is None:
            return each
        count = {"total_count": len(entries)} if listed.counted else {}
        return listed.rest() | count | {listed.key: each}

    last = max(1, -(-len(entries) // per_page))
    link = _link(url.with_host("elsewhere.invalid") if kind is Fault.OTHER_HOST else url, page, last)
    return Shown(listed.version, body), {"Link": link} if link else {}


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return max(1, int(text)) if text.isdecimal() else default


def _link(url: URL, page: int, last: int) -> str:
    targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    kept = {"prev": page > 1, "next": page < last, "last": page < last, "first": page > 1}
    return ", ".join(f'<{url.update_query(page=at)}>; rel="{rel}"' for rel, at in targets.items() if kept[rel])


def _back(job: Any) -> Any:
    if isinstance(job, dict) and job.get("status") == "completed":
        return job | {"status": "in_progress", "conclusion": None, "completed_at": None}
    return job
