"""`trunkwatch check` against a real server, a Slack and a GitHub on localhost: a row for everything, and what to do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatbot.__main__ import run
from chatbot.ci import Commit
from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.sandbox.hud import HudSandbox
from chatbot.sandbox.serving import Fault
from chatbot.sandbox.slack import SlackSandbox
from chatbot.slack_manifest import SCOPES, manifest

CONFIG = """\
version: 1
slack: {fallback_channel: C0FALLBACK}
trunks:
  - source: {kind: github, repo: demo/demo}
teams:
  inductor: {channel: C0INDUCTOR}
watches:
  - id: inductor
    escalate: [{after: 30m, to: C0FALLBACK}]
"""


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(manifest=manifest()) as sandbox:
        sandbox.add_channel("C0INDUCTOR", "inductor-ci")
        sandbox.add_channel("C0FALLBACK", "dev-infra")
        yield sandbox


@pytest.fixture
async def github() -> AsyncIterator[GitHubSandbox]:
    draft = Draft()
    draft.job(draft.commit("one"))
    async with GitHubSandbox(draft.taken()) as sandbox:
        sandbox.advance()
        yield sandbox


ROW = re.compile(r"^(ok  |FAIL)  (\S.*?) {2,}(.*)$", re.MULTILINE)


class Check:
    """The command, run beside the servers."""

    def __init__(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.file = file
        self._capsys = capsys
        self.code = -1
        self.rows: dict[str, str] = {}
        self.errors = ""

    async def run(self, *, config: str = CONFIG) -> None:
        self.file.write_text(config)
        self.code = await asyncio.to_thread(run, ["check", "--config", str(self.file)])
        shown = self._capsys.readouterr()
        self.errors = shown.err
        self.rows = {name: f"{mark}  {text}" for mark, name, text in ROW.findall(shown.out)}


@pytest.fixture
def check(
    slack: SlackSandbox,
    github: GitHubSandbox,
    valkey_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Check:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "GITHUB_API_URL": github.url,
        "GITHUB_TOKEN": github.token,
        "REDIS_URL": valkey_url,
    }.items():
        monkeypatch.setenv(name, value)
    return Check(tmp_path / "trunkwatch.yaml", capsys)


async def test_all_is_well(check: Check) -> None:
    await check.run()
    assert (check.code, check.errors) == (0, "")
    assert {text[:4] for text in check.rows.values()} == {"ok  "}
    assert "#inductor-ci (team inductor)" in check.rows["channel C0INDUCTOR"]
    assert "#dev-infra (fallback, escalation of inductor)" in check.rows["channel C0FALLBACK"]
    assert f"all {len(SCOPES)} that are needed" in check.rows["slack scopes"]
    assert "demo/demo" in check.rows["source demo"]
    assert "Valkey" in check.rows["redis"]


async def test_a_wrong_token_is_said_beside_what_is_well(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_canary")
    await check.run()
    assert check.code == 1
    assert check.rows["slack"].startswith("FAIL")
    assert "GITHUB_TOKEN" in check.rows["source demo"]
    assert check.rows["redis"].startswith("ok")
    assert "canary" not in str(check.rows) + check.errors


async def test_missing_tokens_are_said(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    await check.run()
    assert check.code == 1
    assert check.rows["slack"].startswith("FAIL  SLACK_BOT_TOKEN is not set: ")


async def test_an_app_token_that_opens_no_socket_is_said(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-wrong")
    await check.run()
    assert check.code == 1
    assert check.rows["slack"].startswith("ok")
    assert check.rows["slack delivery"].startswith("FAIL")


async def test_over_http_no_app_token_is_needed(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "secret")
    await check.run()
    assert check.code == 0
    assert "over HTTP" in check.rows["slack delivery"]


async def test_a_channel_without_the_bot_is_said(check: Check, slack: SlackSandbox) -> None:
    slack.add_channel("C0OTHER", "other", bot_in=False)
    await check.run(config=CONFIG.replace("C0INDUCTOR", "C0OTHER"))
    assert check.code == 1
    said = "FAIL  #other (team inductor): the bot is not in it; invite it there with /invite"
    assert check.rows["channel C0OTHER"] == said


async def test_an_archived_channel_is_said(check: Check, slack: SlackSandbox) -> None:
    slack.add_channel("C0OTHER", "other", archived=True)
    await check.run(config=CONFIG.replace("C0INDUCTOR", "C0OTHER"))
    assert check.code == 1
    said = "FAIL  #other (team inductor) is archived; unarchive it or configure another"
    assert check.rows["channel C0OTHER"] == said


async def test_a_channel_that_does_not_exist_is_said(check: Check) -> None:
    await check.run(config=CONFIG.replace("C0INDUCTOR", "C0NOWHERE"))
    assert check.code == 1
    assert check.rows["channel C0NOWHERE"].startswith("FAIL")


async def test_a_repository_that_does_not_exist_is_said(check: Check) -> None:
    await check.run(config=CONFIG.replace("demo/demo", "demo/other"))
    assert check.code == 1
    assert "it does not exist, or the token may not see it" in check.rows["source other"]


async def test_an_unreachable_redis_is_said(check: Check, monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://:canary@127.0.0.1:{closed_port}")
    await check.run()
    assert check.code == 1
    assert check.rows["redis"].startswith("FAIL")
    assert "canary" not in check.rows["redis"]


async def test_missing_scopes_are_said_with_their_reason(check: Check, slack: SlackSandbox) -> None:
    slack.manifest.scopes = slack.manifest.scopes - {"files:write"}
    await check.run()
    assert check.code == 1
    assert "The token lacks scopes. Paste `trunkwatch manifest`" in check.rows["slack scopes"]


async def test_a_channel_given_by_name_is_looked_up(check: Check) -> None:
    await check.run(config=CONFIG.replace("C0INDUCTOR", '"#inductor-ci"').replace("C0FALLBACK", '"#nowhere"', 1))
    assert check.code == 2
    assert check.errors.splitlines()[-2:] == [
        "#inductor-ci is C0INDUCTOR",
        "#nowhere is no channel that the bot can see; invite it if the channel is private",
    ]


async def test_webhooks_have_a_row_that_says_what_to_enter_where_they_come_from(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    await check.run()
    assert "Set GITHUB_WEBHOOK_SECRET" in check.rows["webhook github"]
    assert "set GRAFANA_WEBHOOK_TOKEN" in check.rows["webhook grafana"]
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", "s3cret")
    monkeypatch.setenv("GRAFANA_WEBHOOK_TOKEN", "t0ken")
    await check.run()
    assert "POST /webhooks/github, here on 127.0.0.1:8080" in check.rows["webhook github"]
    assert "POST /webhooks/grafana" in check.rows["webhook grafana"]
    assert check.code == 0
    await check.run(config=CONFIG.replace("slack: {fallback_channel: C0FALLBACK}\n", ""))
    assert check.rows["webhook grafana"].startswith("FAIL  alerts without a team have nowhere to go")
    assert check.code == 1


async def test_a_hud_says_what_it_shows_and_what_is_wrong_with_it(check: Check) -> None:
    async with HudSandbox("demo/demo") as hud:
        config = CONFIG.replace("{kind: github,", f"{{kind: hud, url: '{hud.url}',")
        await check.run(config=config)
        assert check.code == 1
        assert check.rows["source demo"] == "FAIL  HUD shows no commits of demo/demo@main: check `repo` and `branch`"
        hud.commit(Commit("a" * 40, datetime(2026, 1, 5, tzinfo=UTC), "one"))
        await check.run(config=config)
        assert check.code == 0
        assert check.rows["source demo"].startswith("ok    demo/demo@main at 127.0.0.1: 1 commits")
        hud.fail("", Fault.HTML)
        await check.run(config=config)
        assert "with a web page: check `url`, or set HUD_TOKEN" in check.rows["source demo"]
