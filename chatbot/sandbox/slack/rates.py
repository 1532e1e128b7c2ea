"""Slack's rate limits, for those who want them: a minute's allowance by tier, and a message a second in a channel.

https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

from chatbot.sandbox.slack.values import Json

_TIER_2, _TIER_3, _TIER_4 = 20, 50, 100
_MINUTE = 60.0
_PER_MINUTE = {
    "apps.connections.open": _TIER_2,
    "chat.update": _TIER_3,
    "chat.delete": _TIER_3,
    "chat.postEphemeral": _TIER_4,
    "conversations.history": _TIER_3,
    "conversations.info": _TIER_3,
    "conversations.join": _TIER_3,
    "conversations.list": _TIER_2,
    "conversations.members": _TIER_4,
    "conversations.open": _TIER_3,
    "conversations.replies": _TIER_3,
    "files.completeUploadExternal": _TIER_4,
    "files.getUploadURLExternal": _TIER_4,
    "files.info": _TIER_4,
    "pins.add": _TIER_2,
    "reactions.add": _TIER_3,
    "reactions.remove": _TIER_2,
    "team.info": _TIER_3,
    "usergroups.list": _TIER_2,
    "usergroups.users.list": _TIER_2,
    "users.info": _TIER_4,
    "users.list": _TIER_2,
    "users.lookupByEmail": _TIER_3,
    "views.open": _TIER_4,
    "views.publish": _TIER_4,
    "views.push": _TIER_4,
    "views.update": _TIER_4,
}
_POST = "chat.postMessage"
_BURST = 4


class Rates:
    """How much of each allowance is used."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def wait(self, method: str, args: Json) -> float:
        """0 if the call may be made now, else after how many seconds (and then it does not count)."""
        if method == _POST:
            return self._take(f"{method} {args.get('channel')}", _BURST, float(_BURST))
        allowed = _PER_MINUTE.get(method)
        return 0.0 if allowed is None else self._take(method, allowed, _MINUTE)

    def _take(self, key: str, allowed: int, within: float) -> float:
        now, calls = self._clock(), self._calls[key]
        while calls and calls[0] <= now - within:
            calls.popleft()
        if len(calls) >= allowed:
            return calls[0] + within - now
        calls.append(now)
        return 0.0
