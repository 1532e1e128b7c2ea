"""Commits, pipelines and jobs as GitLab's documentation shows them.

https://docs.gitlab.com/api/commits/, https://docs.gitlab.com/api/pipelines/, https://docs.gitlab.com/api/jobs/
"""

from __future__ import annotations

from typing import Any

USER = {
    "id": 1,
    "name": "Administrator",
    "username": "root",
    "state": "active",
    "avatar_url": "http://www.gravatar.com/avatar/e64c7d89f26bd1972efa854d13d7dd61?s=80&d=identicon",
    "web_url": "http://gitlab.dev/root",
    "bio": None,
    "location": None,
    "public_email": "",
}
DIFF = {
    "diff": "@@ -71,6 +71,8 @@\n sudo -u git -H bundle exec rake migrate_keys\n+sudo -u git\n+\n-old\n ```\n",
    "new_path": "doc/update/5.4-to-6.0.md",
    "old_path": "doc/update/5.4-to-6.0.md",
    "a_mode": None,
    "b_mode": "100644",
    "new_file": False,
    "renamed_file": False,
    "deleted_file": False,
}


def project(number: int, path: str) -> dict[str, Any]:
    """A project."""
    return {
        "id": number,
        "name": path.rpartition("/")[2],
        "path_with_namespace": path,
        "default_branch": "main",
        "visibility": "private",
        "web_url": f"https://gitlab.example.com/{path}",
    }


def commit(sha: str, parents: list[str], message: str, at: str) -> dict[str, Any]:
    """A commit as lists show it."""
    return {
        "id": sha,
        "short_id": sha[:11],
        "title": message.split("\n", 1)[0],
        "author_name": "Dmitriy Zaporozhets",
        "author_email": "dzaporozhets@sphereconsultinginc.com",
        "authored_date": at,
        "committer_name": "Administrator",
        "committer_email": "admin@example.com",
        "committed_date": at,
        "created_at": at,
        "message": message,
        "parent_ids": parents,
        "web_url": f"https://gitlab.example.com/commit/{sha}",
        "trailers": {},
    }


def pipeline(number: int, project: int, sha: str, at: str, **fields: Any) -> dict[str, Any]:
    """A pipeline as lists show it; *fields* replace what the example says."""
    return {
        "id": number,
        "iid": number,
        "project_id": project,
        "status": "success",
        "source": "push",
        "ref": "main",
        "sha": sha,
        "name": "Build pipeline",
        "web_url": f"https://gitlab.example.com/foo/bar/-/pipelines/{number}",
        "created_at": at,
        "updated_at": at,
        **fields,
    }


def job(number: int, pipeline: dict[str, Any], at: str, **fields: Any) -> dict[str, Any]:
    """A job of *pipeline*; *fields* replace what the example says."""
    return {
        "commit": {"id": pipeline["sha"], "title": "Test the CI integration.", "author_name": "Administrator"},
        "coverage": None,
        "allow_failure": False,
        "archived": False,
        "created_at": at,
        "started_at": at,
        "finished_at": at,
        "erased_at": None,
        "duration": 0.173,
        "queued_duration": 0.010,
        "artifacts": [],
        "artifacts_expire_at": None,
        "tag_list": ["docker runner", "ubuntu18"],
        "id": number,
        "name": "teaspoon",
        "pipeline": {key: pipeline[key] for key in ("id", "project_id", "ref", "sha", "status")},
        "ref": "main",
        "runner": None,
        "runner_manager": None,
        "stage": "test",
        "status": "success",
        "tag": False,
        "web_url": f"https://gitlab.example.com/foo/bar/-/jobs/{number}",
        "project": {"ci_job_token_scope_enabled": False},
        "user": USER,
        **fields,
    }
