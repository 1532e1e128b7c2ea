"""`POST /api/{method}`: reads the call, checks the token and the scopes, lets faults happen, runs the method.

Also the two addresses that are not methods: `response_url` and the upload of a file's bytes.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import deque
from collections.abc import Callable

from aiohttp import BodyPartReader, web
from msgspec.structs import replace

from chatbot.sandbox.slack import arguments
from chatbot.sandbox.slack.answers import answer_to
from chatbot.sandbox.slack.arguments import Arguments
from chatbot.sandbox.slack.faults import Fault, FaultKind, Faults
from chatbot.sandbox.slack.methods import METHODS, Call, Method, Token
from chatbot.sandbox.slack.rates import Rates
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.scopes import Manifest
from chatbot.sandbox.slack.values import Change, Json, Request
from chatbot.sandbox.slack.workspace import Workspace

_REMEMBERED = 10_000
_BEARER = "Bearer "


class WebApi:
    """The bot's side of the workspace. `requests` remembers the last ten thousand calls."""

    def __init__(
        self,
        workspace: Workspace,
        manifest: Manifest,
        *,
        tokens: dict[str, Token],
        new_socket: Callable[[], str],
        rates: Rates | None,
    ) -> None:
        self.faults = Faults()
        self.requests: deque[Request] = deque(maxlen=_REMEMBERED)
        self._workspace = workspace
        self._manifest = manifest
        self._tokens = tokens
        self._new_socket = new_socket
        self._rates = rates

    def routes(self) -> list[web.RouteDef]:
        """What to serve."""
        return [
            web.post("/api/{method}", self._call),
            web.get("/api/{method}", self._call),
            web.post("/response/{id}", self._response_url),
            web.post("/upload/v1/{id}", self._upload),
        ]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            args = await arguments.read(request)
        except RefusalError as refusal:
            return self._answered(name, {}, refusal.as_json(), 200)
        token = _token(request, args)
        return await self._through_faults(request, name, args, lambda: self._run(name, args, token))

    def _run(self, name: str, args: Arguments, token: str) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise RefusalError("unknown_method", req_method=name)
        self._authorise(method, token)
        call = Call(self._workspace, args, self._manifest, self._new_socket)
        for scope in method.scopes:
            call.need_scope(scope)
        return method.run(call)

    def _authorise(self, method: Method, token: str) -> None:
        if not token:
            raise RefusalError("not_authed")
        if token not in self._tokens:
            raise RefusalError("invalid_auth")
        if self._tokens[token] is not method.token:
            raise RefusalError("not_allowed_token_type")

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            args = await arguments.read(request)
        except RefusalError as refusal:
            return self._answered("response_url", {}, refusal.as_json(), 400)
        url_id = request.match_info["id"]
        return await self._through_faults(
            request, "response_url", args, lambda: answer_to(self._workspace, url_id, args), refusal_status=404
        )

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        content = await _bytes(request)
        file_id = request.match_info["id"]
        args = Arguments({"file": file_id, "length": len(content)})

        def store() -> Json:
            file = self._workspace.files.get(file_id)
            if file is None or file.shared:
                raise RefusalError("file_not_found")
            self._workspace.files[file_id] = replace(file, content=content)
            return {}

        answer = await self._through_faults(request, "upload", args, store, refusal_status=404)
        if not (isinstance(answer, web.Response) and answer.status == web.HTTPOk.status_code):
            return answer
        return web.Response(text=f"OK - {len(content)}")

    async def _through_faults(
        self,
        request: web.Request,
        name: str,
        args: Arguments,
        run: Callable[[], Json],
        *,
        refusal_status: int = 200,
    ) -> web.StreamResponse:
        fault = self.faults.take(name, args.values)
        wait = 0.0 if fault or self._rates is None else self._rates.wait(name, args.values)
        if wait > 0:
            return self._limited(name, args.values, wait)
        if fault is None:
            return self._answered(name, args.values, _outcome(run), refusal_status)
        pause = float(fault.detail.get("seconds", 1.0))
        if fault.kind is FaultKind.SLOW and not fault.executed:
            await asyncio.sleep(pause)
            return self._answered(name, args.values, _outcome(run), refusal_status)
        body = _outcome(run) if fault.executed else {}
        if fault.kind is not FaultKind.SLOW:
            return self._gone_wrong(request, name, args.values, fault)
        self._note(name, args.values, fault.kind)
        await asyncio.sleep(pause)
        return self._response(name, body, refusal_status)

    def _gone_wrong(self, request: web.Request, name: str, args: Json, fault: Fault) -> web.StreamResponse:
        if fault.kind is FaultKind.RATE_LIMITED:
            return self._limited(name, args, fault.detail.get("retry_after", 1))
        if fault.kind is FaultKind.ERROR:
            return self._answered(name, args, {"ok": False, "error": fault.detail.get("code", "internal_error")}, 200)
        self._note(name, args, fault.kind)
        if fault.kind is FaultKind.SERVER_ERROR:
            return web.Response(status=fault.detail.get("status", 500), text="upstream connect error")
        if fault.kind is FaultKind.GARBAGE:
            return web.Response(text="<!DOCTYPE html><h1>Our services are not available</h1>", content_type="text/html")
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=502)

    def _limited(self, name: str, args: Json, wait: float) -> web.Response:
        self._note(name, args, "rate_limited")
        headers = {"Retry-After": str(math.ceil(wait))}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)

    def _answered(self, name: str, args: Json, body: Json, refusal_status: int) -> web.Response:
        self._note(name, args, "ok" if body["ok"] else body["error"])
        return self._response(name, body, refusal_status)

    def _response(self, name: str, body: Json, refusal_status: int) -> web.Response:
        headers = {"x-oauth-scopes": self._manifest.scope_header}
        method = METHODS.get(name)
        if method is not None:
            headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
        return web.json_response(body, status=200 if body["ok"] else refusal_status, headers=headers)

    def _note(self, name: str, args: Json, outcome: str) -> None:
        shown = {key: _plain(value) for key, value in args.items() if key != "token"}
        self.requests.append(Request(name, self._workspace.clock(), shown, str(outcome)))
        self._workspace.announce(Change("request", text=name))


def _outcome(run: Callable[[], Json]) -> Json:
    try:
        return {"ok": True, **run()}
    except RefusalError as refusal:
        return refusal.as_json()


def _token(request: web.Request, args: Arguments) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix(_BEARER) if header.startswith(_BEARER) else args.text("token")


def _plain(value: object) -> object:
    """Structures that came as JSON in a string, as structures, for whoever reads the log."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


async def _bytes(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader):
            return bytes(await part.read())
    return b""
