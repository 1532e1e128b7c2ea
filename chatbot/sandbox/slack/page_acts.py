"""What the page asks for, done as the person who is looking at it. Anything impossible comes back as a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from chatbot.sandbox.slack import filling, shown
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.shown import Place
from chatbot.sandbox.slack.values import Answer, Json, Message, View

if TYPE_CHECKING:
    from chatbot.sandbox.slack.server import SlackSandbox

Act = Callable[["SlackSandbox", Json, str], Awaitable[Answer | None]]

_CHOICES = ("selected_option", "selected_options", "selected_user", "selected_users", "selected_conversation",
            "selected_channel", "selected_date", "selected_time", "selected_date_time", "value")  # fmt: skip


async def act(sandbox: SlackSandbox, wanted: Any) -> Json:
    """Do it; answers `{ok}`, with `error` in words for the person, or `errors` by block for a modal's inputs."""
    try:
        kind, user = _checked(sandbox, wanted)
        answer = await _ACTS[kind](sandbox, wanted, user)
    except RefusalError as refusal:
        return _wrong(refusal.code)
    except KeyError as missing:
        return _wrong(f"say {missing} too")
    except (LookupError, ValueError, PermissionError) as error:
        return _wrong(str(error))
    if answer is not None and answer.errors:
        return {"ok": False, "errors": answer.errors}
    return {"ok": True} if answer is None or answer.error is None else _wrong(answer.error)


def _wrong(error: str) -> Json:
    return {"ok": False, "error": error}


def _checked(sandbox: SlackSandbox, wanted: Any) -> tuple[str, str]:
    if not isinstance(wanted, dict):
        raise ValueError("send an object with user and kind")  # noqa: TRY004  it is the browser's mistake, not a type's
    kind, user = str(wanted.get("kind", "")), str(wanted.get("user", ""))
    if kind not in _ACTS:
        raise ValueError(f"no act {kind!r}; there are {', '.join(_ACTS)}")
    if user not in sandbox.people:
        raise ValueError(f"nobody is called {user!r} here")
    return kind, user


async def _click(sandbox: SlackSandbox, wanted: Json, user: str) -> Answer | None:
    seen = _seen(sandbox, wanted, user)
    place = _place(seen.all_blocks if isinstance(seen, Message) else seen.blocks, wanted)
    picked = {key: wanted[key] for key in _CHOICES if key in wanted and place.element["type"] != "button"}
    return await sandbox.press(seen, place, picked, user)


def _place(blocks: Sequence[Json], wanted: Json) -> Place:
    """Where it was pressed; an edit in the meantime gave its block another id, and it is still the same button."""
    found = [place for place in shown.places(blocks) if place.element["action_id"] == wanted["action_id"]]
    exact = [place for place in found if place.block["block_id"] == wanted.get("block_id")]
    if not found:
        raise LookupError(f"nothing with action_id {wanted['action_id']!r} is there any more")
    return (exact or found)[0]


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


async def _command(sandbox: SlackSandbox, wanted: Json, user: str) -> Answer | None:
    name, _, text = str(wanted["text"]).strip().partition(" ")
    return await sandbox.command(name, text.strip(), user=user, channel=str(wanted["channel"]), answer_within=0)


async def _say(sandbox: SlackSandbox, wanted: Json, user: str) -> Answer | None:
    thread = wanted.get("thread_ts")
    await sandbox.say(str(wanted["channel"]), str(wanted["text"]), user=user, thread_ts=thread and str(thread))
    return None


async def _submit(sandbox: SlackSandbox, wanted: Json, user: str) -> Answer | None:
    view = _view(sandbox, wanted, user)
    values = wanted.get("values") or {}
    state = filling.states(view.blocks, view.state | values)
    return await sandbox.submit_state(view, state)


async def _close(sandbox: SlackSandbox, _wanted: Json, user: str) -> Answer | None:
    await sandbox.close_modal(user)
    return None


async def _home(sandbox: SlackSandbox, _wanted: Json, user: str) -> Answer | None:
    await sandbox.open_home(user)
    return None


async def _react(sandbox: SlackSandbox, wanted: Json, user: str) -> Answer | None:
    message, name = _message(sandbox, wanted, user), str(wanted["name"]).strip(":")
    if user in message.reactions.get(name, ()):
        await sandbox.unreact(message, name, user=user)
    else:
        await sandbox.react(message, name, user=user)
    return None


async def _shortcut(sandbox: SlackSandbox, wanted: Json, user: str) -> Answer | None:
    message = _message(sandbox, wanted, user) if wanted.get("ts") else None
    return await sandbox.shortcut(str(wanted["callback_id"]), message, user=user)


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
