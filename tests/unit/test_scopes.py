"""Every scope is asked for because of something that the code does, and everything that it does has its scope."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from chatbot.slack_manifest import EVENTS, SCOPES, manifest

ROOT: Final = Path(__file__).resolve().parents[2]

NEEDS: Final[dict[str, frozenset[str]]] = {
    "auth.test": frozenset(),
    "apps.connections.open": frozenset(),  # the app-level token's own scope, connections:write
    "chat.delete": frozenset({"chat:write"}),
    "chat.getPermalink": frozenset(),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": frozenset({"channels:history", "groups:history", "im:history", "metadata.message:read"}),
    "conversations.info": frozenset({"channels:read", "groups:read"}),
    "conversations.list": frozenset({"channels:read", "groups:read"}),
    "conversations.open": frozenset({"im:write"}),
    "conversations.replies": frozenset({"channels:history", "groups:history", "im:history", "metadata.message:read"}),
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "users.info": frozenset({"users:read"}),
    "users.lookupByEmail": frozenset({"users:read.email"}),
    "views.open": frozenset(),
    "views.publish": frozenset(),
    "views.update": frozenset(),
}
"""Slack's methods that are called, and the bot's scopes for them: https://docs.slack.dev/reference/methods"""

HEARD: Final[dict[str, frozenset[str]]] = {
    "app_home_opened": frozenset(),
    "app_uninstalled": frozenset(),
    "reaction_added": frozenset({"reactions:read"}),
    "reaction_removed": frozenset({"reactions:read"}),
    "tokens_revoked": frozenset(),
}
"""Events that are subscribed to, and the scopes for them: https://docs.slack.dev/reference/events"""

COMMANDS: Final = frozenset({"commands"})
"""What the slash command and the shortcut need."""


def called() -> set[str]:
    """The methods that the code names: texts of the form of one, in `slack`, which alone may call."""
    texts = {
        node.value
        for path in (ROOT / "chatbot" / "slack").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    families = {method.partition(".")[0] for method in NEEDS}
    return {text for text in texts if text.partition(".")[0] in families and text.isascii() and "." in text} & {
        text for text in texts if text.replace(".", "").isalpha()
    }


def test_every_method_that_is_called_is_known_here() -> None:
    assert called() == set(NEEDS)


def test_every_event_that_is_heard_is_known_here() -> None:
    assert set(EVENTS) == set(HEARD)


def test_no_scope_is_asked_for_that_nothing_needs_and_none_is_lacking() -> None:
    assert frozenset().union(*NEEDS.values(), *HEARD.values(), COMMANDS) == set(SCOPES)
    assert manifest()["oauth_config"]["scopes"] == {"bot": list(SCOPES)}
    assert "user" not in manifest()["oauth_config"]["scopes"]


def test_every_scope_and_event_has_its_reason() -> None:
    assert all(len(reason) > 7 for reason in (*SCOPES.values(), *EVENTS.values()))
