"""Slack's error codes in our words, and what each means for the caller: never, later, or nobody knows.

Pure: a code, a status or an exception goes in, one of our errors comes out with a text that says what to do.
Codes: docs.slack.dev/reference/methods/chat.postMessage and its neighbours.
"""

from __future__ import annotations

import math
from typing import Final

from chatbot.errors import AmbiguousError, PermanentError, TransientError, TrunkwatchError

DEFAULT_WAIT: Final = 1.0  # seconds, where Slack limits us without saying for how long
_RATE_LIMITED: Final = 429
_REQUEST_TIMEOUT: Final = 408
_SERVER_ERROR: Final = 500

_REINSTALL: Final = "Create or reinstall the app in Slack and set SLACK_BOT_TOKEN to its bot token (xoxb-...)."
_SOCKET: Final = "apps.connections.open"
_APP_LEVEL: Final = (
    "Create an app-level token with the scope connections:write (Basic Information, App-Level Tokens) and set "
    "SLACK_APP_TOKEN to it (xapp-...)."
)
_SIZE: Final = "A smaller message is needed."
_PERMANENT: Final = {
    "channel_not_found": "There is no channel {where} that the bot can see. Use the channel's ID (C...), and "
    "/invite the bot if the channel is private.",
    "not_in_channel": "The bot is not in {where}. /invite it there.",
    "is_archived": "The channel {where} is archived. Unarchive it or give the team another channel.",
    "is_inactive": "The channel {where} is archived. Unarchive it or give the team another channel.",
    "restricted_action": "A workspace setting forbids the bot to post in {where}. Ask an admin to allow it.",
    "restricted_action_read_only_channel": "{where} is read-only. Ask an admin to let the bot post there.",
    "restricted_action_thread_only_channel": "{where} allows thread replies only. Give the team another channel.",
    "restricted_action_non_threadable_channel": "{where} allows no threads. Give the team another channel.",
    "restricted_action_thread_locked": "The thread is locked.",
    "message_not_found": "The message is gone: somebody deleted it.",
    "thread_not_found": "The thread is gone: somebody deleted its first message.",
    "cant_update_message": "The message is not the bot's own, or can no longer be changed.",
    "edit_window_closed": "A workspace setting no longer lets the message be changed.",
    "invalid_auth": f"Slack does not accept the token. {_REINSTALL}",
    "not_authed": f"No token was sent. {_REINSTALL}",
    "token_revoked": f"The token was revoked. {_REINSTALL}",
    "token_expired": f"The token has expired. {_REINSTALL}",
    "account_inactive": f"The bot's account was deactivated. {_REINSTALL}",
    "team_access_not_granted": f"The app is not installed in this workspace. {_REINSTALL}",
    "not_allowed_token_type": "The token is of the wrong kind. SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN "
    "with xapp-.",
    "missing_scope": "The app lacks the scope {needed}. Add it under OAuth & Permissions, or take the manifest that "
    "`trunkwatch manifest` prints, and reinstall the app.",
    "invalid_blocks": "Slack does not accept the blocks: {detail}",
    "invalid_blocks_format": "Slack does not accept the blocks: {detail}",
    "invalid_attachments": "Slack does not accept the attachment: {detail}",
    "invalid_arguments": "Slack does not accept the arguments: {detail}",
    "msg_too_long": f"The text is too long for Slack. {_SIZE}",
    "msg_blocks_too_long": f"The blocks are too long for Slack in sum. {_SIZE}",
    "view_too_large": f"The view is too large for Slack. {_SIZE}",
    "metadata_too_large": "The message's metadata is too large for Slack.",
    "user_not_in_channel": "That person is not in {where}, so nothing can be shown to them there.",
    "user_not_found": "There is no such person in this workspace.",
    "users_not_found": "Nobody in this workspace has that e-mail address.",
    "no_such_subteam": "There is no such user group in this workspace.",
    "expired_trigger_id": "The window could not open in time. Press again.",
    "invalid_trigger_id": "The window could not open in time. Press again.",
    "exchanged_trigger_id": "The window was opened already.",
    "hash_conflict": "The view was changed by somebody else meanwhile.",
    "not_found": "The window was closed.",
    "used_url": "The answer came too often: a response address works five times.",
    "expired_url": "The answer came too late: a response address works for 30 minutes.",
    "unknown_method": "The server at SLACK_API_URL does not know this method. Check the address.",
}
_LATER: Final = {
    "ratelimited": "Slack asks to wait",
    "rate_limited": "Slack asks to wait",
    "message_limit_exceeded": "the workspace has too many messages at the moment",
    "service_unavailable": "Slack is unavailable",
    "team_added_to_org": "the workspace is being moved",
    "request_timeout": "the request arrived incomplete",
}
_UNKNOWN_OUTCOME: Final = frozenset({"internal_error", "fatal_error"})


def refused(
    code: str,
    *,
    method: str,
    where: str = "",
    needed: str = "",
    detail: str = "",
    once: bool,
    wait: float | None = None,
) -> TrunkwatchError:
    """Our error for Slack's `{"ok": false, "error": code}`.

    *once*: the call must not happen twice, so that an outcome Slack itself does not know is ambiguous. *wait* is
    `Retry-After` in seconds.
    """
    if code in _UNKNOWN_OUTCOME:
        return unknown(f"Slack failed at {method} ({code})", once=once)
    if code in _LATER:
        limited = wait if wait is not None else DEFAULT_WAIT
        return TransientError(f"{method}: {_LATER[code]} ({code}, {limited:g} s)", retry_after=limited)
    text = _PERMANENT.get(code, "Slack refused it.")
    if method == _SOCKET:  # the one call that is signed in to with the other token
        text = text.replace(_REINSTALL, _APP_LEVEL)
    said = text.format(where=where or "the channel", needed=needed or "(not named)", detail=detail or "no reason given")
    return PermanentError(f"{said} ({method}: {code})", code=code)


def answered(status: int, *, method: str, once: bool, wait: float | None = None) -> TrunkwatchError:
    """Our error for an answer that is not Slack's JSON: a proxy, an outage, a wrong address."""
    if status == _RATE_LIMITED:
        return refused("ratelimited", method=method, once=once, wait=wait)
    if status >= _SERVER_ERROR:
        return unknown(f"Slack answered {method} with HTTP {status}", once=once, wait=wait)
    if status == _REQUEST_TIMEOUT:
        return TransientError(f"{method}: the request arrived incomplete (HTTP 408)")
    if status >= 300:  # noqa: PLR2004  HTTP's line between success and everything else
        return PermanentError(
            f"Slack answered {method} with HTTP {status} and no reason. Check SLACK_API_URL and any proxy between.",
            code=f"http_{status}",
        )
    return unknown(f"Slack's answer to {method} cannot be read", once=once)


def unknown(what: str, *, once: bool, wait: float | None = None) -> TransientError:
    """Nobody knows whether it happened: ambiguous where it must not happen twice, else simply worth another try."""
    if once:
        return AmbiguousError(f"{what}; it may have been carried out", retry_after=wait)
    return TransientError(what, retry_after=wait)


def seconds(header: str | None) -> float | None:
    """`Retry-After` in seconds; `None` where it is missing or says nothing sensible."""
    try:
        wait = float(header) if header else math.nan
    except ValueError:
        return None
    return wait if 0 <= wait < math.inf else None
