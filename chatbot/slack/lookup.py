"""What only `trunkwatch check` asks of Slack: which channel has a name, and whether a socket may be opened."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec import Struct

from chatbot.slack import places
from chatbot.slack.answers import Channel, Cursor
from chatbot.slack.client import Slack

_PAGE = 1_000
_PAGES_AT_MOST = 20


class _ChannelsAnswer(Struct, frozen=True):
    channels: tuple[Channel, ...]
    response_metadata: Cursor | None = None


class _SocketAnswer(Struct, frozen=True):
    url: str


async def channel_ids(slack: Slack, names: Collection[str]) -> dict[str, str]:
    """The IDs of those channels called one of *names* (without `#`) that the bot can see.

    Raises:
        PermanentError, TransientError: as every method of `Slack`.
    """
    found: dict[str, str] = {}
    params: dict[str, Any] = {"types": "public_channel,private_channel", "exclude_archived": "true", "limit": _PAGE}
    for _ in range(_PAGES_AT_MOST):
        page, _headers = await slack.transport.ask("conversations.list", _ChannelsAnswer, params)
        found |= {channel.name: channel.id for channel in page.channels if channel.name in names}
        cursor = page.response_metadata.next_cursor if page.response_metadata else ""
        if not cursor or len(found) == len(names):
            break
        params["cursor"] = cursor
    return found


async def try_socket(app_token: str, *, base_url: str) -> None:
    """Ask for a socket's address, which an app-level token with `connections:write` gets; open none.

    Raises:
        PermanentError: the token is refused, or the socket would be somebody else's.
        TransientError: Slack does not answer.
    """
    async with Slack(app_token, base_url=base_url) as slack:
        answer, _headers = await slack.transport.tell("apps.connections.open", _SocketAnswer, {})
        places.allowed(answer.url, api=base_url, what="socket address")
