"""What the page asks for, done as the person who is looking at it. Anything impossible comes back as a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from chatbot.sandbox.slack import filling, shown
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.values import Answer, Json, Message, View

if TYPE_CHECKING:
    from chatbot.sandbox.slack.server import SlackSandbox

Act = Callable[["SlackSandbox", Json, str], Awaitable[str | None]]

_CHOICES = ("selected_option", "selected_options", "selected_user", "selected_users", "selected_conversation",
            "selected_channel", "selected_date", "selected_time", "selected_date_time", "value")  # fmt: skip


async def act(sandbox: SlackSandbox, wanted: Any) -> str | None:
    """Do it; returns what went wrong, in words for the person, or `None`."""
    try:
        kind, user = _checked(sandbox, wanted)
        return await _ACTS[kind](sandbox, wanted, user)
    except RefusalError as refusal:
        return refusal.code
    except KeyError as missing:
        return f"say {missing} too"
    except (LookupError, ValueError, PermissionError) as error:
        return str(error)


def _checked(sandbox: SlackSandbox, wanted: Any) -> tuple[str, str]:
    if not isinstance(wanted, dict):
        raise ValueError("send an object with user and kind")  # noqa: TRY004  it is the browser's mistake, not a type's
    kind, user = str(wanted.get("kind", "")), str(wanted.get("user", ""))
    if kind not in _ACTS:
        raise ValueError(f"no act {kind!r}; there are {', '.join(_ACTS)}")
    if user not in sandbox.people:
        raise ValueError(f"nobody is called {user!r} here")
    return kind, user


async def _click(sandbox: SlackSandbox, wanted: Json, user: str) -> str | None:
    seen = _seen(sandbox, wanted, user)
    for place in shown.places(seen.all_blocks if isinstance(seen, Message) else seen.blocks):
        if place.element["action_id"] != wanted["action_id"]:
            continue
        if wanted.get("block_id") in (None, place.block["block_id"]):
            picked = {key: wanted[key] for key in _CHOICES if key in wanted and place.element["type"] != "button"}
            return _error(await sandbox.press(seen, place, picked, user))
    raise LookupError(f"nothing with action_id {wanted['action_id']!r} is there any more")


def _seen(sandbox: SlackSandbox, wanted: Json, user: str) -> Message | View:
    return _view(sandbox, wanted, user) if wanted.get("view_id") else _message(sandbox, wanted, user)


def _view(sandbox: SlackSandbox, wanted: Json, user: str) -> View:
    view = sandbox.workspace.view(str(wanted["view_id"]))
    if view is None or view.user != user:
        raise LookupError("that view is not open any more")
    return view


def _message(sandbox: SlackSandbox, wanted: Json, user: str) -> Message:
    channel, ts = str(wanted["channel"]), str(wanted["ts"])
    found = sandbox.workspace.ephemeral(user, ts) or sandbox.workspace.message(channel, ts)
    if found is None:
        raise LookupError("that message is gone")
    return found


async def _command(sandbox: SlackSandbox, wanted: Json, user: str) -> str | None:
    name, _, text = str(wanted["text"]).strip().partition(" ")
    answer = await sandbox.command(name, text.strip(), user=user, channel=str(wanted["channel"]), answer_within=0)
    return _error(answer)


async def _say(sandbox: SlackSandbox, wanted: Json, user: str) -> str | None:
    thread = wanted.get("thread_ts")
    await sandbox.say(str(wanted["channel"]), str(wanted["text"]), user=user, thread_ts=thread and str(thread))
    return None


async def _submit(sandbox: SlackSandbox, wanted: Json, user: str) -> str | None:
    view = _view(sandbox, wanted, user)
    values = wanted.get("values") or {}
    state = filling.states(view.blocks, view.state | values)
    return _error(await sandbox.submit_state(view, state))


async def _close(sandbox: SlackSandbox, _wanted: Json, user: str) -> str | None:
    await sandbox.close_modal(user)
    return None


async def _home(sandbox: SlackSandbox, _wanted: Json, user: str) -> str | None:
    await sandbox.open_home(user)
    return None


async def _react(sandbox: SlackSandbox, wanted: Json, user: str) -> str | None:
    message, name = _message(sandbox, wanted, user), str(wanted["name"]).strip(":")
    if user in message.reactions.get(name, ()):
        await sandbox.unreact(message, name, user=user)
    else:
        await sandbox.react(message, name, user=user)
    return None


async def _shortcut(sandbox: SlackSandbox, wanted: Json, user: str) -> str | None:
    message = _message(sandbox, wanted, user) if wanted.get("ts") else None
    return _error(await sandbox.shortcut(str(wanted["callback_id"]), message, user=user))


def _error(answer: Answer) -> str | None:
    return answer.error


_ACTS: dict[str, Act] = {
    "click": _click,
    "command": _command,
    "say": _say,
    "submit": _submit,
    "close": _close,
    "home": _home,
    "react": _react,
    "shortcut": _shortcut,
}
