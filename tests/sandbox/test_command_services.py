"""`trunkwatch check` and `record` with trunks at Buildkite and GitLab: a row for each, and what to do about it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatbot.__main__ import run
from chatbot.recording import RecordedJob, read
from chatbot.sandbox.buildkite import BuildkiteSandbox
from chatbot.sandbox.gitlab import GitlabSandbox
from chatbot.sandbox.serving import Fault
from chatbot.sandbox.slack import SlackSandbox
from chatbot.slack_manifest import manifest
from tests.trunks import sha

CONFIG = """\
version: 1
slack: {{fallback_channel: C0FALLBACK}}
trunks:
  - source: {{kind: buildkite, org: acme, pipeline: app, api_url: "{buildkite}"}}
    poll_every: 100ms
  - id: lab
    source: {{kind: gitlab, url: "{gitlab}", project: acme/app}}
    poll_every: 100ms
"""
ROW = re.compile(r"^(ok  |FAIL)  source (\S+) {2,}(.*)$", re.MULTILINE)


@pytest.fixture
async def buildkite() -> AsyncIterator[BuildkiteSandbox]:
    async with BuildkiteSandbox() as sandbox:
        sandbox.job(sandbox.build(sha(0)), "RSpec", "failed")
        yield sandbox


@pytest.fixture
async def gitlab() -> AsyncIterator[GitlabSandbox]:
    async with GitlabSandbox() as sandbox:
        sandbox.job(sandbox.pipeline(sandbox.commit("one")), "rspec 1/2")
        yield sandbox


@pytest.fixture
async def file(
    buildkite: BuildkiteSandbox,
    gitlab: GitlabSandbox,
    valkey_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Path]:
    async with SlackSandbox(manifest=manifest()) as slack:
        slack.add_channel("C0FALLBACK", "dev-infra")
        monkeypatch.chdir(tmp_path)
        for name, value in {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "BUILDKITE_API_TOKEN": buildkite.token,
            "GITLAB_TOKEN": gitlab.token,
            "REDIS_URL": valkey_url,
        }.items():
            monkeypatch.setenv(name, value)
        config = tmp_path / "trunkwatch.yaml"
        config.write_text(CONFIG.format(buildkite=buildkite.api_url, gitlab=gitlab.url))
        yield config


async def rows(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    await asyncio.to_thread(run, ["check", "--config", str(file)])
    return {name: f"{mark}{text}" for mark, name, text in ROW.findall(capsys.readouterr().out)}


async def test_each_source_has_its_row(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = await rows(file, capsys)

    assert found["app"].startswith("ok  acme/app@main: builds readable, the newest is 1 of ")
    assert found["lab"].startswith("ok  acme/app@main (private): commits and pipelines readable")


@pytest.mark.parametrize(
    ("fault", "app", "lab"),
    [
        (Fault.HTML, "check that `api_url` is the address of the REST API", "check that `url` is the server's address"),
        (Fault.LOGIN, "sends us on to /login", "sends us on to /users/sign_in"),
        (Fault.MOVED, "put the new slugs into `org` and `pipeline`", "put the project's new path"),
        (Fault.FORBIDDEN, "the token needs the scopes", "the scope read_api"),
        (Fault.NOT_FOUND, "check `org` and `pipeline`", "check `url`, `project` and `branch`"),
        (Fault.EMPTY, "no builds of branch 'main'", "no commits of branch 'main'"),
    ],
)
async def test_what_is_wrong_is_said_and_what_to_do(
    file: Path,
    buildkite: BuildkiteSandbox,
    gitlab: GitlabSandbox,
    capsys: pytest.CaptureFixture[str],
    fault: Fault,
    app: str,
    lab: str,
) -> None:
    buildkite.fail("/builds" if fault is Fault.EMPTY else "", fault, times=None)
    gitlab.fail("/commits" if fault is Fault.EMPTY else "", fault, times=None)

    found = await rows(file, capsys)

    assert found["app"].startswith("FAIL")
    assert found["lab"].startswith("FAIL")
    assert app in found["app"]
    assert lab in found["lab"]


async def test_a_missing_token_is_said(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BUILDKITE_API_TOKEN")
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-canary")

    found = await rows(file, capsys)

    assert "BUILDKITE_API_TOKEN is not set: make a token with the scopes read_builds" in found["app"]
    assert "set GITLAB_TOKEN anew" in found["lab"]
    assert "canary" not in str(found)


async def test_both_are_recorded(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "recorded.jsonl"

    words = ("-m", "chatbot", "record", "--config", str(file), "--out", str(out), "--for", "1s")
    code = await (await asyncio.create_subprocess_exec(sys.executable, *words)).wait()

    jobs = [(line.trunk, line.workflow, line.job) for line in read(out) if isinstance(line, RecordedJob)]
    assert (code, sorted(jobs)) == (0, [("app", "app", "RSpec"), ("lab", "test", "rspec 1/2")])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            "kind: buildkite, org: https://buildkite.com/acme, pipeline: app",
            "is not a slug; write it as in the address",
        ),
        ("kind: buildkite, org: acme, pipeline: My App", "is not a slug; write it as in the address of the page"),
        ("kind: buildkite, org: acme", "pipeline"),
        ("kind: gitlab, project: app", "is not a project; write its path, as in group/name, or its number"),
        ("kind: gitlab, project: https://gitlab.com/acme/app", "is not a project; write its path"),
        ("kind: gitlab, project: acme/app, url: gitlab.com", "is not an address that begins with http"),
    ],
)
async def test_what_is_mistyped_is_said_with_its_place(
    file: Path, capsys: pytest.CaptureFixture[str], wrong: str, said: str
) -> None:
    file.write_text(f"version: 1\ntrunks:\n  - source: {{{wrong}}}\n")

    code = await asyncio.to_thread(run, ["check", "--offline", "--config", str(file)])

    shown = capsys.readouterr()
    assert code in {1, 2}
    assert said in shown.out + shown.err
    assert "trunkwatch.yaml:3:" in shown.out + shown.err
