"""Every answer of the sandbox is one that GitHub's own description allows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chatbot.ci import Author, Conclusion, Status
from chatbot.sandbox.github import AppKey, Draft, GitHubSandbox
from chatbot.sandbox.github.login import INSTALLATION

REPO = "/repos/{owner}/{repo}"
NAMES = "(1, 2)", "Prüfung ü (2, 2)"


@cache
def described() -> dict[str, Any]:
    text = (Path(__file__).parent / "openapi" / "api.github.com.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]  # an object


def problems(endpoint: str, body: Any) -> list[str]:
    """What is not as described, each with its place."""
    schema = {**described()["answers"][endpoint], "components": described()["components"]}
    found = jsonschema.Draft202012Validator(schema).iter_errors(body)
    return [f"{error.json_path}: {error.message[:300]}" for error in found]


class Asking:
    """A GitHub with everything on it, and what it answers."""

    def __init__(self, github: GitHubSandbox, http: aiohttp.ClientSession, shas: list[str], jobs: list[int]) -> None:
        self.github = github
        self.shas = shas
        self.jobs = jobs
        self._http = http

    async def __call__(self, path: str, *, method: str = "GET", status: int = 200, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self.github.token}"}
        async with self._http.request(method, f"{self.github.url}{path}", headers=headers, json=body) as response:
            assert response.status == status
            return await response.json()


@pytest.fixture
async def ask() -> AsyncIterator[Asking]:
    draft = Draft()
    shas = [
        draft.commit("one (#1)", pr=1, files=["a.py", "ü.py"]),
        draft.commit("two", author=Author("Nobody", None, None), pr=2),
        draft.commit("three"),
    ]
    jobs = [
        draft.job(shas[0], NAMES[0], Conclusion.FAILURE, line="E boom"),
        draft.job(shas[0], NAMES[1], Conclusion.SUCCESS),
        draft.job(shas[1], NAMES[0], Status.QUEUED),
        draft.job(shas[2], NAMES[1], Status.IN_PROGRESS, workflow="lint"),
        *(draft.job(shas[2], end.value, end, workflow="ends") for end in Conclusion),
    ]
    async with GitHubSandbox(draft.taken()) as github, aiohttp.ClientSession() as http:
        github.advance()
        github.add_check(shas[0], "unit", app="Circle CI", conclusion="failure")
        github.add_check(shas[0], "Build / Linux", app="Azure Pipelines")
        github.add_status(shas[0], "ci/jenkins: build", "error")
        github.add_status(shas[0], "ci/jenkins: test", "pending")
        yield Asking(github, http, shas, jobs)


READS = {
    f"GET {REPO}": "",
    f"GET {REPO}/commits": "/commits",
    f"GET {REPO}/commits/{{ref}}": "/commits/{sha}",
    f"GET {REPO}/commits/{{commit_sha}}/pulls": "/commits/{sha}/pulls",
    f"GET {REPO}/commits/{{ref}}/check-runs": "/commits/{sha}/check-runs",
    f"GET {REPO}/commits/{{ref}}/status": "/commits/{sha}/status",
    f"GET {REPO}/compare/{{basehead}}": "/compare/{sha}...main",
    f"GET {REPO}/actions/runs": "/actions/runs",
    f"GET {REPO}/actions/runs/{{run_id}}": "/actions/runs/500001",
    f"GET {REPO}/actions/runs/{{run_id}}/jobs": "/actions/runs/500001/jobs",
    f"GET {REPO}/actions/jobs/{{job_id}}": "/actions/jobs/{job}",
    f"GET {REPO}/check-runs/{{check_run_id}}/annotations": "/check-runs/{job}/annotations",
}


@pytest.mark.parametrize("endpoint", READS)
async def test_what_is_read_is_as_described(ask: Asking, endpoint: str) -> None:
    for sha in ask.shas:
        body = await ask("/repos/demo/demo" + READS[endpoint].format(sha=sha, job=ask.jobs[0]))
        assert problems(endpoint, body) == []


WRITES: dict[str, tuple[str, object]] = {
    f"POST {REPO}/actions/runs/{{run_id}}/rerun-failed-jobs": ("/actions/runs/500001/rerun-failed-jobs", None),
    f"POST {REPO}/actions/jobs/{{job_id}}/rerun": ("/actions/jobs/{job}/rerun", None),
    f"POST {REPO}/issues/{{issue_number}}/comments": ("/issues/1/comments", {"body": "hello"}),
}
TOKENS = "/app/installations/{}/access_tokens"


@pytest.mark.parametrize("endpoint", WRITES)
async def test_what_is_set_off_is_answered_as_described(ask: Asking, endpoint: str) -> None:
    path, sent = WRITES[endpoint]
    body = await ask("/repos/demo/demo" + path.format(job=ask.jobs[0]), method="POST", status=201, body=sent)
    assert problems(endpoint, body) == []


async def test_the_rate_limit_is_as_described(ask: Asking) -> None:
    assert problems("GET /rate_limit", await ask("/rate_limit")) == []


async def test_a_refusal_is_as_described(ask: Asking) -> None:
    body = await ask("/repos/demo/nothing", status=404)
    refused = {"$ref": "#/components/schemas/basic-error", "components": described()["components"]}
    jsonschema.validate(body, refused, jsonschema.Draft202012Validator)


async def test_an_app_is_answered_as_described() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    async with GitHubSandbox([], app=AppKey("1", public.decode())) as github, aiohttp.ClientSession() as http:
        now = github.now.timestamp()
        claim = jwt.encode({"iss": "1", "iat": now - 60, "exp": now + 300}, key, algorithm="RS256")
        told = {}
        for method, path in (("GET", "/repos/sandbox/sandbox/installation"), ("POST", TOKENS.format(INSTALLATION))):
            async with http.request(method, github.url + path, headers={"Authorization": f"Bearer {claim}"}) as answer:
                told[method] = await answer.json()
    assert problems(f"GET {REPO}/installation", told["GET"]) == []
    assert problems("POST " + TOKENS.format("{installation_id}"), told["POST"]) == []


def test_every_endpoint_that_is_described_is_looked_at() -> None:
    others = {"GET /rate_limit", f"GET {REPO}/installation", "POST " + TOKENS.format("{installation_id}")}
    assert described()["answers"].keys() == READS.keys() | WRITES.keys() | others


def test_where_the_description_comes_from_is_said() -> None:
    assert "MIT License, Copyright (c) 2020 Octokit contributors" in described()["source"]
