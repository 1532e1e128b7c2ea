"""Which channels refuse us, and whether Slack refuses us altogether: what is not worth trying now.

A channel that refused is tried again after an hour, a token that was revoked after 5 seconds, then ever more rarely,
down to once a minute; until then nothing is sent there. It remembers nothing beyond the process: a new one finds out
by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog
from msgspec import Struct

from chatbot.errors import PermanentError, TransientError
from chatbot.health import Row
from chatbot.slack.client import Slack

log = structlog.get_logger("delivery")

GONE = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "thread_not_found",
        "edit_window_closed",
        "restricted_action_thread_locked",
    }
)
"""The message, or the thread, is no longer there for us."""
SHUT = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "is_inactive",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel",
        "no_permission",
    }
)
"""The channel does not take what we have to say."""
NO_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "team_access_not_granted"}
)
"""Slack does not take anything from us."""
TOO_LONG = frozenset({"msg_too_long", "msg_blocks_too_long", "metadata_too_large", "invalid_blocks"})
"""A smaller message may be taken."""

RECHECK = 3600.0
"""Seconds until a channel that refused is looked at again."""
PROBE = 5.0
"""Seconds until a refused token is tried again; doubled each time, up to 60."""


class _Shut(Struct):
    reason: str
    again_at: float


class Detours:
    """What is known to refuse us."""

    def __init__(
        self, slack: Slack, fallback: Callable[[], str | None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """*fallback* is asked each time; *clock* is in seconds."""
        self._slack = slack
        self.fallback = fallback
        self._clock = clock
        self._shut: dict[str, _Shut] = {}
        self.silenced: str | None = None
        self._probe_at = 0.0
        self._pause = PROBE

    def around(self, channel: str) -> tuple[str, str] | None:
        """Where to go instead of *channel* and why, `None` where it takes messages or there is nowhere else."""
        shut, fallback = self._shut.get(channel), self.fallback()
        if shut is None or fallback is None or fallback == channel or fallback in self._shut:
            return None
        return fallback, shut.reason

    def shut(self, channel: str, error: PermanentError) -> None:
        """Remember that *channel* refused."""
        if channel not in self._shut:
            log.error("channel_refuses", channel=channel, fallback=self.fallback(), reason=str(error))
        self._shut[channel] = _Shut(str(error), self._clock() + RECHECK)

    def silence(self, error: PermanentError) -> None:
        """Remember that Slack refuses the token."""
        if self.silenced is None:
            log.error("token_refused", reason=str(error))
            self._pause = PROBE
            self._probe_at = self._clock() + self._pause
        self.silenced = str(error)

    async def look_again(self) -> bool:
        """Look at what may take messages again by now; whether Slack refuses us altogether."""
        now = self._clock()
        if self.silenced is not None and now >= self._probe_at:
            self._pause = min(60.0, self._pause * 2)
            self._probe_at = now + self._pause
            await self._sign_in()
        if self.silenced is None:
            for channel, shut in list(self._shut.items()):
                if now >= shut.again_at:
                    shut.again_at = now + RECHECK
                    await self._look_at(channel)
        return self.silenced is not None

    async def _sign_in(self) -> None:
        try:
            await self._slack.auth()
        except PermanentError as error:
            self.silenced = str(error)
        except TransientError as error:
            log.warning("slack_not_reached", reason=str(error))
        else:
            log.info("token_accepted_again")
            self.silenced = None

    async def _look_at(self, channel: str) -> None:
        try:
            seen = await self._slack.channel(channel)
        except (TransientError, PermanentError) as error:
            log.info("channel_still_refuses", channel=channel, reason=str(error))
            return
        if not seen.is_archived and (seen.is_member or seen.is_im):
            log.info("channel_takes_messages_again", channel=channel)
            del self._shut[channel]

    def rows(self) -> Sequence[Row]:
        """What is refused, for `/trunk health`."""
        rows = [Row("token", good=False, text=f"nothing is posted, everything is kept: {self.silenced}")]
        fallback = self.fallback()
        where = (
            f"its alerts go to {fallback}" if fallback else "set slack.fallback_channel to have them shown elsewhere"
        )
        return (rows if self.silenced else []) + [
            Row(f"channel {channel}", good=False, text=f"{shut.reason} {where}; it is looked at every hour")
            for channel, shut in self._shut.items()
        ]
