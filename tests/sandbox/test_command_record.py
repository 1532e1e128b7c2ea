"""`trunkwatch record` against a GitHub on localhost: what it shows is written once, in the recording format."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from chatbot.ci import Conclusion, Status
from chatbot.commands.record import Follower, follow
from chatbot.config import TrunkConfig
from chatbot.errors import PermanentError
from chatbot.recorder import Recorder
from chatbot.recording import RecordedCommit, RecordedJob, read
from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.sources.github import GitHubSource, Token

TRUNK = TrunkConfig.model_validate({"source": {"kind": "github", "repo": "demo/demo"}, "poll_every": "50ms"})


@pytest.fixture
def draft() -> Draft:
    return Draft()


@pytest.fixture
async def github(draft: Draft) -> AsyncIterator[GitHubSandbox]:
    for title in ("one", "two"):
        draft.job(draft.commit(title, files=["a.py"]), "build")
    async with GitHubSandbox(draft.taken()) as sandbox:
        sandbox.advance()
        yield sandbox


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "trunk.jsonl.gz"


def follower(
    github: GitHubSandbox, http: aiohttp.ClientSession, recorder: Recorder, said: list[str], *, files: bool = False
) -> Follower:
    source = GitHubSource("demo/demo", http=http, api_url=github.url, auth=Token(github.token))
    return Follower(TRUNK, source, recorder, files=files, say=said.append)


async def until(recorder: Recorder, jobs: int) -> None:
    while recorder.jobs < jobs:
        await asyncio.sleep(0.01)


async def test_what_changes_is_written_as_it_changes(
    github: GitHubSandbox, http: aiohttp.ClientSession, draft: Draft, out: Path
) -> None:
    stop = asyncio.Event()
    with Recorder(out) as recorder:
        following = asyncio.create_task(follow([follower(github, http, recorder, [])], seconds=None, stop=stop))
        await until(recorder, 2)
        sha = draft.commit("three")
        job = draft.job(sha, "build", Status.IN_PROGRESS)
        github.add(*draft.taken())
        github.advance()
        await until(recorder, 3)
        draft.job(sha, "build", Conclusion.FAILURE, job_id=job)
        github.add(*draft.taken())
        github.advance()
        await until(recorder, 4)
        stop.set()
        await following
    lines = list(read(out))
    assert [line.title for line in lines if isinstance(line, RecordedCommit)] == ["one", "two", "three"]
    assert [line.conclusion for line in lines if isinstance(line, RecordedJob)] == [
        Conclusion.SUCCESS,
        Conclusion.SUCCESS,
        None,
        Conclusion.FAILURE,
    ]
    assert {line.trunk for line in lines} == {"demo"}


async def test_a_second_recording_goes_on_where_the_first_ended(
    github: GitHubSandbox, http: aiohttp.ClientSession, out: Path
) -> None:
    for _ in range(2):
        with Recorder(out) as recorder:
            await follow([follower(github, http, recorder, [])], seconds=0, stop=asyncio.Event())
    assert len(list(read(out))) == 4


async def test_files_are_asked_for_where_wanted(github: GitHubSandbox, http: aiohttp.ClientSession, out: Path) -> None:
    with Recorder(out) as recorder:
        await follow([follower(github, http, recorder, [], files=True)], seconds=0, stop=asyncio.Event())
    files = [line.files for line in read(out) if isinstance(line, RecordedCommit)]
    assert [[file.path for file in found or ()] for found in files] == [["a.py"], ["a.py"]]


async def test_a_source_that_refuses_us_ends_it(github: GitHubSandbox, http: aiohttp.ClientSession, out: Path) -> None:
    source = GitHubSource("demo/other", http=http, api_url=github.url, auth=Token(github.token))
    said: list[str] = []
    with Recorder(out) as recorder:
        refused = Follower(TRUNK, source, recorder, files=False, say=said.append)
        both = [refused, follower(github, http, recorder, [])]
        with pytest.raises(PermanentError, match="does not exist"):
            await follow(both, seconds=None, stop=asyncio.Event())


async def test_a_source_that_stumbles_is_tried_again(http: aiohttp.ClientSession, out: Path, closed_port: int) -> None:
    said: list[str] = []
    source = GitHubSource("demo/demo", http=http, api_url=f"http://127.0.0.1:{closed_port}")
    with Recorder(out) as recorder:
        trying = Follower(TRUNK, source, recorder, files=False, say=said.append)
        await follow([trying], seconds=0.2, stop=asyncio.Event())
    assert len(said) > 1
    assert {line[:5] for line in said} == {"demo:"}
    assert said[0].endswith("; trying again")


async def test_ctrl_c_finishes_the_file(github: GitHubSandbox, tmp_path: Path, out: Path) -> None:
    config = tmp_path / "trunkwatch.yaml"
    source = f"{{kind: github, repo: demo/demo, api_url: '{github.url}'}}"
    config.write_text(f"version: 1\ntrunks:\n  - source: {source}\n    poll_every: 50ms\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chatbot", "record", "--config", str(config), "--out", str(out)),
        env={"GITHUB_TOKEN": github.token, "PATH": ""},
        cwd=Path.cwd(),
        stderr=asyncio.subprocess.PIPE,
    )
    while not out.exists() or out.stat().st_size == 0:
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert process.returncode == 0
    assert errors.decode() == f"{out}: recorded 2 commits and 2 states of jobs\n"
    assert len(list(read(out))) == 4


def test_a_recording_of_nothing_is_a_failure(tmp_path: Path, out: Path, closed_port: int) -> None:
    config = tmp_path / "trunkwatch.yaml"
    source = f"{{kind: github, repo: demo/demo, api_url: 'http://127.0.0.1:{closed_port}'}}"
    config.write_text(f"version: 1\ntrunks:\n  - source: {source}\n")
    words = [sys.executable, "-m", "chatbot", "record", "--config", str(config), "--out", str(out), "--for", "1s"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.endswith(
        "recorded 0 commits and 0 states of jobs\nNothing could be read of demo in that time.\n"
    )
