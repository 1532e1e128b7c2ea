"""Which scopes the app was granted: read from its manifest.

Without a manifest every scope is granted but `chat:write.public`, so that a channel without the bot refuses it.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from typing import Any

from chatbot.sandbox.slack.values import Json

ALL_SCOPES = (
    "app_mentions:read", "channels:history", "channels:join", "channels:manage", "channels:read", "chat:write",
    "chat:write.customize", "commands", "files:read", "files:write", "groups:history",
    "groups:read", "im:history", "im:read", "im:write", "metadata.message:read", "pins:write", "reactions:read",
    "reactions:write", "team:read", "usergroups:read", "users:read", "users:read.email",
)  # fmt: skip

# What each event needs beside its entry in `bot_events`: without the scope Slack refuses the manifest.
_PLAIN = ("app_home_opened", "app_mention", "reaction_added", "reaction_removed", "message.im")


class Manifest:
    """What the app declared, as far as Slack's behaviour depends on it."""

    def __init__(self, manifest: Json | None) -> None:
        given = manifest or {}
        self.given = manifest is not None
        features: Json = given.get("features") or {}
        settings: Json = given.get("settings") or {}
        scopes = ((given.get("oauth_config") or {}).get("scopes") or {}).get("bot") or ()
        subscriptions: Json = settings.get("event_subscriptions") or {}
        self.scopes = frozenset(scopes) if self.given else frozenset(ALL_SCOPES)
        self.events = frozenset(subscriptions.get("bot_events") or ()) if self.given else frozenset(_PLAIN)
        self.commands: dict[str, Json] = {c["command"]: c for c in features.get("slash_commands") or ()}
        self.shortcuts: dict[str, Json] = {s["callback_id"]: s for s in features.get("shortcuts") or ()}
        home: Json = features.get("app_home") or {}
        self.home_enabled = bool(home.get("home_tab_enabled")) if self.given else True
        self.bot_name = str(_display_name(given, features))

    @property
    def scope_header(self) -> str:
        """As Slack lists them in `x-oauth-scopes`."""
        return ",".join(sorted(self.scopes))


def _display_name(given: Json, features: Json) -> Any:
    own = (features.get("bot_user") or {}).get("display_name")
    return own or (given.get("display_information") or {}).get("name") or "trunkwatch"
