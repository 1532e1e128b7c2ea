"""What the GitHub source says when it is not let in, or there is nothing there."""

from __future__ import annotations

import aiohttp
import pytest

from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.sandbox.github import GitHubSandbox
from chatbot.sources.github import GitHubSource, Token
from tests.sandbox.github.reading import WINDOW, opened


@pytest.mark.parametrize("repo", ["pytorch", "a/b/c", "", "a b/c", "https://github.com/a/b"])
def test_a_repository_that_is_not_owner_and_name_is_refused(repo: str) -> None:
    with pytest.raises(ConfigError, match="owner/name"):
        GitHubSource(repo, http=None)  # type: ignore[arg-type]  # refused before it is used


async def test_a_repository_that_does_not_exist_is_refused_with_what_to_do(
    github: GitHubSandbox, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(PermanentError, match="check `repo` and `branch`") as caught:
        await opened(github, http, "demo/nothing").poll(None, window=WINDOW)

    assert caught.value.code == "404"


async def test_a_branch_that_does_not_exist_is_refused_with_what_to_do(
    github: GitHubSandbox, http: aiohttp.ClientSession
) -> None:
    source = GitHubSource("demo/demo", "trunk", http=http, api_url=github.url, auth=Token(github.token))

    with pytest.raises(PermanentError, match="check `repo` and `branch`"):
        await source.poll(None, window=WINDOW)


async def test_a_repository_without_commits_says_so(http: aiohttp.ClientSession) -> None:
    async with GitHubSandbox([], repos={"demo": "demo/demo"}) as github:
        with pytest.raises(PermanentError, match="has no commits"):
            await opened(github, http).poll(None, window=WINDOW)


async def test_a_wrong_token_is_refused_with_what_to_do(github: GitHubSandbox, http: aiohttp.ClientSession) -> None:
    source = GitHubSource("demo/demo", http=http, api_url=github.url, auth=Token("ghp_wrong"))

    with pytest.raises(PermanentError, match="set GITHUB_TOKEN") as caught:
        await source.poll(None, window=WINDOW)

    assert "ghp_wrong" not in str(caught.value)
    assert "ghp_wrong" not in repr(source.__dict__)


async def test_a_server_that_is_not_there_may_come_back(http: aiohttp.ClientSession) -> None:
    async with GitHubSandbox([]) as github:
        url = github.url
    source = GitHubSource("demo/demo", http=http, api_url=url)

    with pytest.raises(TransientError, match="cannot be reached"):
        await source.poll(None, window=WINDOW)
