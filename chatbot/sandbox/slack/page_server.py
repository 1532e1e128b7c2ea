"""The back end of the page: the state as JSON, changes as they happen, and people acting through it.

The front end is in `page/`: static files that know nothing but these addresses. There is no log-in: the page is for
whoever can reach 127.0.0.1.
"""

from __future__ import annotations

import asyncio
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from chatbot.sandbox.slack.page_acts import act
from chatbot.sandbox.slack.page_state import change_json, state_json
from chatbot.sandbox.slack.values import Change

if TYPE_CHECKING:
    from chatbot.sandbox.slack.server import SlackSandbox

_NO_CACHE = {"Cache-Control": "no-store"}
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml",
          ".png": "image/png", ".json": "application/json"}  # fmt: skip


class PageServer:
    """Serves one sandbox to any number of browsers."""

    def __init__(self, sandbox: SlackSandbox) -> None:
        self._sandbox = sandbox
        self._browsers: dict[web.WebSocketResponse, asyncio.Queue[str]] = {}
        sandbox.workspace.listen(self._changed)

    def routes(self) -> list[web.RouteDef]:
        """What to serve."""
        return [
            web.get("/", self._index),
            web.get("/archives/{channel}/{message}", self._index),
            web.get("/page/static/{name}", self._static),
            web.get("/page/state", self._state),
            web.get("/page/live", self._live),
            web.post("/page/act", self._act),
            web.get("/page/file/{id}", self._file),
        ]

    async def _index(self, _request: web.Request) -> web.Response:
        return _asset("index.html")

    async def _static(self, request: web.Request) -> web.Response:
        return _asset(request.match_info["name"])

    async def _state(self, _request: web.Request) -> web.Response:
        return web.json_response(state_json(self._sandbox), headers=_NO_CACHE)

    async def _act(self, request: web.Request) -> web.Response:
        """Somebody did something on the page. Other sites' pages cannot: they may not send JSON here unasked."""
        if request.content_type != "application/json":
            return web.json_response({"ok": False, "error": "send JSON"}, status=415)
        try:
            wanted = await request.json()
        except ValueError:
            return web.json_response({"ok": False, "error": "that is not JSON"}, status=400)
        return web.json_response(await act(self._sandbox, wanted), headers=_NO_CACHE)

    async def _file(self, request: web.Request) -> web.Response:
        file = self._sandbox.workspace.files.get(request.match_info["id"])
        if file is None or not file.shared:
            return web.Response(status=404, text="no such file")
        suffix = "." + file.name.rpartition(".")[2]
        image = _TYPES.get(suffix, "")
        shown = image if image.startswith("image/") else "text/plain"
        headers = {**_NO_CACHE, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return web.Response(body=file.content, content_type=shown, headers=headers)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        browser = web.WebSocketResponse(heartbeat=15.0)
        await browser.prepare(request)
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._browsers[browser] = queue
        sending = asyncio.get_running_loop().create_task(_send(browser, queue))
        try:
            async for frame in browser:
                if frame.type is WSMsgType.ERROR:
                    break
        finally:
            del self._browsers[browser]
            sending.cancel()
        return browser

    def _changed(self, change: Change) -> None:
        if not self._browsers:
            return
        text = change_json(self._sandbox, change)
        for queue in self._browsers.values() if text is not None else ():
            queue.put_nowait(text or "")

    async def close(self) -> None:
        """Say goodbye to every browser."""
        for browser in tuple(self._browsers):
            await browser.close()


async def _send(browser: web.WebSocketResponse, queue: asyncio.Queue[str]) -> None:
    while not browser.closed:
        text = await queue.get()
        try:
            await browser.send_str(text)
        except ConnectionError:
            return  # the browser was closed: nobody is looking


def _asset(name: str) -> web.Response:
    """A file of the front end, always fresh."""
    suffix = "." + name.rpartition(".")[2]
    if suffix not in _TYPES or "/" in name or name.startswith("."):
        return web.Response(status=404, text="no such file")
    with as_file(files("chatbot.sandbox.slack") / "page" / name) as path:
        if not path.is_file():
            return web.Response(status=404, text=f"the page has no {name}")
        return web.Response(body=path.read_bytes(), content_type=_TYPES[suffix], charset="utf-8", headers=_NO_CACHE)
