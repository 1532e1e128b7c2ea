"""The sandbox's GitLab: commits, pipelines and jobs are added and changed by hand, and shown as the REST API does.

async with GitlabSandbox() as gitlab:
    pipeline = gitlab.pipeline(gitlab.commit("a change"))
    gitlab.job(pipeline, "rspec 1/2", "failed")
    GitlabSource(gitlab.project, url=gitlab.url, token=gitlab.token, http=http)
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web
from yarl import URL

from chatbot.sandbox.gitlab import shown
from chatbot.sandbox.serving import Served

TOKEN = "glpat-sandbox"  # noqa: S105  good on localhost only
PROJECT_ID = 81
_ENDED = frozenset({"success", "failed", "canceled"})
_STARTED = _ENDED | {"running", "canceling"}


class GitlabSandbox(Served):
    """One project on 127.0.0.1 while the context lasts."""

    login = "/users/sign_in"
    moved_to = f"/api/v4/projects/{PROJECT_ID}"
    optional = frozenset(
        {"author_name", "author_email", "source", "web_url", "failure_reason", "visibility", "default_branch"}
    )

    def __init__(self, project: str = "acme/app", *, clock: Callable[[], datetime] | None = None) -> None:
        super().__init__(TOKEN, clock=clock)
        self.project = project
        self.branch = "main"
        self.line: list[dict[str, Any]] = []
        """The branch, oldest first."""
        self.lag = 0
        """How many of its newest commits are not listed yet."""
        self.pipelines: dict[int, dict[str, Any]] = {}
        self.jobs: dict[int, list[dict[str, Any]]] = {}
        self.bridges: dict[int, list[dict[str, Any]]] = {}
        self.diffs: dict[str, list[dict[str, Any]]] = {}
        self.logs: dict[int, bytes] = {}
        self.storage: URL | None = None
        """Where logs are kept, if not here."""
        self._numbers = itertools.count(7)

    # ---- what happens there

    def commit(self, message: str = "change", *, sha: str | None = None, merged: str | None = None) -> str:
        """Land a commit, of the side branch *merged* if need be; give its sha."""
        told = f"{len(self.line)} {message}".encode()
        sha = sha or hashlib.sha1(told, usedforsecurity=False).hexdigest()
        parents = [one["id"] for one in self.line[-1:]] + ([merged] if merged else [])
        self.line.append(shown.commit(sha, parents, message, self._time()))
        self.diffs[sha] = [shown.DIFF]
        return sha

    def pipeline(self, sha: str, status: str = "success", **fields: Any) -> int:
        """Show a pipeline of *sha*; give its number. *fields* are GitLab's."""
        number = next(self._numbers)
        told = {"status": status, "ref": self.branch} | fields
        self.pipelines[number] = shown.pipeline(number, PROJECT_ID, sha, self._time(), **told)
        self.jobs[number], self.bridges[number] = [], []
        return number

    def change(self, pipeline: int, status: str) -> None:
        """Let a pipeline have another status from now on."""
        self.pipelines[pipeline] |= {"status": status, "updated_at": self._time()}

    def job(self, pipeline: int, name: str, status: str = "success", **fields: Any) -> int:
        """Show a job; give its number. One of the same name is a retry. *fields* are GitLab's."""
        job = self._new(pipeline, name, status, **fields)
        self.jobs[pipeline].append(job)
        return int(job["id"])

    def bridge(self, pipeline: int, name: str, child: int | None, status: str = "success", **fields: Any) -> int:
        """Show a trigger job that started pipeline *child*; give its number."""
        job = self._new(pipeline, name, status, **fields)
        job["downstream_pipeline"] = child
        self.bridges[pipeline].append(job)
        return int(job["id"])

    def end(self, job: int, status: str, **fields: Any) -> None:
        """Let a job end."""
        at = self._time()
        held = next(one for jobs in self.jobs.values() for one in jobs if one["id"] == job)
        held |= {"status": status, "started_at": held["started_at"] or at, "finished_at": at} | fields

    def _new(self, pipeline: int, name: str, status: str, **fields: Any) -> dict[str, Any]:
        at = self._time()
        told = {
            "name": name,
            "status": status,
            "started_at": at if status in _STARTED else None,
            "finished_at": at if status in _ENDED else None,
        } | ({"failure_reason": "script_failure"} if status == "failed" else {})
        return shown.job(next(self._numbers), self.pipelines[pipeline], at, **(told | fields))

    def _time(self) -> str:
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # ---- what is shown

    def who(self, request: web.Request) -> str | None:
        """GitLab's tokens have a header of their own."""
        return request.headers.get("PRIVATE-TOKEN")

    def reset(self) -> int:
        """GitLab tells the time."""
        return int(self.now().timestamp()) + self.resets_in

    def show(self, request: web.Request) -> Any:
        """What is at the address of *request*."""
        found = re.fullmatch(r"/api/v4/projects/([^/]+)(/.*)?", request.raw_path.partition("?")[0])
        if found is None or found[1] not in {self.project.replace("/", "%2F"), str(PROJECT_ID)}:
            raise web.HTTPNotFound(reason="404 Project Not Found")
        rest, query = found[2] or "", request.query
        if rest == "":
            return shown.project(PROJECT_ID, self.project)
        if rest == "/repository/commits":
            return self._commits(query.get("ref_name", self.branch))
        if rest == f"/repository/branches/{self.branch}":
            return {"name": self.branch, "commit": self.line[-1]}
        if rest == "/pipelines":
            return self._pipelines(dict(query))
        return self._single(rest, retried=query.get("include_retried") == "true")

    def _single(self, rest: str, *, retried: bool) -> Any:
        """What is below one commit, job or pipeline."""
        if part := re.fullmatch(r"/repository/commits/([0-9a-f]+)/diff", rest):
            return self.diffs[part[1]]
        if part := re.fullmatch(r"/jobs/(\d+)/trace", rest):
            return self._trace(int(part[1]))
        return self._of_pipeline(rest, retried=retried)

    def _commits(self, ref: str) -> list[dict[str, Any]]:
        if ref != self.branch:
            raise web.HTTPNotFound(reason="404 Tree Not Found")
        return self.line[::-1][self.lag :]

    def _pipelines(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """Newest first; child pipelines only where they are asked for."""
        source = query.get("source")
        found = [one for one in self.pipelines.values() if one["project_id"] == PROJECT_ID]
        if "ref" in query:
            found = [one for one in found if one["ref"] == query["ref"]]
        if "updated_after" in query:
            since = datetime.fromisoformat(query["updated_after"])
            found = [one for one in found if datetime.fromisoformat(one["updated_at"]) >= since]
        if source:
            found = [one for one in found if one["source"] == source]
        else:
            found = [one for one in found if one["source"] != "parent_pipeline"]
        return sorted(found, key=lambda one: -int(one["id"]))

    def _of_pipeline(self, rest: str, *, retried: bool) -> Any:
        part = re.fullmatch(r"/pipelines/(\d+)(/jobs|/bridges)?", rest)
        number = int(part[1]) if part else -1
        if part is None or number not in self.pipelines:
            raise web.HTTPNotFound(reason="404 Not found")
        if part[2] == "/jobs":
            jobs = sorted(self.jobs[number], key=lambda one: -int(one["id"]))
            return jobs if retried else list({one["name"]: one for one in reversed(jobs)}.values())
        if part[2] == "/bridges":
            return [
                one | {"downstream_pipeline": self.pipelines.get(one["downstream_pipeline"])}
                for one in self.bridges[number]
            ]
        return self.pipelines[number] | {"before_sha": "0" * 40, "tag": False, "yaml_errors": None, "user": shown.USER}

    def _trace(self, job: int) -> bytes:
        if self.storage is not None:
            raise web.HTTPFound(str(self.storage / str(job)))
        if job not in self.logs:
            raise web.HTTPNotFound(reason="404 Not Found")
        return self.logs[job]
