"""Asks the sandbox's GitHub by itself, without the source, of a trunk that has a bit of everything."""

from __future__ import annotations

from typing import Any

import aiohttp

from chatbot.sandbox.github import Draft, GitHubSandbox

BASE = "/repos/demo/demo"
Json = Any


class Answered:
    def __init__(self, status: int, body: Json, headers: dict[str, str], links: Json) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        self.next = str(links["next"]["url"]) if "next" in links else None


class Asker:
    """A plain HTTP client with the token."""

    def __init__(self, github: GitHubSandbox, http: aiohttp.ClientSession) -> None:
        self._github = github
        self._http = http
        self.headers = {"Authorization": f"Bearer {github.token}"}

    async def ask(self, path: str, method: str = "GET", *, json: Json = None, **headers: str) -> Answered:
        told = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("http") else self._github.url + path
        async with self._http.request(method, url, headers=told, json=json, allow_redirects=False) as response:
            kind = response.headers.get("Content-Type", "")
            body = await response.json() if "json" in kind and response.status != 304 else await response.text()
            return Answered(response.status, body, dict(response.headers), dict(response.links))


def reverted(draft: Draft) -> GitHubSandbox:
    """A commit that broke a test, and its revert, whose build goes on."""
    first = draft.commit("[x] Add (#1)", pr=1, files=["a.py", "b.py"])
    draft.job(first, "build")
    draft.job(first, "test", "failure", line="E: no")
    second = draft.commit('Revert "[x] Add (#1)" (#2)', pr=2)
    draft.job(second, "build", "in_progress")
    return GitHubSandbox(draft.taken())
