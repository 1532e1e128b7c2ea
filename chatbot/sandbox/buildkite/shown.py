"""Builds and jobs as Buildkite's documentation shows them.

https://buildkite.com/docs/apis/rest-api/builds#list-builds-for-a-pipeline
"""

from __future__ import annotations

import uuid
from typing import Any

API = "https://api.buildkite.com/v2/organizations"
PAGES = "https://buildkite.com"
_NAMES = uuid.UUID("f62a1b4d-10f9-4790-bc1c-e2c3a0c80983")


def named(text: str) -> str:
    """A UUID, the same for the same *text*."""
    return str(uuid.uuid5(_NAMES, text))


def build(org: str, pipeline: str, number: int, at: str, **fields: Any) -> dict[str, Any]:
    """A build without jobs; *fields* replace what the example says."""
    place = f"{org}/pipelines/{pipeline}"
    return {
        "id": named(f"{place} {number}"),
        "graphql_id": "QnVpbGQtLS1mYmQ2Zjk3OS0yOTRhLTQ3ZjItOTU0Ni1lNTk0M2VlMTAwNzE=",
        "url": f"{API}/{place}/builds/{number}",
        "web_url": f"{PAGES}/{org}/{pipeline}/builds/{number}",
        "number": number,
        "state": "passed",
        "cancel_reason": None,
        "blocked": False,
        "message": "Bumping to version 0.2-beta.6",
        "commit": "HEAD",
        "branch": "main",
        "env": {},
        "source": "webhook",
        "creator": {
            "id": "3d3c3bf0-7d58-4afe-8fe7-b3017d5504de",
            "name": "Keith Pitt",
            "email": "keith@buildkite.com",
            "avatar_url": "https://www.gravatar.com/avatar/e14f55d3f939977cecbf51b64ff6f861",
            "created_at": "2015-05-22T12:36:45.309Z",
        },
        "created_at": at,
        "scheduled_at": at,
        "started_at": at,
        "failing_at": None,
        "finished_at": at,
        "meta_data": {},
        "pull_request": {},
        "rebuilt_from": None,
        "pipeline": {
            "id": "849411f9-9e6d-4739-a0d8-e247088e9b52",
            "url": f"{API}/{place}",
            "name": pipeline,
            "slug": pipeline,
            "repository": f"git@github.com:{org}/{pipeline}",
            "default_branch": "main",
            "provider": {"id": "github", "webhook_url": "https://webhook.buildkite.com/deliver/xxx"},
        },
        **fields,
    }


def job(build: dict[str, Any], key: str, at: str, **fields: Any) -> dict[str, Any]:
    """A job of *build*; *fields* replace what the example says."""
    name = named(f"{build['id']} {key}")
    return {
        "id": name,
        "graphql_id": "Sm9iLS0tMTQ4YWQ0MzgtM2E2My00YWIxLWIzMjItNzIxM2Y3YzJhMWFi",
        "type": "script",
        "name": "RSpec",
        "step_key": None,
        "group_key": None,
        "step": {"id": "018c0f56-c87c-47e9-95ee-aa47397b4496", "signature": None},
        "priority": {"number": 0},
        "agent_query_rules": ["*"],
        "state": "passed",
        "build_url": build["url"],
        "web_url": f"{build['web_url']}#{name}",
        "log_url": f"{build['url']}/jobs/{name}/log",
        "raw_log_url": f"{build['url']}/jobs/{name}/log.txt",
        "command": "bundle exec rspec",
        "soft_failed": False,
        "exit_status": 0,
        "signal": None,
        "signal_reason": None,
        "artifact_paths": "",
        "agent": {"id": "0b461f65-e7be-4c80-888a-ef11d81fd971", "name": "my-agent-123"},
        "created_at": at,
        "scheduled_at": at,
        "runnable_at": at,
        "started_at": at,
        "finished_at": at,
        "retried": False,
        "retried_in_job_id": None,
        "retries_count": None,
        "retry_source": None,
        "retry_type": None,
        "parallel_group_index": None,
        "parallel_group_total": None,
        "matrix": None,
        "cluster_id": None,
        "cluster_queue_id": None,
        **fields,
    }
