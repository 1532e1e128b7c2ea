"""The payloads Slack sends, in its shapes: commands, presses, submissions, shortcuts, events.

https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/interactivity/implementing-slash-commands
"""

from __future__ import annotations

import secrets

from chatbot.sandbox.slack.response_urls import ResponseUrl
from chatbot.sandbox.slack.shown import Place
from chatbot.sandbox.slack.values import Json, Message, View
from chatbot.sandbox.slack.workspace import Workspace

_VERIFICATION = "sandbox-verification-token"
_DOMAIN = "sandbox"
_NAMED_IN_ACTIONS = ("type", "action_id")


def _who(workspace: Workspace, user: str) -> Json:
    person = workspace.people[user]
    return {"id": user, "username": person.name, "name": person.name, "team_id": workspace.team_id}


def _own(workspace: Workspace, user: str) -> Json:
    return {
        "user": _who(workspace, user),
        "api_app_id": workspace.app_id,
        "token": _VERIFICATION,
        "team": {"id": workspace.team_id, "domain": _DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _url(workspace: Workspace, url: ResponseUrl) -> str:
    return f"{workspace.url}/response/{url.id}"


def command(workspace: Workspace, name: str, text: str, url: ResponseUrl) -> Json:
    """A slash command; all its fields are strings."""
    channel = workspace.channels[url.channel]
    return {
        "token": _VERIFICATION,
        "team_id": workspace.team_id,
        "team_domain": _DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.dm_with else "privategroup" if channel.private else channel.name,
        "user_id": url.user,
        "user_name": workspace.people[url.user].name,
        "command": name,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": _url(workspace, url),
        "trigger_id": workspace.triggers.issue(url.user),
    }


def action(workspace: Workspace, place: Place, picked: Json) -> Json:
    """What was done to one element."""
    element = place.element
    kept = {key: element[key] for key in (*_NAMED_IN_ACTIONS, "text", "value", "placeholder") if key in element}
    return {**kept, "block_id": place.block["block_id"], **picked, "action_ts": workspace.next_ts()}


def press_in_message(workspace: Workspace, message: Message, did: Json, url: ResponseUrl, state: Json) -> Json:
    """A press or a pick in a message."""
    channel = workspace.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    shape = message.as_json() | {"team": workspace.team_id, "app_id": workspace.app_id}
    return {
        "type": "block_actions",
        **_own(workspace, url.user),
        "container": container,
        "trigger_id": workspace.triggers.issue(url.user),
        "channel": {"id": channel.id, "name": "directmessage" if channel.dm_with else channel.name},
        # Slack does not send the content of a message that only one person sees.
        **({} if message.only_for else {"message": shape}),
        "state": {"values": state},
        "response_url": _url(workspace, url),
        "actions": [did],
    }


def _view(workspace: Workspace, view: View) -> Json:
    return view.as_json(workspace.team_id, workspace.app_id, workspace.bot_id)


def press_in_view(workspace: Workspace, view: View, did: Json) -> Json:
    """A press or a pick in a modal or a Home."""
    return {
        "type": "block_actions",
        **_own(workspace, view.user),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": workspace.triggers.issue(view.user),
        "view": _view(workspace, view),
        "actions": [did],
    }


def submission(workspace: Workspace, view: View) -> Json:
    """A modal handed in."""
    return {
        "type": "view_submission",
        **_own(workspace, view.user),
        "trigger_id": workspace.triggers.issue(view.user),
        "view": _view(workspace, view),
        "response_urls": [],
    }


def closed(workspace: Workspace, view: View, *, cleared: bool) -> Json:
    """A modal put away."""
    return {"type": "view_closed", **_own(workspace, view.user), "view": _view(workspace, view), "is_cleared": cleared}


def suggestion(workspace: Workspace, user: str, place: Place, typed: str) -> Json:
    """A question for the options of an external select."""
    return {
        "type": "block_suggestion",
        **_own(workspace, user),
        "action_id": place.element["action_id"],
        "block_id": place.block["block_id"],
        "value": typed,
    }


def shortcut(workspace: Workspace, callback_id: str, user: str) -> Json:
    """A global shortcut."""
    return {
        "type": "shortcut",
        **_own(workspace, user),
        "action_ts": workspace.next_ts(),
        "callback_id": callback_id,
        "trigger_id": workspace.triggers.issue(user),
    }


def message_shortcut(workspace: Workspace, callback_id: str, message: Message, url: ResponseUrl) -> Json:
    """A shortcut used on a message."""
    channel = workspace.channels[message.channel]
    return {
        **shortcut(workspace, callback_id, url.user),
        "type": "message_action",
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": "directmessage" if channel.dm_with else channel.name},
        "message": message.as_json() | {"team": workspace.team_id},
        "response_url": _url(workspace, url),
    }


def event(workspace: Workspace, inner: Json) -> Json:
    """The envelope of an event."""
    return {
        "token": _VERIFICATION,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": inner,
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(workspace.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team_id,
                "user_id": workspace.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-sandbox",
    }
