"""GitHub Enterprise Server: everything below `/api/v3`, GraphQL beside it, logs on the same host."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from chatbot.ci import Attempt, Conclusion
from chatbot.config import read
from chatbot.errors import PermanentError
from chatbot.links import links
from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.settings import Settings
from chatbot.sources.github import GitHubSource, Token
from chatbot.sources.open import open_source


class Enterprise:
    """An own server in front of the sandbox, which shows its own address wherever GitHub's API names itself."""

    def __init__(self, github: GitHubSandbox) -> None:
        self.github = github
        self.url = ""
        self.asked: list[tuple[str, str | None]] = []
        self.logs: list[str | None] = []

    async def serve(self) -> AsyncIterator[Enterprise]:
        app = web.Application()
        app.router.add_route("*", "/api/v3/{path:.*}", self._pass_on)
        app.router.add_post("/api/graphql", self._pass_on)
        app.router.add_get("/_services/logs/{job}", self._log)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield self
        await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        self.asked.append((request.path_qs, request.headers.get("Authorization")))
        path = request.raw_path.removeprefix("/api/v3").removeprefix("/api")
        sent = {
            name: value for name, value in request.headers.items() if name.lower() not in {"host", "content-length"}
        }
        async with (
            aiohttp.ClientSession() as http,
            http.request(
                request.method,
                self.github.url + path,
                headers=sent,
                data=await request.read(),
                allow_redirects=False,
            ) as answer,
        ):
            body = (await answer.read()).replace(self.github.url.encode(), f"{self.url}/api/v3".encode())
            kept = ("ETag", "Link", "Date", "Content-Type", "X-RateLimit-Limit", "X-RateLimit-Remaining", "Location")
            told = {name: answer.headers[name] for name in kept if name in answer.headers}
        told = {name: value.replace(self.github.url, f"{self.url}/api/v3") for name, value in told.items()}
        if "/logs" in path:
            told["Location"] = "/_services/logs/1?sig=1"
        return web.Response(status=answer.status, body=body, headers=told)

    async def _log(self, request: web.Request) -> web.Response:
        self.logs.append(request.headers.get("Authorization"))
        return web.Response(text="E boom\n")


@pytest.fixture
async def server() -> AsyncIterator[Enterprise]:
    draft = Draft()
    for number in range(130):
        draft.job(draft.commit(f"commit {number} (#{number + 1})", pr=number + 1, files=["a.py"]))
    async with GitHubSandbox(draft.taken(), repos={"demo": "acme/rocket"}) as github:
        github.advance()
        async for made in Enterprise(github).serve():
            yield made


@pytest.fixture
def source(server: Enterprise, http: aiohttp.ClientSession) -> GitHubSource:
    text = f"{{kind: github, repo: acme/rocket, api_url: '{server.url}/api/v3', checks: true}}"
    config = read(f"version: 1\ntrunks:\n  - source: {text}\n")
    settings = Settings.model_validate({"github_token": server.github.token})
    opened = open_source(config.trunks[0], settings, http)
    assert isinstance(opened, GitHubSource)
    return opened


async def test_links_to_further_pages_are_followed_below_the_prefix(server: Enterprise, source: GitHubSource) -> None:
    poll = await source.poll(None, window=120)
    assert len(poll.commits) == 120
    assert {path.split("?")[0] for path, _ in server.asked if "page=2" in path} == {
        f"/api/v3/repositories/{server.github.repository().id}/commits"
    }
    assert {token for _, token in server.asked} == {f"token {server.github.token}"}
    while not poll.complete:
        poll = await source.poll(poll.cursor, window=120)
    idle = await source.poll(poll.cursor, window=120)
    assert (idle.charged, idle.commits) == (0, ())


async def test_a_log_on_the_same_host_is_read_without_the_token(server: Enterprise, source: GitHubSource) -> None:
    attempt = Attempt("a" * 40, "ci", "build", 1, 700_001, conclusion=Conclusion.FAILURE)
    assert b"".join([chunk async for chunk in source.log(attempt)]) == b"E boom\n"
    assert server.logs == [None]


async def test_commits_are_looked_up_below_the_prefix(server: Enterprise, source: GitHubSource) -> None:
    sha = server.github.repository().line[-1]
    assert [file.path for file in await source.files(sha)] == ["a.py"]
    assert "acme/rocket@main (public)" in await source.check()


async def test_a_revert_is_opened_beside_the_prefix(server: Enterprise, source: GitHubSource) -> None:
    sha = server.github.repository().line[-1]
    opened = await source.revert(sha, 130, body="It broke.")
    assert (opened.number, len(server.github.reverts)) == (131, 1)
    assert server.asked[-1][0] == "/api/graphql"


async def test_an_address_without_the_prefix_says_what_to_do(server: Enterprise, http: aiohttp.ClientSession) -> None:
    source = GitHubSource("acme/rocket", http=http, api_url=server.url, auth=Token(server.github.token))
    with pytest.raises(PermanentError, match=r"GitHub refuses /repos/acme/rocket/commits \(404 .*api_url"):
        await source.poll(None, window=10)


def test_pages_of_commits_are_on_the_own_server() -> None:
    text = "{kind: github, repo: acme/rocket, api_url: 'https://ghe.example/api/v3'}"
    made = links(read(f"version: 1\ntrunks:\n  - source: {text}\n").trunks[0])
    assert made.commit("abc") == "https://ghe.example/acme/rocket/commit/abc"
