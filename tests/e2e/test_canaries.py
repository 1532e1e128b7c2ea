"""Secrets are planted, the bot is driven through good days and bad ones, and everything that left it is searched."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

import aiohttp

from chatbot.sandbox.slack import SlackSandbox
from chatbot.sandbox.stage import Stage
from chatbot.settings import read_settings
from tests.conftest import StartServer, free_port
from tests.e2e.scene import ALICE, CAROL, CONFIG, INDUCTOR
from tests.e2e.test_process import read, staged

PLANTED = {
    "GITHUB_WEBHOOK_SECRET": "canary-github-hook",
    "GRAFANA_WEBHOOK_TOKEN": "canary-grafana",
    "BUILDKITE_API_TOKEN": "canary-buildkite",
    "BUILDKITE_WEBHOOK_TOKEN": "canary-buildkite-hook",
    "GITLAB_TOKEN": "canary-gitlab",
    "HUD_TOKEN": "canary-hud",
    "SLACK_SIGNING_SECRET": "canary-signing",
}
WRONG = {
    "SLACK_BOT_TOKEN": "xoxb-canary-bot",
    "SLACK_APP_TOKEN": "xapp-canary-app",
    "GITHUB_TOKEN": "ghp_canary",
    **PLANTED,
}


def secrets(stage: Stage) -> set[str]:
    """Everything that must stay where it is."""
    return {*PLANTED.values(), stage.slack.bot_token, stage.slack.app_token, stage.github.token, "canary-redis"}


def leaked(secret: set[str], *texts: str) -> set[str]:
    return {one for one in secret for text in texts if one in text}


async def asked(port: int) -> str:
    """What every HTTP path says, to good questions and to forged ones."""
    said = []
    forged = {"X-Hub-Signature-256": "sha256=00", "X-GitHub-Event": "push", "X-GitHub-Delivery": "1"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        for path in ("/healthz", "/readyz", "/metrics", "/nowhere"):
            async with http.get(path) as answer:
                said.append(f"{answer.headers}{await answer.text()}")
        for path in ("/webhooks/github", "/webhooks/grafana", "/webhooks/buildkite", "/slack/events"):
            for headers in (forged, {"Authorization": "Bearer wrong", "X-Buildkite-Token": "wrong"}):
                async with http.post(path, data=b'{"status": "firing"', headers=headers) as answer:
                    said.append(f"{answer.headers}{await answer.text()}")
    return "\n".join(said)


def everything(slack: SlackSandbox) -> str:
    return "\n".join(json.dumps(m.as_json()) for place in slack.channels for m in slack.workspace.everything(place))


async def test_nothing_that_leaves_a_running_bot_holds_a_secret(start_server: StartServer) -> None:
    server = start_server("--requirepass", "canary-redis", tcp=True)
    port = free_port()
    url = f"redis://:canary-redis@127.0.0.1:{server.port}"
    environment = {**PLANTED, "TRUNKWATCH_HTTP_PORT": str(port), "LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}
    async with staged(url, **environment) as (stage, log):
        await stage.start_bot()
        typed = [
            (await stage.slack.command("/trunk", text, user=user, channel=INDUCTOR)).shown
            for text in ("", "health", "help", "inductor", "nonsense", "commit zzz", "ack inductor")
            for user in (ALICE, CAROL)
        ]
        stage.github.faults.add("*", "forbidden", 3)
        stage.slack.faults.add("chat.*", "error", 2, code="invalid_auth")
        heard = await asked(port)
        server.kill()
        typed.append((await stage.slack.command("/trunk", "health", user=CAROL, channel=INDUCTOR)).shown)
        heard += await asked(port)
        await stage.stop_bot()
        said = read(log)
        assert "lease_taken" in said
        assert leaked(secrets(stage), said, heard, everything(stage.slack), *typed) == set()


async def _program(*arguments: str, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chatbot",
        *arguments,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    return (await asyncio.wait_for(process.communicate(), 60))[0].decode()


async def test_nothing_that_the_commands_say_of_wrong_secrets_repeats_them(tmp_path: Path) -> None:
    file = tmp_path / "trunkwatch.yaml"
    file.write_text(CONFIG)
    broken = tmp_path / "broken.yaml"
    broken.write_text(CONFIG.replace("watches:", "watched:"))
    async with SlackSandbox() as slack:
        environment = {
            **WRONG,
            "SLACK_API_URL": slack.api_url,
            "GITHUB_API_URL": "http://127.0.0.1:1",
            "REDIS_URL": f"redis://canary-user:canary-redis@127.0.0.1:{free_port()}",
            "LOG_LEVEL": "DEBUG",
        }
        said = [
            await _program(*words, **environment)
            for words in (
                ("check", "--config", str(file)),
                ("run", "--config", str(file)),
                ("check", "--config", str(broken)),
                ("--help",),
                ("run", "--help"),
            )
        ]
        said.append(await _program("check", "--config", str(file), **{**environment, "REDIS_URL": "canary-redis://x"}))
        keyed = {**environment, "GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": "canary-key"}
        said.append(await _program("run", "--config", str(file), **keyed))
    assert all(said)
    assert leaked({*WRONG.values(), "canary-redis", "canary-key"}, *said) == set()


def test_settings_do_not_show_what_they_hold(tmp_path: Path) -> None:
    held = tmp_path / "secrets.env"
    held.write_text("".join(f"{name}={value}\n" for name, value in WRONG.items()))
    with contextlib.chdir(tmp_path):
        settings = read_settings(held)
    shown = f"{settings!r}{settings}{settings.model_dump()}{settings.model_dump_json()}"
    assert leaked(set(WRONG.values()), shown) == set()
