"""Trigger ids: a person's act entitles the bot to one modal within 3 seconds.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from chatbot.sandbox.slack.refusal import RefusalError

LIFETIME = 3.0


class _Trigger(Struct, frozen=True):
    user: str
    at: float
    used: bool = False


class Triggers:
    """Those given out so far."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._issued: dict[str, _Trigger] = {}

    def issue(self, user: str) -> str:
        """A new one for what *user* just did."""
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = _Trigger(user, self._clock())
        return trigger_id

    def spend(self, trigger_id: str) -> str:
        """Whose it is; it cannot be used again.

        Raises:
            RefusalError: `invalid_arguments` (unknown), `exchanged_trigger_id` (used), `expired_trigger_id` (3 s).
        """
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise RefusalError.of_arguments("invalid `trigger_id` [json-pointer:/trigger_id]")
        if trigger.used:
            raise RefusalError("exchanged_trigger_id")
        if self._clock() - trigger.at > LIFETIME:
            raise RefusalError("expired_trigger_id")
        self._issued[trigger_id] = replace(trigger, used=True)
        return trigger.user
