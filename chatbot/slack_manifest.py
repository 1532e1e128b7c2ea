"""The Slack app manifest that this version needs: every scope with its reason, commands, events, shortcuts.

Pure. What the bot does not use is not asked for. The format is https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from typing import Any, Literal

SCOPES = {
    "chat:write": "post alerts, edit them in place, answer in their threads",
    "commands": "answer the slash command",
    "channels:read": "see whether a public channel exists, is archived, and has the bot in it",
    "groups:read": "the same for a private channel",
    "channels:history": "find a post again after a time-out, so that nothing is posted twice",
    "groups:history": "the same in a private channel",
    "im:history": "the same for a direct message",
    "metadata.message:read": "recognise that post by its metadata",
    "users:read": "show who acknowledged, and whether somebody is still there",
    "users:read.email": "find a commit's author by verified e-mail address",
    "usergroups:read": "know who is in the groups that the configuration names",
    "im:write": "tell an assignee who wants to be told directly",
    "reactions:read": "put a message of an alert's thread on its timeline with a :pushpin:",
    "files:write": "attach pictures and timelines to an alert's thread",
}
"""Bot scopes and what each is for."""

EVENTS = {
    "app_home_opened": "show whoever opens the Home what is open for them",
    "reaction_added": "a :pushpin: in an alert's thread puts that message on its timeline",
    "reaction_removed": "taken back, it takes it off again",
    "app_uninstalled": "say in the log why everything is refused from now on",
    "tokens_revoked": "the same",
}
"""Events subscribed to and what each is for. With `app_home_opened` among them the Home tab is switched on."""

SHORTCUTS = {"add_to_timeline": ("Add to timeline", "Put this message of an alert's thread on its timeline")}
"""Message shortcuts by callback id: the label and what it does. Only what a handler answers belongs here."""

DESCRIPTION = "Says when trunk is broken, since which commit, and who has it."
LONG_DESCRIPTION = (
    "Trunkwatch watches a trunk branch in CI and tells the people who own a part of it: which jobs broke, since which"
    " commit, which commits are suspected, and who has it. An alert is one message that is kept up to date; everything"
    " later is in its thread."
)
USAGE = (
    "[watch | commit SHA | alerts | mine | snooze WATCH 2h | explain WATCH | history WATCH | digest | health | help]"
)
PATH = "/slack/events"


def manifest(
    *, mode: Literal["socket", "http"] = "socket", address: str = "", command: str = "/trunk", name: str = "Trunkwatch"
) -> dict[str, Any]:
    """The manifest, ready for JSON. *address* is where Slack reaches us in HTTP mode, without a path."""
    url = address.rstrip("/") + PATH if mode == "http" else None
    return {
        "display_information": {
            "name": name,
            "description": DESCRIPTION,
            "long_description": LONG_DESCRIPTION,
            "background_color": "#1f2933",
        },
        "features": _features(name, command, url),
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**_given("request_url", url), "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **_given("request_url", url)},
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": False,
        },
    }


def _features(name: str, command: str, url: str | None) -> dict[str, Any]:
    slash = {
        "command": command,
        **_given("url", url),
        "description": "Is trunk broken, since when, by which commit, and who has it?",
        "usage_hint": USAGE,
        "should_escape": True,
    }
    shortcuts = [
        {"name": label, "type": "message", "callback_id": callback, "description": description}
        for callback, (label, description) in SHORTCUTS.items()
    ]
    return {
        "app_home": {
            "home_tab_enabled": "app_home_opened" in EVENTS,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": True,
        },
        "bot_user": {"display_name": name.lower(), "always_online": True},
        **({"shortcuts": shortcuts} if shortcuts else {}),
        "slash_commands": [slash],
    }


def _given(key: str, value: str | None) -> dict[str, str]:
    return {} if value is None else {key: value}
