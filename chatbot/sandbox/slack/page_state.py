"""What the page shows, as JSON: the whole at first, changes afterwards. Messages are in Slack's own shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatbot.sandbox.slack.values import Change, Json, Message, View

if TYPE_CHECKING:
    from chatbot.sandbox.slack.server import SlackSandbox

_MESSAGES = {"message": "message", "changed": "changed", "deleted": "deleted", "ephemeral": "ephemeral"}


def state_json(sandbox: SlackSandbox) -> Json:
    """Everything the page needs to begin."""
    workspace = sandbox.workspace
    return {
        "team": {"name": workspace.team_name},
        "people": [
            {"id": p.id, "name": p.name, "real_name": p.real_name or p.name, "color": p.color}
            for p in workspace.people.values()
            if p.bot_id is None
        ],
        "usergroups": [
            {"id": g.id, "handle": g.handle, "name": g.name, "members": [*g.members]}
            for g in workspace.usergroups.values()
        ],
        "channels": [
            {"id": c.id, "name": c.name, "topic": c.topic, "archived": c.archived, "bot_in": c.bot_in,
             "dm_with": c.dm_with}
            for c in workspace.channels.values()
        ],
        "commands": [
            {"command": name, "usage_hint": c.get("usage_hint", ""), "description": c.get("description", "")}
            for name, c in sandbox.manifest.commands.items()
        ],
        "shortcuts": [
            {"callback_id": name, "name": s.get("name", name)}
            for name, s in sandbox.manifest.shortcuts.items()
            if s.get("type", "message") == "message"
        ],
        "bot": bot_json(sandbox),
        "messages": {c: [message_json(m) for m in workspace.everything(c)] for c in workspace.channels},
        "ephemerals": {
            user: [{"channel": m.channel, "message": message_json(m)} for m in workspace.ephemerals(user)]
            for user in workspace.people
        },
        "modals": {user: view_json(sandbox, sandbox.modal(user)) for user in workspace.people},
        "homes": {user: view_json(sandbox, view) for user, view in workspace.homes.items()},
    }  # fmt: skip


def bot_json(sandbox: SlackSandbox) -> Json:
    """Who the bot is and whether it is there."""
    workspace = sandbox.workspace
    return {
        "id": workspace.bot_user,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "name": workspace.bot_name,
        "connected": sandbox.connected,
    }


def message_json(message: Message) -> Json:
    """Slack's shape, plus whether only one person sees it and whether it also stands in the channel."""
    shape = message.as_json()
    if message.broadcast:
        shape["subtype"] = "thread_broadcast"
    return shape | ({"is_ephemeral": True} if message.only_for else {})


def view_json(sandbox: SlackSandbox, view: View | None) -> Json | None:
    """Slack's shape of a view, plus the errors beside its inputs."""
    if view is None:
        return None
    workspace = sandbox.workspace
    shape = view.as_json(workspace.team_id, workspace.app_id, workspace.bot_id)
    return {**shape, "errors": view.errors}


def change_json(sandbox: SlackSandbox, change: Change) -> str | None:
    """A change for the browsers, `None` for what the page does not show."""
    said = _said(sandbox, change)
    return None if said is None else json.dumps(said)


def _said(sandbox: SlackSandbox, change: Change) -> Json | None:
    if change.kind in _MESSAGES and change.message is not None:
        shape = message_json(change.message)
        return {"type": change.kind, "channel": change.channel, "user": change.user, "message": shape}
    if change.kind in ("modal", "home"):
        return {"type": change.kind, "user": change.user, "view": view_json(sandbox, change.view)}
    if change.kind == "toast":
        return {"type": "toast", "user": change.user, "text": change.text}
    if change.kind == "bot":
        return {"type": "bot", **bot_json(sandbox)}
    return {"type": "channel", "channel": change.channel} if change.kind == "channel" else None
