"""The sandbox's Buildkite: builds and jobs are added and changed by hand, and shown as the REST API shows them.

async with BuildkiteSandbox() as buildkite:
    number = buildkite.build(sha)
    buildkite.job(number, "RSpec", "failed")
    BuildkiteSource("acme", "app", api_url=buildkite.api_url, token=buildkite.token, http=http)
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from chatbot.sandbox.buildkite import shown
from chatbot.sandbox.serving import Served

TOKEN = "bkua_sandbox"  # noqa: S105  good on localhost only
_UNFINISHED = frozenset({"scheduled", "running", "creating", "failing", "canceling"})
_ENDED = frozenset({"passed", "failed", "timed_out", "canceled", "skipped", "broken", "expired"})
_STARTED = _ENDED | {"running", "canceling", "timing_out"}
_SCOPES = ("read_builds", "read_build_logs", "read_pipelines")


class BuildkiteSandbox(Served):
    """One pipeline on 127.0.0.1 while the context lasts."""

    ranges = True
    moved_to = "/v2/organizations/acme/pipelines/renamed/builds"
    optional = frozenset({"name", "message", "web_url", "source", "creator", "step_key", "command", "retry_type"})

    def __init__(
        self, org: str = "acme", pipeline: str = "app", *, clock: Callable[[], datetime] | None = None
    ) -> None:
        super().__init__(TOKEN, clock=clock)
        self.limit = self.remaining = 200
        self.builds: dict[int, dict[str, Any]] = {}
        self.scopes: tuple[str, ...] = _SCOPES
        self.logs: dict[str, bytes] = {}
        self._org = org
        self._pipeline = pipeline
        self._keys = itertools.count()

    @property
    def api_url(self) -> str:
        """The API's address."""
        return f"{self.url}/v2"

    # ---- what happens there

    def build(self, sha: str, state: str = "passed", *, number: int | None = None, **fields: Any) -> int:
        """Show a build of *sha*; give its number. *fields* are Buildkite's."""
        number = number or max(self.builds, default=0) + 1
        at = self._time()
        ended = None if state in _UNFINISHED else at
        fields = {"commit": sha, "state": state, "finished_at": ended, "jobs": []} | fields
        self.builds[number] = shown.build(self._org, self._pipeline, number, at, **fields)
        return number

    def change(self, number: int, **fields: Any) -> None:
        """Replace *fields* of a build; one that ends by this ends now."""
        state = fields.get("state")
        if state is not None:
            fields.setdefault("finished_at", None if state in _UNFINISHED else self._time())
        self.builds[number] |= fields

    def job(self, number: int, name: str, state: str = "passed", **fields: Any) -> str:
        """Show a job of build *number*; give its UUID. *fields* are Buildkite's."""
        build, at = self.builds[number], self._time()
        told = {
            "name": name,
            "state": state,
            "started_at": at if state in _STARTED else None,
            "finished_at": at if state in _ENDED else None,
            "exit_status": {"passed": 0, "failed": 1}.get(state),
        }
        job = shown.job(build, str(next(self._keys)), at, **(told | fields))
        build["jobs"].append(job)
        return str(job["id"])

    def find(self, uuid: str) -> dict[str, Any]:
        """A job as it is shown."""
        return next(job for build in self.builds.values() for job in build["jobs"] if job["id"] == uuid)

    def end(self, uuid: str, state: str) -> None:
        """Let a job end."""
        at = self._time()
        job = self.find(uuid)
        job |= {"state": state, "started_at": job["started_at"] or at, "finished_at": at}

    def retry(self, uuid: str, state: str = "passed") -> str:
        """Run a job again; give the new one's UUID."""
        old = self.find(uuid)
        number = next(n for n, build in self.builds.items() if old in build["jobs"])
        count = (old["retries_count"] or 0) + 1
        source = {"job_id": uuid, "retry_type": "manual"}
        kept = {key: old[key] for key in ("step_key", "parallel_group_index", "parallel_group_total", "matrix")}
        new = self.job(number, old["name"], state, retries_count=count, retry_source=source, **kept)
        old |= {"retried": True, "retried_in_job_id": new}
        self.change(number, finished_at=self._time())
        return new

    def _time(self) -> str:
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # ---- what is shown

    def who(self, request: web.Request) -> str | None:
        """Buildkite's tokens are bearer tokens."""
        return request.headers.get("Authorization", "").removeprefix("Bearer ") or None

    def show(self, request: web.Request) -> Any:
        """What is at the address of *request*."""
        if request.path == "/v2/access-token":
            return {"uuid": shown.named("token"), "scopes": list(self.scopes), "user": {"name": "Ada"}}
        place = f"/v2/organizations/{self._org}/pipelines/{self._pipeline}"
        if not request.path.startswith(place):
            raise web.HTTPNotFound(reason="No pipeline found")
        rest = request.path.removeprefix(place)
        if rest == "":
            return shown.build(self._org, self._pipeline, 0, self._time())["pipeline"]
        if rest == "/builds":
            return self._listed(request)
        if found := re.fullmatch(r"/builds/(\d+)", rest):
            return self._single(request, int(found[1]))
        if found := re.fullmatch(r"/builds/\d+/jobs/([0-9a-f-]+)/log", rest):
            return self._log(found[1])
        raise web.HTTPNotFound(reason="Not Found")

    def _listed(self, request: web.Request) -> list[dict[str, Any]]:
        """Newest first; branches by their name, those that ended since a time."""
        query = request.query
        found = [build for _, build in sorted(self.builds.items(), reverse=True)]
        if "branch" in query:
            found = [build for build in found if build["branch"] == query["branch"]]
        if "finished_from" in query:
            since = datetime.fromisoformat(query["finished_from"])
            ended = [build for build in found if build["finished_at"]]
            found = [build for build in ended if datetime.fromisoformat(build["finished_at"]) >= since]
        left_out = "jobs" if query.get("exclude_jobs") == "true" else ""
        return [{key: value for key, value in build.items() if key != left_out} for build in found]

    def _single(self, request: web.Request, number: int) -> dict[str, Any]:
        build = self.builds.get(number)
        if build is None:
            raise web.HTTPNotFound(reason="No build found")
        every = request.query.get("include_retried_jobs") == "true"
        return {**build, "jobs": [job for job in build["jobs"] if every or not job["retried"]]}

    def _log(self, uuid: str) -> bytes:
        if uuid not in self.logs:
            raise web.HTTPNotFound(reason="No job log found")
        return self.logs[uuid]
