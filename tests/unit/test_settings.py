"""The environment: what is read, what is refused, and what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import ConfigError
from chatbot.settings import Settings, read_settings, variable

SECRETS = [
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "GITHUB_TOKEN",
    "GITHUB_APP_PRIVATE_KEY",
    "GITHUB_WEBHOOK_SECRET",
    "GRAFANA_WEBHOOK_TOKEN",
    "REDIS_URL",
    "BUILDKITE_API_TOKEN",
    "BUILDKITE_WEBHOOK_TOKEN",
    "GITLAB_TOKEN",
    "HUD_TOKEN",
]
NAMES = {
    *SECRETS,
    "HUD_TOKEN_HEADER",
    "SLACK_API_URL",
    "GITHUB_APP_ID",
    "GITHUB_API_URL",
    "TRUNKWATCH_DATA_DIR",
    "TRUNKWATCH_HTTP_HOST",
} | {
    "TRUNKWATCH_HTTP_PORT",
    "TRUNKWATCH_LEASE_SECONDS",
    "TRUNKWATCH_LOOK_AGAIN",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "LOG_LEVEL",
    "LOG_FORMAT",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def refusal() -> str:
    with pytest.raises(ConfigError) as caught:
        read_settings()
    return str(caught.value)


def test_the_variables_are_those_promised() -> None:
    assert {variable(field) for field in Settings.model_fields} == NAMES


def test_the_defaults_are_those_promised() -> None:
    settings = read_settings()
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert settings.data_path == Path.home() / ".local/share/trunkwatch"
    assert (settings.log_level, settings.log_format, settings.redis_url) == ("INFO", "console", None)


def test_a_dotenv_file_counts_where_the_environment_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("SLACK_BOT_TOKEN=xoxb-file\nGITHUB_TOKEN=ghp_file\nUNRELATED=1\nLOG_LEVEL=debug\n")
    monkeypatch.setenv("GITHUB_TOKEN", " ghp_env\n")
    monkeypatch.setenv("SLACK_APP_TOKEN", "")
    settings = read_settings()
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-file"
    assert settings.github_token is not None
    assert settings.github_token.get_secret_value() == "ghp_env"
    assert (settings.slack_app_token, settings.log_level) == (None, "DEBUG")


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("GITHUB_APP_ID", "1")
    settings = read_settings()
    assert "canary" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    "name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "GITHUB_TOKEN", "REDIS_URL"]
)
def test_a_mangled_secret_is_refused_without_showing_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "canary \N{BULLET} canary")
    assert refusal() == f"{name} holds a space, a line break or a character that no token has; copy it again"


def test_swapped_tokens_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xapp-canary")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xoxb-canary")
    assert refusal().splitlines() == [
        "SLACK_BOT_TOKEN is another kind of token; the bot's begins with xoxb-",
        "SLACK_APP_TOKEN is another kind of token; an app-level one begins with xapp-",
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LOG_LEVEL", "loud", "LOG_LEVEL is none of 'debug', 'info', 'warning' or 'error'"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is none of 'console' or 'json'"),
        ("TRUNKWATCH_HTTP_PORT", "99999", "TRUNKWATCH_HTTP_PORT has to be less than or equal to 65535"),
        ("TRUNKWATCH_HTTP_PORT", "http", "TRUNKWATCH_HTTP_PORT has to be a valid integer"),
        ("SLACK_API_URL", "slack.com", "SLACK_API_URL is not an address"),
        ("GITHUB_API_URL", "ftp://x", "GITHUB_API_URL is not an address"),
        ("GITHUB_APP_ID", "my app", "GITHUB_APP_ID is not the number or client id of an App"),
        ("GITHUB_APP_ID", "12", "GITHUB_APP_PRIVATE_KEY is not set: a GitHub App needs both"),
        ("GITHUB_APP_PRIVATE_KEY", "key.pem", "GITHUB_APP_ID is not set: a GitHub App needs both"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert refusal().startswith(said)


def test_a_dotenv_file_that_is_no_text_is_refused() -> None:
    Path(".env").write_bytes(b"A=\xff\xfe")
    assert refusal() == ".env: cannot be read as UTF-8 text"


@pytest.mark.parametrize(
    ("given", "wanted", "mode"),
    [
        (["SLACK_APP_TOKEN"], None, "socket"),
        (["SLACK_SIGNING_SECRET"], None, "http"),
        (["SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"], None, "socket"),
        (["SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"], "http", "http"),
    ],
)
def test_slack_is_reached_as_the_tokens_allow(
    given: list[str], wanted: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ["SLACK_BOT_TOKEN", *given]:
        monkeypatch.setenv(name, "secret")
    assert read_settings().slack_mode(wanted) == mode  # type: ignore[arg-type]  # a table's column


def test_missing_tokens_are_all_named() -> None:
    with pytest.raises(ConfigError) as caught:
        read_settings().slack_mode("http")
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "SLACK_BOT_TOKEN is not set",
        "SLACK_SIGNING_SECRET is not set",
    ]
