"""The API's addresses: which function answers what, for a repository by name or by number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import unquote

import msgspec
from aiohttp import web
from yarl import URL

from chatbot.ci import Attempt, Status
from chatbot.sandbox.github import wholes
from chatbot.sandbox.github.door import Door
from chatbot.sandbox.github.faults import Fault, Misbehaviour
from chatbot.sandbox.github.login import INSTALLATION
from chatbot.sandbox.github.reads import READS, Read
from chatbot.sandbox.github.replies import Refused, answer
from chatbot.sandbox.github.repository import Repository
from chatbot.sandbox.github.shown import Shape
from chatbot.sandbox.github.wholes import written
from chatbot.sandbox.github.writes import Writes

RENAMED = "renamed/renamed"
"""What a repository is called after `Fault.MOVED`."""

PREFIXES = ("/repos/{owner}/{name}", "/repositories/{number}")

Write = Callable[[web.Request, Repository], Awaitable[web.Response]]


class Api:
    """One sandbox's endpoints."""

    def __init__(
        self, repositories: list[Repository], door: Door, writes: Writes, catch_up: Callable[[], None]
    ) -> None:
        self.shape = Shape("http://127.0.0.1")
        self.storage_url = ""
        self._repositories = repositories
        self._by_name = {held.name.lower(): held for held in repositories}
        self._by_number = {str(held.id): held for held in repositories}
        self._door = door
        self._writes = writes
        self._catch_up = catch_up

    def application(self) -> web.Application:
        """What aiohttp serves."""
        app = web.Application(client_max_size=1 << 20)
        writes: dict[str, Write] = {
            "/actions/runs/{id}/rerun-failed-jobs": self._rerun_failed,
            "/actions/jobs/{id}/rerun": self._rerun_job,
            "/actions/workflows/{id}/dispatches": self._dispatch,
            "/issues/{id}/comments": self._comment,
        }
        for prefix in PREFIXES:
            for path, read in READS.items():
                app.router.add_get(prefix + path, partial(self._read, read=read))
            for path, write in writes.items():
                app.router.add_post(prefix + path, partial(self._write, write=write))
            app.router.add_get(prefix + "/actions/jobs/{id}/logs", partial(self._write, write=self._log))
            app.router.add_get(prefix + "/installation", partial(self._write, write=self._installation))
        app.router.add_post("/app/installations/{id}/access_tokens", partial(self._plain, handler=self._access_token))
        app.router.add_post("/graphql", partial(self._plain, handler=self._graphql))
        app.router.add_get("/rate_limit", partial(self._plain, handler=self._rate_limit))
        app.router.add_route("*", "/{rest:.*}", partial(self._plain, handler=self._unknown))
        return app

    async def _read(self, request: web.Request, *, read: Read) -> web.StreamResponse:
        async def handler(request: web.Request, fault: Misbehaviour | None) -> web.Response:
            if fault and fault.kind is Fault.MOVED:
                return self._moved(request)
            held = self._repository(request)
            path = request.path.replace(f"/repos/{held.name}", f"/repositories/{held.id}", 1)
            url = URL(self.shape.url).with_path(path).with_query(request.query)
            return answer(request, read(request, held, self.shape), fault, url=url)

        return await self._door.through(request, handler)

    async def _write(self, request: web.Request, *, write: Write) -> web.StreamResponse:
        async def handler(request: web.Request, fault: Misbehaviour | None) -> web.Response:
            del fault
            return await write(request, self._repository(request))

        return await self._door.through(request, handler)

    async def _plain(
        self, request: web.Request, *, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> web.StreamResponse:
        async def inner(request: web.Request, fault: Misbehaviour | None) -> web.Response:
            if fault and fault.kind is Fault.MOVED:
                return self._moved(request)
            self._catch_up()
            return await handler(request)

        return await self._door.through(request, inner)

    def _repository(self, request: web.Request) -> Repository:
        self._catch_up()
        told = request.match_info
        if "number" in told:
            held = self._by_number.get(told["number"])
        else:
            held = self._by_name.get(unquote(f"{told['owner']}/{told['name']}").lower())
        if held is None:
            raise Refused(404, "Not Found")
        return held

    def _moved(self, request: web.Request) -> web.Response:
        held = self._repository(request)
        held.name = RENAMED
        rest = request.path.split("/", 4)[4:]
        target = "/".join([f"{self.shape.url}/repositories/{held.id}", *rest])
        return _json({"message": "Moved Permanently", "url": target}, status=301, headers={"Location": target})

    async def _rerun_failed(self, request: web.Request, held: Repository) -> web.Response:
        return self._writes.rerun_failed(request, held)

    async def _rerun_job(self, request: web.Request, held: Repository) -> web.Response:
        return self._writes.rerun_job(request, held)

    async def _dispatch(self, request: web.Request, held: Repository) -> web.Response:
        return self._writes.dispatch(request, held, await request.read())

    async def _comment(self, request: web.Request, held: Repository) -> web.Response:
        return self._writes.comment(request, held, await request.read())

    async def _graphql(self, request: web.Request) -> web.Response:
        return self._writes.graphql(self._repositories, await request.read())

    async def _log(self, request: web.Request, held: Repository) -> web.Response:
        text = request.match_info["id"]
        found = held.jobs.get(int(text)) if text.isdecimal() else None
        if found is None or found.status is not Status.COMPLETED:
            raise Refused(404, "Not Found")
        target = f"{self.storage_url}/logs/{found.job_id}?sig=sandbox"
        return web.Response(status=302, headers={"Location": target})

    async def _installation(self, request: web.Request, held: Repository) -> web.Response:
        self._door.login.claim(request.headers.get("Authorization"), self._door.now())
        return _json(wholes.installation(self.shape.url, held.name.split("/")[0], INSTALLATION))

    async def _access_token(self, request: web.Request) -> web.Response:
        now = self._door.now()
        self._door.login.claim(request.headers.get("Authorization"), now)
        if request.match_info["id"] != str(INSTALLATION):
            raise Refused(404, "Not Found")
        token, ends = self._door.login.grant(now)
        rights = {"actions": "read", "checks": "read", "contents": "read", "metadata": "read", "pull_requests": "read"}
        return _json({"token": token, "expires_at": written(ends), "permissions": rights}, status=201)

    async def _rate_limit(self, _: web.Request) -> web.Response:
        limit, now = self._door.limit, self._door.now()
        core = {
            "limit": limit.limit,
            "remaining": limit.remaining,
            "used": limit.limit - limit.remaining,
            "reset": int(limit.turn(now).timestamp()),
        }
        return _json({"resources": {"core": core, "search": core}, "rate": core})

    async def _unknown(self, _: web.Request) -> web.Response:
        raise Refused(404, "Not Found")

    def attempt(self, job_id: int) -> Attempt | None:
        """A job by its number, in whichever repository."""
        return next((held.jobs[job_id] for held in self._repositories if job_id in held.jobs), None)


def _json(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    data = msgspec.json.encode(body)
    return web.Response(status=status, body=data, content_type="application/json", charset="utf-8", headers=headers)
