"""What GitHub's answers look like: its field names, its addresses, its order of things."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from chatbot.ci import Attempt, ChangedFile, Commit, Status
from chatbot.sandbox.github import wholes
from chatbot.sandbox.github.repository import GitCommit, Repository, Run
from chatbot.sandbox.github.wholes import number, written

Json = dict[str, Any]


class Shape:
    """Answers of one sandbox: everything below *url* and *web*."""

    def __init__(self, url: str) -> None:
        self.url = url

    def repository(self, repository: Repository) -> Json:
        """`/repos/{owner}/{repo}`."""
        return wholes.repository(self.url, repository.name, repository.id, repository.branch)

    def person(self, login: str | None) -> Json | None:
        """An account, `None` where a commit's author has none."""
        return wholes.person(self.url, login) if login else None

    def commit(self, repository: Repository, held: GitCommit) -> Json:
        """A commit as the list shows it."""
        commit, base = held.commit, f"{self.url}/repos/{repository.name}"
        told = {"name": commit.author.name, "email": commit.author.email, "date": written(commit.committed_at)}
        who = {name: value for name, value in told.items() if value is not None}
        return {
            "sha": commit.sha,
            "node_id": f"C_{commit.sha[:16]}",
            "commit": {
                "author": who,
                "committer": who,
                "message": message(repository, commit),
                "tree": {"sha": commit.sha, "url": f"{base}/git/trees/{commit.sha}"},
                "url": f"{base}/git/commits/{commit.sha}",
                "comment_count": 0,
            },
            "url": f"{base}/commits/{commit.sha}",
            "html_url": f"{self.url}/{repository.name}/commit/{commit.sha}",
            "comments_url": f"{base}/commits/{commit.sha}/comments",
            "author": self.person(commit.author.login),
            "committer": self.person(commit.author.login),
            "parents": [{"sha": sha, "url": f"{base}/commits/{sha}"} for sha in held.parents],
        }

    def file(self, repository: Repository, sha: str, file: ChangedFile) -> Json:
        """A file of a commit."""
        path = quote(file.path)
        added, deleted = file.added or 0, file.deleted or 0
        return {
            "sha": f"{number(file.path):040x}",
            "filename": file.path,
            "status": "modified",
            "additions": added,
            "deletions": deleted,
            "changes": added + deleted,
            "blob_url": f"{self.url}/{repository.name}/blob/{sha}/{path}",
            "raw_url": f"{self.url}/{repository.name}/raw/{sha}/{path}",
            "contents_url": f"{self.url}/repos/{repository.name}/contents/{path}?ref={sha}",
        }

    def run(self, repository: Repository, run: Run) -> Json:
        """A workflow run."""
        base = f"{self.url}/repos/{repository.name}"
        held = repository.commits.get(run.sha)
        return {
            "id": run.id,
            "name": run.workflow,
            "node_id": f"WFR_{run.id}",
            "head_branch": run.branch,
            "head_sha": run.sha,
            "path": f".github/workflows/{workflow_file(run.workflow)}",
            "display_title": held.commit.title if held else run.workflow,
            "run_number": run.number,
            "event": run.event,
            "status": run.status.value,
            "conclusion": run.conclusion.value if run.conclusion else None,
            "workflow_id": number(run.workflow),
            "check_suite_id": run.id + 1,
            "check_suite_url": f"{base}/check-suites/{run.id + 1}",
            "cancel_url": f"{base}/actions/runs/{run.id}/cancel",
            "artifacts_url": f"{base}/actions/runs/{run.id}/artifacts",
            "head_commit": None,
            "repository": wholes.small_repository(self.url, repository.name, repository.id),
            "head_repository": wholes.small_repository(self.url, repository.name, repository.id),
            "url": f"{base}/actions/runs/{run.id}",
            "html_url": f"{self.url}/{repository.name}/actions/runs/{run.id}",
            "pull_requests": [],
            "created_at": written(run.created_at),
            "updated_at": written(run.updated_at),
            "run_attempt": run.attempt,
            "run_started_at": written(run.created_at),
            "jobs_url": f"{base}/actions/runs/{run.id}/jobs",
            "logs_url": f"{base}/actions/runs/{run.id}/logs",
            "rerun_url": f"{base}/actions/runs/{run.id}/rerun",
            "workflow_url": f"{base}/actions/workflows/{number(run.workflow)}",
        }

    def job(self, repository: Repository, attempt: Attempt) -> Json:
        """A job of a run."""
        base = f"{self.url}/repos/{repository.name}"
        finished = attempt.status is Status.COMPLETED
        return {
            "id": attempt.job_id,
            "run_id": attempt.run_id,
            "workflow_name": attempt.workflow,
            "head_branch": repository.branch,
            "run_url": f"{base}/actions/runs/{attempt.run_id}",
            "run_attempt": attempt.attempt,
            "node_id": f"CR_{attempt.job_id}",
            "head_sha": attempt.sha,
            "url": f"{base}/actions/jobs/{attempt.job_id}",
            "html_url": attempt.url
            or f"{self.url}/{repository.name}/actions/runs/{attempt.run_id}/job/{attempt.job_id}",
            "status": attempt.status.value,
            "conclusion": attempt.conclusion.value if attempt.conclusion and finished else None,
            "created_at": written(attempt.queued_at or attempt.started_at),
            "started_at": written(attempt.started_at or attempt.queued_at),
            "completed_at": written(attempt.completed_at) if finished else None,
            "name": attempt.job,
            "steps": [],
            "check_run_url": f"{base}/check-runs/{attempt.job_id}",
            "labels": [],
            "runner_id": None,
            "runner_name": None,
            "runner_group_id": None,
            "runner_group_name": None,
        }

    def check_run(self, repository: Repository, attempt: Attempt) -> Json:
        """A job as a check run."""
        job = self.job(repository, attempt)
        kept = ("id", "node_id", "head_sha", "html_url", "status", "conclusion", "started_at", "completed_at", "name")
        told = {key: job[key] for key in kept} | {
            "app": wholes.app(self.url, "GitHub Actions"),
            "check_suite": {"id": attempt.run_id + 1},
            "output": {"annotations_count": 2 if attempt.failure else 0},
        }
        told["conclusion"] = _AS_CHECK.get(told["conclusion"], told["conclusion"])
        return wholes.check_run(self.url, repository.name, told)

    def pull(self, repository: Repository, commit: Commit) -> Json:
        """The pull request that brought a commit."""
        told = {
            "number": commit.pr,
            "node_id": f"PR_{commit.pr}",
            "title": commit.title,
            "state": "closed",
            "user": self.person(commit.author.login),
            "merged_at": written(commit.committed_at),
            "merge_commit_sha": commit.sha,
            "base": {"ref": repository.branch},
        }
        return wholes.pull(self.url, repository.name, told, sha=commit.sha, base=self.repository(repository))

    def comparison(self, repository: Repository, base: str, head: str) -> Json:
        """The addresses of a comparison, and its first commit."""
        web = f"{self.url}/{repository.name}/compare/{base}...{head}"
        addresses = {"html_url": web, "permalink_url": web, "diff_url": f"{web}.diff", "patch_url": f"{web}.patch"}
        oldest = self.commit(repository, repository.commits[base])
        addresses["url"] = f"{self.url}/repos/{repository.name}/compare/{base}...{head}"
        return {**addresses, "base_commit": oldest, "merge_base_commit": oldest}


_AS_CHECK = {"startup_failure": "failure", "stale": "neutral"}
"""Ends of a job that a check run does not have."""


def message(repository: Repository, commit: Commit) -> str:
    """The whole commit message: the title; what it reverts, as git says it; its pull request where nothing names it."""
    reverted = re.fullmatch(r'Revert "(.*)"(?: \(#\d+\))?', commit.title)
    if reverted:
        known = (held.commit for held in repository.commits.values())
        shas = [before.sha for before in known if before.title == reverted[1] and before.sha != commit.sha]
        return f"{commit.title}\n\nThis reverts commit {shas[-1]}." if shas else commit.title
    if commit.pr is None or f"#{commit.pr}" in commit.title:
        return commit.title
    return f"{commit.title}\n\nPull Request resolved: https://github.com/{repository.name}/pull/{commit.pr}"


def workflow_file(workflow: str) -> str:
    """The file a workflow of that name lives in."""
    return "".join(letter if letter.isalnum() else "-" for letter in workflow.lower()) + ".yml"


def remarks(attempt: Attempt) -> list[Json]:
    """What the runner remarks about a failed job."""
    if attempt.failure is None:
        return []
    lines = [attempt.failure.line or "the job failed", "Process completed with exit code 1."]
    return [
        {
            "path": ".github",
            "blob_href": "",
            "start_line": index + 1,
            "end_line": index + 1,
            "start_column": None,
            "end_column": None,
            "raw_details": None,
            "annotation_level": "failure",
            "title": "",
            "message": line,
        }
        for index, line in enumerate(lines)
    ]


def refusal(status: int, text: str) -> Mapping[str, str]:
    """An error's body."""
    return {"message": text, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
