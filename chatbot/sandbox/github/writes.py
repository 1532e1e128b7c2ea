"""What people can set off: re-runs, dispatches, reverts. Their results become visible as story time goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from fnmatch import fnmatchcase

import msgspec
from aiohttp import web
from msgspec import Struct

from chatbot.ci import Attempt, Conclusion, Status
from chatbot.recording import RecordedJob
from chatbot.sandbox.github import wholes
from chatbot.sandbox.github.replies import Refused
from chatbot.sandbox.github.repository import Repository, Run
from chatbot.sandbox.github.schedule import Schedule
from chatbot.sandbox.github.shown import workflow_file
from chatbot.sandbox.github.wholes import number

PICKED_UP = timedelta(seconds=20)
"""How long a re-run job waits for a runner."""

USUALLY_TAKES = timedelta(minutes=20)
"""How long it then runs, where nobody knows how long it ran before."""


class Revert(Struct, frozen=True):
    """A pull request that undoes another, opened through GraphQL."""

    reverts: int
    number: int
    title: str
    url: str


class Outcomes:
    """How re-run jobs end: as scripted, else as they ended before."""

    def __init__(self) -> None:
        self._scripted: list[tuple[str, list[Conclusion]]] = []

    def script(self, pattern: str, *conclusions: Conclusion | str) -> None:
        """Let re-runs of jobs like the glob *pattern* end so, one after the other, the last for ever."""
        self._scripted.insert(0, (pattern, [Conclusion(conclusion) for conclusion in conclusions]))

    def of(self, attempt: Attempt) -> Conclusion:
        """How the re-run of *attempt* ends."""
        for pattern, conclusions in self._scripted:
            if fnmatchcase(attempt.job, pattern):
                return conclusions.pop(0) if len(conclusions) > 1 else conclusions[0]
        return attempt.conclusion or Conclusion.SUCCESS


class Writes:
    """The endpoints that change something."""

    def __init__(self, schedule: Schedule, outcomes: Outcomes, apply: Callable[[], None]) -> None:
        self._schedule = schedule
        self._outcomes = outcomes
        self._apply = apply
        self.reverts: list[Revert] = []
        self.comments: list[tuple[int, str]] = []

    def rerun_failed(self, request: web.Request, held: Repository) -> web.Response:
        """`actions/runs/{id}/rerun-failed-jobs`."""
        run = held.runs.get(_number(request))
        if run is None:
            raise Refused(404, "Not Found")
        failed = [job for job in run.latest() if job.conclusion and _rerun_with_failed(job.conclusion)]
        self._again(held, run, failed)
        return _empty(201)

    def rerun_job(self, request: web.Request, held: Repository) -> web.Response:
        """`actions/jobs/{id}/rerun`."""
        job = held.jobs.get(_number(request))
        if job is None:
            raise Refused(404, "Not Found")
        self._again(held, held.runs[job.run_id], [job])
        return _empty(201)

    def _again(self, held: Repository, run: Run, jobs: Iterable[RecordedJob]) -> None:
        if run.status is not Status.COMPLETED:
            raise Refused(403, "The workflow run containing this job is already running")
        for job in jobs:
            self._plan(held, job, run_id=run.id, attempt=run.attempt + 1)
        self._apply()

    def _plan(self, held: Repository, like: RecordedJob, *, run_id: int, attempt: int) -> None:
        """Queue a job like *like* now, and let it start and end later."""
        now = self._schedule.now
        began, ended = like.started_at, like.completed_at
        takes = ended - began if began and ended else USUALLY_TAKES
        queued = msgspec.structs.replace(
            like,
            at=now,
            run_id=run_id,
            job_id=held.new_id(),
            attempt=attempt,
            status=Status.QUEUED,
            conclusion=None,
            queued_at=now,
            started_at=None,
            completed_at=None,
            url=None,
        )
        started = msgspec.structs.replace(
            queued, at=now + PICKED_UP, status=Status.IN_PROGRESS, started_at=now + PICKED_UP
        )
        end = now + PICKED_UP + takes
        outcome = self._outcomes.of(like)
        done = msgspec.structs.replace(
            started,
            at=end,
            status=Status.COMPLETED,
            conclusion=outcome,
            completed_at=end,
            failure=like.failure if outcome.failed else None,
        )
        for state in (queued, started, done):
            self._schedule.add(state)

    def dispatch(self, request: web.Request, held: Repository, body: bytes) -> web.Response:
        """`actions/workflows/{id}/dispatches`: the workflow's newest jobs once more, on the commit of *ref*."""
        wanted = request.match_info["id"]
        sha = held.resolve(_ref(body))
        if sha is None:
            raise Refused(422, f"No ref found for: {_ref(body)}")
        known = [run for run in held.runs.values() if wanted in _names(run.workflow)]
        if not known:
            raise Refused(404, "Not Found")
        run_id = held.new_id()
        for job in known[-1].latest():
            self._plan(held, msgspec.structs.replace(job, sha=sha), run_id=run_id, attempt=1)
        self._apply()
        held.runs[run_id].event = "workflow_dispatch"
        return web.Response(status=204)

    def comment(self, request: web.Request, held: Repository, body: bytes) -> web.Response:
        """`issues/{id}/comments`, on a pull request that brought a commit."""
        number = _number(request)
        if not any(each.commit.pr == number for each in held.commits.values()):
            raise Refused(404, "Not Found")
        try:
            text = msgspec.json.decode(body, type=_Comment).body
        except msgspec.MsgspecError as error:
            raise Refused(400, "Problems parsing JSON") from error
        self.comments.append((number, text))
        told = {"id": len(self.comments), "body": text, "created_at": wholes.written(self._schedule.now)}
        shown = wholes.comment("https://github.com", held.name, number, told)
        return web.Response(status=201, body=msgspec.json.encode(shown), content_type="application/json")

    def graphql(self, repositories: list[Repository], body: bytes) -> web.Response:
        """The `revertPullRequest` mutation, and nothing else."""
        try:
            asked = msgspec.json.decode(body, type=_Query)
        except msgspec.MsgspecError as error:
            raise Refused(400, "Problems parsing JSON") from error
        given = asked.variables.get("input", asked.variables)
        given = given if isinstance(given, dict) else {}
        node = given.get("pullRequestId", "")
        if "revertPullRequest" not in asked.query:
            return _json({"errors": [{"type": "NOT_IMPLEMENTED", "message": "only revertPullRequest is known here"}]})
        pulls = ((held, each.commit) for held in repositories for each in held.commits.values() if each.commit.pr)
        held, pull = next((found for found in pulls if f"PR_{found[1].pr}" == node), (None, None))
        if held is None or pull is None or pull.pr is None:
            text = f"Could not resolve to a node with the global id of '{node}'"
            problem = {"type": "NOT_FOUND", "path": ["revertPullRequest"], "message": text}
            return _json({"data": {"revertPullRequest": None}, "errors": [problem]})
        title = str(given.get("title") or f'Revert "{pull.title}"')
        return _json({"data": {"revertPullRequest": self._revert(held, pull.pr, title)}})

    def _revert(self, held: Repository, reverted: int, title: str) -> object:
        numbers = [each.commit.pr or 0 for each in held.commits.values()] + [each.number for each in self.reverts]
        opened = max(numbers, default=0) + 1
        url = f"https://github.com/{held.name}/pull/{opened}"
        self.reverts.append(Revert(reverted, opened, title, url))
        shown = {"id": f"PR_{opened}", "number": opened, "title": title, "url": url}
        return {"revertPullRequest": shown, "pullRequest": {"id": f"PR_{reverted}", "number": reverted}}


class _Query(Struct, frozen=True):
    query: str
    variables: dict[str, object] = {}


class _Comment(Struct, frozen=True):
    body: str


class _Dispatch(Struct, frozen=True):
    ref: str = ""


def _rerun_with_failed(conclusion: Conclusion) -> bool:
    return conclusion.failed or conclusion is Conclusion.CANCELLED


def _ref(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Dispatch).ref
    except msgspec.MsgspecError as error:
        raise Refused(400, "Problems parsing JSON") from error


def _names(workflow: str) -> set[str]:
    return {str(number(workflow)), workflow_file(workflow)}


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    return int(text) if text.isdecimal() else 0


def _empty(status: int) -> web.Response:
    return web.Response(status=status, body=b"{}", content_type="application/json")


def _json(body: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
