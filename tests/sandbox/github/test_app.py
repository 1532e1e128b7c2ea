"""Asking GitHub as an App: tokens of an hour, renewed in time, and keys that are none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chatbot.errors import ConfigError, PermanentError
from chatbot.sandbox.github import AppKey, Draft, GitHubSandbox
from chatbot.sources.github import App, GitHubSource


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture
async def for_apps(draft: Draft, keys: tuple[str, str]) -> AsyncIterator[GitHubSandbox]:
    for index in range(3):
        draft.job(draft.commit(f"commit {index}"))
    async with GitHubSandbox(draft.taken(), token=None, app=AppKey("77", keys[1])) as sandbox:
        sandbox.advance()
        yield sandbox


async def test_an_app_asks_with_one_installation_token_until_it_nearly_ends(
    for_apps: GitHubSandbox, http: aiohttp.ClientSession, keys: tuple[str, str]
) -> None:
    source = GitHubSource("demo/demo", http=http, api_url=for_apps.url, auth=App("77", keys[0]))

    first = await source.poll(None, window=10)
    await source.poll(first.cursor, window=10)
    assert for_apps.login.grants == 1

    for_apps.advance(to=for_apps.now + timedelta(minutes=57))
    await source.poll(first.cursor, window=10)
    await source.poll(first.cursor, window=10)
    assert for_apps.login.grants == 2
    assert "as GitHub App 77" in await source.check()


async def test_an_app_whose_token_was_revoked_asks_for_another(
    for_apps: GitHubSandbox, http: aiohttp.ClientSession, keys: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "key.pem"
    path.write_text(keys[0])
    source = GitHubSource("demo/demo", http=http, api_url=for_apps.url, auth=App("77", str(path)))
    first = await source.poll(None, window=10)
    for_apps.login.revoke()

    assert (await source.poll(first.cursor, window=10)).charged == 0


async def test_an_app_with_anothers_number_is_refused(
    for_apps: GitHubSandbox, http: aiohttp.ClientSession, keys: tuple[str, str]
) -> None:
    source = GitHubSource("demo/demo", http=http, api_url=for_apps.url, auth=App("78", keys[0]))

    with pytest.raises(PermanentError, match="GITHUB_APP_ID"):
        await source.poll(None, window=10)


@pytest.mark.parametrize("key", ["nonsense", "/no/such/file.pem", "-----BEGIN PRIVATE KEY-----\nabc", ""])
def test_a_key_that_is_none_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ConfigError, match="GITHUB_APP_PRIVATE_KEY is n") as caught:
        GitHubSource("demo/demo", http=None, auth=App("77", key))  # type: ignore[arg-type]  # refused before

    assert "nonsense" not in str(caught.value)
    assert "abc" not in repr(App("77", key))


def test_a_key_may_have_its_line_ends_written_out(keys: tuple[str, str]) -> None:
    written = keys[0].replace("\n", "\\n")

    assert App("77", written).pem() == keys[0].strip()
