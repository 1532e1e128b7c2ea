"""`reactions.*`, `pins.add`, `blocks.validate`: small things done to messages.

https://docs.slack.dev/reference/methods/reactions.add and https://docs.slack.dev/reference/methods/blocks.validate
"""

from __future__ import annotations

import re
from typing import Any

from chatbot.sandbox.slack import limits
from chatbot.sandbox.slack.methods.call import Call, method
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.values import Change, Json, Message
from chatbot.sandbox.slack.workspace import Workspace

_NAME = re.compile(r"[\w+'-]+(::skin-tone-[2-6])?")


def react(workspace: Workspace, message: Message, name: str, user: str) -> Message:
    """The message with one more reaction.

    Raises:
        RefusalError: `already_reacted`, `invalid_name`.
    """
    if not _NAME.fullmatch(name):
        raise RefusalError("invalid_name")
    users = message.reactions.get(name, ())
    if user in users:
        raise RefusalError("already_reacted")
    after = workspace.mark(message, reactions={**message.reactions, name: (*users, user)})
    workspace.announce(Change("reaction_added", channel=message.channel, user=user, message=after, text=name))
    return after


def unreact(workspace: Workspace, message: Message, name: str, user: str) -> Message:
    """The message with one reaction less, else `no_reaction`."""
    users = message.reactions.get(name, ())
    if user not in users:
        raise RefusalError("no_reaction")
    left = tuple(other for other in users if other != user)
    reactions = {key: value for key, value in message.reactions.items() if key != name}
    after = workspace.mark(message, reactions=reactions | ({name: left} if left else {}))
    workspace.announce(Change("reaction_removed", channel=message.channel, user=user, message=after, text=name))
    return after


@method("reactions.add", "reactions:write")
def add(call: Call) -> Json:
    """React as the bot."""
    message = call.message(call.joined_channel(), "timestamp")
    react(call.workspace, message, call.args.need("name").strip(":"), call.workspace.bot_user)
    return {}


@method("reactions.remove", "reactions:write")
def remove(call: Call) -> Json:
    """Take the bot's reaction back."""
    message = call.message(call.joined_channel(), "timestamp")
    unreact(call.workspace, message, call.args.need("name").strip(":"), call.workspace.bot_user)
    return {}


@method("reactions.get", "reactions:read")
def get(call: Call) -> Json:
    """A message with its reactions."""
    message = call.message(call.joined_channel(), "timestamp")
    return {"type": "message", "channel": message.channel, "message": message.as_json(metadata=False)}


@method("pins.add", "pins:write")
def pin(call: Call) -> Json:
    """Pin a message to its channel."""
    channel = call.joined_channel()
    message = call.message(channel, "timestamp")
    pinned = call.workspace.pins.get(channel.id, ())
    if message.ts in pinned:
        raise RefusalError("already_pinned")
    call.workspace.pins[channel.id] = (*pinned, message.ts)
    return {}


@method("blocks.validate")
def validate(call: Call) -> Json:
    """Say what is wrong with blocks, a message, or a view; exactly one of them is asked about."""
    given = [name for name in ("blocks", "message", "view") if call.args.given(name)]
    if len(given) != 1:
        raise RefusalError.of_arguments("provide exactly one of blocks, message, or view")
    problems = _PROBLEMS[given[0]](call.args.structure(given[0]))
    if problems:
        errors = [{"pointer": p.pointer, "code": p.code, "message": p.message} for p in problems]
        raise RefusalError(f"invalid_{given[0]}", errors=errors)
    return {}


def _of_blocks(value: Any) -> list[limits.Problem]:
    return limits.blocks_problems(value, limits.Surface.MESSAGE)


def _of_message(value: Any) -> list[limits.Problem]:
    return _of_blocks(value.get("blocks", []) if isinstance(value, dict) else value)


_PROBLEMS = {"blocks": _of_blocks, "message": _of_message, "view": limits.view_problems}
