"""What can be read of a repository: one function an endpoint, from the request to what is to be shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from aiohttp import web

from chatbot.ci import Attempt, Status
from chatbot.sandbox.github import shown, wholes
from chatbot.sandbox.github.replies import Listed, Refused, Shown
from chatbot.sandbox.github.repository import GitCommit, Repository, Run
from chatbot.sandbox.github.shown import Shape

Read = Callable[[web.Request, Repository, Shape], Shown | Listed]
MOST_FOUND = 1000
FILES_PER_PAGE = 300


def repository(_: web.Request, held: Repository, shape: Shape) -> Shown:
    """`/repos/{owner}/{repo}`."""
    return Shown("", lambda: shape.repository(held))


def commits(request: web.Request, held: Repository, shape: Shape) -> Listed:
    """`commits?sha=`."""
    ref = request.query.get("sha", held.branch)
    sha = held.resolve(ref)
    if sha is None:
        if not held.commits:
            raise Refused(409, "Git Repository is empty.")
        raise Refused(404, "Not Found")
    return Listed(held.commits_version, list(held.history(sha)), lambda each: shape.commit(held, held.commits[each]))


def _commit(request: web.Request, held: Repository) -> GitCommit:
    sha = held.resolve(request.match_info["ref"])
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {request.match_info['ref']}")
    return held.commits[sha]


def commit(request: web.Request, held: Repository, shape: Shape) -> Listed:
    """`commits/{ref}` with the files it touched, in pages."""
    found = _commit(request, held)
    files = found.commit.files or ()
    totals = {
        "additions": sum(file.added or 0 for file in files),
        "deletions": sum(file.deleted or 0 for file in files),
    }
    stats = {"total": sum(totals.values())} | totals
    return Listed(
        found.commit.sha,
        files,
        partial(shape.file, held, found.commit.sha),
        key="files",
        counted=False,
        rest=lambda: shape.commit(held, found) | {"stats": stats},
        per_page=FILES_PER_PAGE,
    )


def pulls(request: web.Request, held: Repository, shape: Shape) -> Listed:
    """`commits/{sha}/pulls`."""
    found = _commit(request, held).commit
    return Listed(found.sha, [found] if found.pr else [], partial(shape.pull, held))


def compare(request: web.Request, held: Repository, shape: Shape) -> Listed:
    """`compare/{base}...{head}`."""
    base, _, head = request.match_info["range"].partition("...")
    old, new = held.resolve(base), held.resolve(head)
    if old is None or new is None:
        raise Refused(404, "Not Found")
    before, after = held.ancestors(old), held.ancestors(new)
    ahead, behind = len(after - before), len(before - after)
    status = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}.get(
        (ahead > 0, behind > 0), "diverged"
    )
    added = [sha for sha in reversed(list(held.history(new))) if sha in after - before]
    return Listed(
        (held.commits_version, old, new),
        added,
        lambda sha: shape.commit(held, held.commits[sha]),
        key="commits",
        counted=False,
        rest=lambda: {
            "status": status,
            "ahead_by": ahead,
            "behind_by": behind,
            "total_commits": ahead,
            **shape.comparison(held, old, new),
        },
    )


def runs(request: web.Request, held: Repository, shape: Shape) -> Listed:
    """`actions/runs`, newest first, by `head_sha`, `branch`, `event` and `status`."""
    sha = request.query.get("head_sha")
    found = held.by_sha.get(sha, []) if sha else list(held.runs.values())
    fits = [run for run in found if _fits(request, run)]
    fits.sort(key=lambda run: (run.created_at, run.id), reverse=True)
    version = held.sha_versions.get(sha, 0) if sha else held.runs_version
    filtered = any(name in request.query for name in ("head_sha", "branch", "event", "status", "created"))
    return Listed(version, fits[:MOST_FOUND] if filtered else fits, partial(shape.run, held), key="workflow_runs")


def _fits(request: web.Request, run: Run) -> bool:
    wanted = request.query
    return (
        wanted.get("branch", run.branch) == run.branch
        and wanted.get("event", run.event) == run.event
        and wanted.get("status", run.status) in {run.status, run.conclusion}
    )


def _run(request: web.Request, held: Repository) -> Run:
    found = held.runs.get(_number(request))
    if found is None:
        raise Refused(404, "Not Found")
    return found


def run(request: web.Request, held: Repository, shape: Shape) -> Shown:
    """`actions/runs/{id}`."""
    found = _run(request, held)
    return Shown(found.version, lambda: shape.run(held, found))


def jobs(request: web.Request, held: Repository, shape: Shape) -> Listed:
    """`actions/runs/{id}/jobs`; `filter=latest` shows the jobs of the newest attempt alone."""
    found = _run(request, held)
    attempts = list(found.jobs.values())
    if request.query.get("filter", "latest") == "latest":
        attempts = [attempt for attempt in attempts if attempt.attempt == found.attempt]
    return Listed(found.version, attempts, partial(shape.job, held), key="jobs")


def job(request: web.Request, held: Repository, shape: Shape) -> Shown:
    """`actions/jobs/{id}`."""
    found = held.jobs.get(_number(request))
    if found is None:
        raise Refused(404, "Not Found")
    return Shown(held.runs[found.run_id].version, lambda: shape.job(held, found))


def _attempts(request: web.Request, held: Repository) -> tuple[str, list[Attempt]]:
    sha = _commit(request, held).commit.sha
    return sha, [attempt for run in held.by_sha.get(sha, []) for attempt in run.latest()]


def check_runs(request: web.Request, held: Repository, shape: Shape) -> Listed:
    """`commits/{ref}/check-runs`: every job is one."""
    sha, found = _attempts(request, held)
    others = (wholes.check_run(shape.url, held.name, told) for told in held.checks.get(sha, ()))
    entries = [*(shape.check_run(held, attempt) for attempt in found), *others]
    version = held.sha_versions.get(sha, 0), len(held.checks.get(sha, ()))
    return Listed(version, entries, lambda entry: entry, key="check_runs")


def status(request: web.Request, held: Repository, shape: Shape) -> Listed:
    """`commits/{ref}/status`: the newest status of each context."""
    sha = _commit(request, held).commit.sha
    told = held.statuses.get(sha, [])
    newest = list({entry["context"]: entry for entry in told}.values())
    states = {entry["state"] for entry in newest}
    state = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
    base = f"{shape.url}/repos/{held.name}/commits/{sha}"
    small = wholes.small_repository(shape.url, held.name, held.id)
    rest = {"state": state, "sha": sha, "url": f"{base}/status", "commit_url": base, "repository": small}
    show = partial(wholes.status, shape.url, held.name, sha)
    return Listed((sha, len(told)), newest, show, key="statuses", rest=lambda: rest)


def remarks(request: web.Request, held: Repository, shape: Shape) -> Listed:
    """`check-runs/{id}/annotations`."""
    del shape
    found = held.jobs.get(_number(request))
    if found is None:
        raise Refused(404, "Not Found")
    left = shown.remarks(found) if found.status is Status.COMPLETED else []
    return Listed(held.runs[found.run_id].version, left, lambda each: each)


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    return int(text) if text.isdecimal() else 0


READS: dict[str, Read] = {
    "": repository,
    "/commits": commits,
    "/commits/{ref}": commit,
    "/commits/{ref}/pulls": pulls,
    "/commits/{ref}/check-runs": check_runs,
    "/commits/{ref}/status": status,
    "/compare/{range}": compare,
    "/actions/runs": runs,
    "/actions/runs/{id}": run,
    "/actions/runs/{id}/jobs": jobs,
    "/actions/jobs/{id}": job,
    "/check-runs/{id}/annotations": remarks,
}
"""Endpoints below a repository."""
