"""How the one who acted is told something, they alone: where they were when they did it.

It words nothing. A message and a command have an address to answer at; the Home has none, so a window opens there;
what a modal hands in goes to the channel of the alert, or to the person directly where that was opened from the Home.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import structlog

from chatbot import requests
from chatbot.errors import PermanentError
from chatbot.messages import modals
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Plain
from chatbot.slack.client import Slack

log = structlog.get_logger("desk")

Reply = Callable[[Payload], Awaitable[object]]

TOO_LATE = frozenset({"expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id"})
_TITLE = Plain("Trunkwatch")


def reply_to(body: Mapping[str, Any], slack: Slack) -> Reply:
    """How whoever sent *body* (a press, a submission, a shortcut) is answered."""
    view = body.get("view")
    user = str((body.get("user") or {}).get("id") or "")
    if not view:
        return partial(slack.respond, str(body.get("response_url") or ""))
    if view.get("type") == "home":
        return partial(_window, slack, user, str(body.get("trigger_id") or ""))
    return partial(_whisper, slack, user, view)


async def _window(slack: Slack, user: str, trigger: str, answer: Payload) -> None:
    """A window over the Home; too late for that, a direct message."""
    try:
        await slack.open_view(trigger, modals.told(_TITLE, answer))
    except PermanentError as error:
        if error.code not in TOO_LATE:
            raise
        await slack.post(await slack.direct(user), answer)


async def _whisper(slack: Slack, user: str, view: Mapping[str, Any], answer: Payload) -> None:
    """In the channel of the alert, else at the address of the press, which works for half an hour."""
    where = requests.origin(view)
    if where.home:
        await slack.post(await slack.direct(user), answer)
        return
    try:
        await slack.ephemeral(where.channel, user, answer)
    except PermanentError as error:
        if not where.response_url:
            raise
        log.info("not_told_in_channel", reason=str(error))
        await slack.respond(where.response_url, answer)
