"""The environment: secrets, addresses and where data lives. What is watched is in the configuration file.

Read once, at the start; a `.env` file in the working directory counts where the environment is silent, and an
empty variable is an unset one. Secrets cannot be printed: not by `repr`, not by an error.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from chatbot.errors import ConfigError

Mode = Literal["socket", "http"]
DATA_DIR = Path("~/.local/share/trunkwatch")
ENV_FILE = Path(".env")


def _one_word(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text.isascii() or any(character.isspace() for character in text):
        raise ValueError("holds a space, a line break or a character that no token has; copy it again")
    return secret


def _prefixed(wrong: tuple[str, ...], otherwise: str) -> AfterValidator:
    """Refuses what is certainly another kind of token."""

    def check(secret: SecretStr) -> SecretStr:
        if secret.get_secret_value().startswith(wrong):
            raise ValueError(otherwise)
        return secret

    return AfterValidator(check)


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _address(value: str) -> str:
    if not value.startswith(("https://", "http://")) or any(character.isspace() for character in value):
        raise ValueError("is not an address that begins with https:// or http://")
    return value.rstrip("/")


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


Token = Annotated[SecretStr, BeforeValidator(_stripped), AfterValidator(_one_word)]
BotToken = Annotated[Token, _prefixed(("xapp-", "xoxp-"), "is another kind of token; the bot's begins with xoxb-")]
AppToken = Annotated[
    Token, _prefixed(("xoxb-", "xoxp-"), "is another kind of token; an app-level one begins with xapp-")
]
Address = Annotated[str, BeforeValidator(_stripped), AfterValidator(_address)]


class Settings(BaseModel):
    """What the environment says. Field by field the variable of the same name in capitals, unless it says otherwise."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    slack_bot_token: BotToken | None = None
    slack_app_token: AppToken | None = None
    slack_signing_secret: Token | None = None
    slack_api_url: Address = "https://slack.com/api"
    github_token: Token | None = None
    github_app_id: Annotated[str, BeforeValidator(_stripped), Field(pattern=r"^[A-Za-z0-9.]{1,64}$")] | None = None
    github_app_private_key: SecretStr | None = None
    """PEM text, or the path of a PEM file."""
    github_api_url: Address = "https://api.github.com"
    github_webhook_secret: SecretStr | None = None
    grafana_webhook_token: Token | None = None
    buildkite_api_token: Token | None = None
    buildkite_webhook_token: Token | None = None
    gitlab_token: Token | None = None
    hud_token: Token | None = None
    hud_token_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] = "x-hud-internal-bot"  # noqa: S105  a name
    """The header that the token comes in; behind `authorization` it is a bearer's."""
    redis_url: Token | None = None
    """Secret, for it may hold a password. Unset, the embedded server is used."""
    data_dir: Path = DATA_DIR
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """0 lets the system choose."""
    otel_exporter_otlp_endpoint: Address | None = None
    """Where traces go, `http://host:4318`; needs `trunkwatch[otel]`."""
    lease_seconds: Annotated[float, Field(gt=0, le=600)] = 4.0
    """Internal: how long a trunk stays with a replica that is not heard of."""
    look_again: Annotated[float, Field(ge=0, le=60)] = 3.0
    """Internal: seconds between two looks for a post that may still be on its way."""
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = "INFO"
    log_format: Literal["console", "json"] = "console"

    def slack_mode(self, wanted: Mode | None = None) -> Mode:
        """How Slack reaches us: as *wanted*, else over a socket where there is an app token.

        Raises:
            ConfigError: a variable that this needs is not set.
        """
        mode = wanted or ("socket" if self.slack_app_token or not self.slack_signing_secret else "http")
        needed = {"SLACK_BOT_TOKEN": self.slack_bot_token, **self._needed(mode)}
        if missing := [name for name, value in needed.items() if value is None]:
            raise ConfigError("\n".join(f"{name} is not set: {_WHERE[name]}" for name in missing))
        return mode

    def _needed(self, mode: Mode) -> dict[str, SecretStr | None]:
        if mode == "socket":
            return {"SLACK_APP_TOKEN": self.slack_app_token}
        return {"SLACK_SIGNING_SECRET": self.slack_signing_secret}

    @property
    def data_path(self) -> Path:
        """Where the embedded server keeps its data, `~` resolved."""
        return self.data_dir.expanduser()


_WHERE = {
    "SLACK_BOT_TOKEN": "the app's page at api.slack.com/apps shows it under OAuth & Permissions (xoxb-...)",
    "SLACK_APP_TOKEN": "make one with the scope connections:write under Basic Information (xapp-...), or set "
    "SLACK_SIGNING_SECRET and `slack: {mode: http}`",
    "SLACK_SIGNING_SECRET": "the app's page at api.slack.com/apps shows it under Basic Information",
}

_NAMES = {
    "data_dir": "TRUNKWATCH_DATA_DIR",
    "http_host": "TRUNKWATCH_HTTP_HOST",
    "http_port": "TRUNKWATCH_HTTP_PORT",
    "lease_seconds": "TRUNKWATCH_LEASE_SECONDS",
    "look_again": "TRUNKWATCH_LOOK_AGAIN",
}


def read_settings(env_file: Path | None = ENV_FILE) -> Settings:
    """What the environment and *env_file* (skipped where there is none) say.

    Raises:
        ConfigError: a variable is wrong; the text names it and never repeats a secret.
    """
    try:
        settings = Settings.model_validate(_given(env_file))
    except ValidationError as error:
        raise ConfigError("\n".join(_said(detail) for detail in error.errors(include_input=False))) from None
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{env_file}: cannot be read as UTF-8 text") from error
    both = {"GITHUB_APP_ID": settings.github_app_id, "GITHUB_APP_PRIVATE_KEY": settings.github_app_private_key}
    for name, value in both.items():
        if value is None and any(both.values()):
            raise ConfigError(f"{name} is not set: a GitHub App needs both {' and '.join(both)}")
    return settings


def _given(env_file: Path | None) -> dict[str, str]:
    """What is set, by field: the environment first, then the file; empty is unset."""
    there = env_file is not None and env_file.exists() and not env_file.is_dir()
    written = dotenv_values(env_file, encoding="utf-8") if there else {}
    found: dict[str, str] = {}
    for source in (written, os.environ):
        set_here = {name.upper(): value for name, value in source.items() if value}
        found |= {field: value for field in Settings.model_fields if (value := set_here.get(variable(field)))}
    return found


def variable(field: str) -> str:
    """The variable that *field* of `Settings` is read from."""
    return _NAMES.get(field, field.upper())


def _said(detail: Any) -> str:
    name = variable(str(detail["loc"][0]))
    context = detail.get("ctx", {})
    match detail["type"]:
        case "value_error":
            text = str(context["error"])
        case "literal_error":
            text = f"is none of {str(context['expected']).lower()}"
        case "string_pattern_mismatch":
            text = "is not the name of a header" if "HEADER" in name else "is not the number or client id of an App"
        case _:
            text = str(detail["msg"]).replace("Input should be", "has to be")
    return f"{name} {text}"
