"""Slack's Web API in our words: post, edit, whisper, find again, who is who. Retries nothing and paces nothing.

The SDK sends a post again by itself after a dropped connection, which is how messages come twice: its retries are off.
A call either worked, or raises `PermanentError` (refused for good; `code` is Slack's word), `TransientError` (may work
later; `retry_after` after a 429) or, where it must not happen twice, `AmbiguousError`: look with `find` first.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Self

from aiohttp import ClientTimeout, TraceConfig

from chatbot.errors import PermanentError
from chatbot.messages.blocks import EVENT_TYPE, Payload
from chatbot.messages.budget import MESSAGE_TOTAL, message_body, view_body
from chatbot.messages.views import View
from chatbot.recent import Recent
from chatbot.slack.answers import (
    Anything,
    AuthAnswer,
    Channel,
    ChannelAnswer,
    Identity,
    MembersAnswer,
    MessageAnswer,
    MessagesAnswer,
    OpenView,
    PermalinkAnswer,
    Person,
    Posted,
    UploadAnswer,
    UserAnswer,
    ViewAnswer,
    WhisperAnswer,
)
from chatbot.slack.transport import SLACK_API_URL, TIMEOUT, Transport

CLOCK_SLACK: Final = timedelta(minutes=2)  # how far our clock and Slack's may be apart
_PAGE: Final = 200
_PAGES_AT_MOST: Final = 100
_UNTOUCHED: Final = {"parse": "none", "link_names": False}
_QUIET: Final = {**_UNTOUCHED, "unfurl_links": False, "unfurl_media": False}


class Slack:
    """One workspace, seen by the bot whose token it is. Every method may raise what the module says."""

    def __init__(
        self,
        token: str,
        *,
        base_url: str = SLACK_API_URL,
        timeout: ClientTimeout = TIMEOUT,
        traces: Sequence[TraceConfig] = (),
    ) -> None:
        """*traces* see every request pass."""
        self.transport = Transport(token, base_url=base_url, timeout=timeout, traces=traces)
        self._identity: Identity | None = None
        self._said: Recent[bytes] = Recent()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self.transport.close()

    async def auth(self) -> Identity:
        """Whose token this is, and its scopes. Asked anew every time."""
        answer, headers = await self.transport.ask("auth.test", AuthAnswer)
        scopes = frozenset(scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip())
        self._identity = Identity(
            team_id=answer.team_id,
            team=answer.team,
            url=answer.url,
            bot_user=answer.user_id,
            bot_id=answer.bot_id,
            scopes=scopes,
        )
        return self._identity

    async def identity(self) -> Identity:
        """The same, asked once."""
        return self._identity or await self.auth()

    async def post(
        self,
        channel: str,
        payload: Payload,
        *,
        thread_ts: str | None = None,
        nonce: str | None = None,
        total: int = MESSAGE_TOTAL,
    ) -> str:
        """Post, in the thread of *thread_ts* where given; the answer is the message's `ts`.

        *nonce* joins the payload's metadata, for `find`. *total* is the budget in characters.
        """
        body = {"channel": channel, **_QUIET, **message_body(payload, total=total)}
        if nonce is not None:
            body["metadata"]["event_payload"]["nonce"] = nonce
        if thread_ts is not None:
            body["thread_ts"] = thread_ts
        answer, _ = await self.transport.tell("chat.postMessage", MessageAnswer, body, once=True)
        return answer.ts

    async def reply(self, channel: str, thread_ts: str, payload: Payload, *, nonce: str | None = None) -> str:
        """Post into a thread; never broadcast to the channel."""
        return await self.post(channel, payload, thread_ts=thread_ts, nonce=nonce)

    async def edit(self, channel: str, ts: str, payload: Payload, *, total: int = MESSAGE_TOTAL) -> None:
        """Make the message say *payload*. Its metadata stays, unless the payload has some."""
        body = {"blocks": [], "attachments": [], **_UNTOUCHED, **message_body(payload, total=total)}
        if not payload.metadata:
            del body["metadata"]
        await self.transport.tell("chat.update", MessageAnswer, {"channel": channel, "ts": ts, **body})

    async def delete(self, channel: str, ts: str) -> None:
        """Take away a message of ours. One that is gone already raises `message_not_found`."""
        await self.transport.tell("chat.delete", MessageAnswer, {"channel": channel, "ts": ts})

    async def ephemeral(self, channel: str, user: str, payload: Payload, *, thread_ts: str | None = None) -> str:
        """Say something that only *user* sees, in *channel*."""
        body = {"channel": channel, "user": user, **_UNTOUCHED, **_without_metadata(payload)}
        if thread_ts is not None:
            body["thread_ts"] = thread_ts
        answer, _ = await self.transport.tell("chat.postEphemeral", WhisperAnswer, body, once=True)
        return answer.message_ts

    async def respond(
        self, response_url: str, payload: Payload, *, replace: bool = False, delete: bool = False, share: bool = False
    ) -> None:
        """Answer a command or a press at its own address: five times within 30 minutes.

        *share*: for the whole channel to see. *replace*, *delete*: the message that was pressed.
        """

        def encoded() -> bytes:
            said = message_body(payload) if share else _without_metadata(payload)
            body: dict[str, Any] = {"delete_original": True} if delete else said
            body |= {"replace_original": replace, "response_type": "in_channel" if share else "ephemeral"}
            return json.dumps(body).encode()

        document = self._said.made((id(payload), replace, delete, share), (payload,), encoded)
        await self.transport.respond(response_url, document)

    async def find(self, channel: str, nonce: str, *, oldest: datetime, thread_ts: str | None = None) -> str | None:
        """The `ts` of our message that carries *nonce*, posted at *oldest* or later; `None` where there is none.

        A thread that is gone holds nothing.
        """
        try:
            async for posted in self.posted(channel, oldest=oldest, thread_ts=thread_ts):
                if posted.metadata.get("nonce") == nonce:
                    return posted.ts
        except PermanentError as error:
            if error.code != "thread_not_found":
                raise
        return None

    async def posted(self, channel: str, *, oldest: datetime, thread_ts: str | None = None) -> AsyncIterator[Posted]:
        """Messages of ours that carry our metadata: roots (newest first), or the replies of a thread (oldest first)."""
        me = (await self.identity()).bot_id
        params: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{(oldest - CLOCK_SLACK).timestamp():.6f}",
            "include_all_metadata": True,
            "limit": _PAGE,
        }
        method = "conversations.history"
        if thread_ts is not None:
            method, params["ts"] = "conversations.replies", thread_ts
        for _ in range(_PAGES_AT_MOST):
            page, _headers = await self.transport.ask(method, MessagesAnswer, params, where=channel)
            for message in page.messages:
                said = message.metadata
                if said is not None and said.event_type == EVENT_TYPE and message.bot_id in {me, None}:
                    yield Posted(message.ts, message.thread_ts, said.event_payload)
            cursor = page.response_metadata.next_cursor if page.response_metadata else ""
            if not cursor:
                return
            params["cursor"] = cursor

    async def permalink(self, channel: str, ts: str) -> str:
        """The message's address."""
        answer, _ = await self.transport.ask(
            "chat.getPermalink", PermalinkAnswer, {"channel": channel, "message_ts": ts}, where=channel
        )
        return answer.permalink

    async def channel(self, channel: str) -> Channel:
        """What the bot can see of a channel."""
        answer, _ = await self.transport.ask("conversations.info", ChannelAnswer, {"channel": channel}, where=channel)
        return answer.channel

    async def direct(self, user: str) -> str:
        """The id of the direct-message channel with *user*."""
        answer, _ = await self.transport.tell("conversations.open", ChannelAnswer, {"users": user})
        return answer.channel.id

    async def person(self, user: str) -> Person:
        """Who has that id."""
        answer, _ = await self.transport.ask("users.info", UserAnswer, {"user": user})
        return answer.user.person()

    async def person_by_email(self, email: str) -> Person | None:
        """Who has that address; `None` where nobody has."""
        try:
            answer, _ = await self.transport.ask("users.lookupByEmail", UserAnswer, {"email": email})
        except PermanentError as error:
            if error.code != "users_not_found":
                raise
            return None
        return answer.user.person()

    async def usergroup_members(self, group: str) -> tuple[str, ...]:
        """Ids of the people in a user group; none for a group that was disabled and emptied."""
        answer, _ = await self.transport.ask("usergroups.users.list", MembersAnswer, {"usergroup": group})
        return answer.users

    async def open_view(self, trigger_id: str, view: View) -> OpenView:
        """Open a modal, within 3 seconds of the press the trigger came from."""
        return await self._view("views.open", {"trigger_id": trigger_id}, view)

    async def update_view(self, view_id: str, view: View, *, expected: str | None = None) -> OpenView:
        """Change an open modal; with *expected*, its `hash`, only if nobody else did since (else `hash_conflict`)."""
        return await self._view("views.update", {"view_id": view_id} | _hash(expected), view, once=False)

    async def publish_home(self, user: str, view: View, *, expected: str | None = None) -> OpenView:
        """Show *view* as *user*'s Home tab."""
        return await self._view("views.publish", {"user_id": user} | _hash(expected), view, once=False)

    async def _view(self, method: str, target: Mapping[str, str], view: View, *, once: bool = True) -> OpenView:
        answer, _ = await self.transport.tell(method, ViewAnswer, {**target, "view": view_body(view)}, once=once)
        return answer.view

    async def upload(
        self, content: bytes, *, filename: str, title: str = "", thread: tuple[str, str] | None = None
    ) -> str:
        """Upload a file; the answer is its id, for an image block.

        It is shown nowhere, or as a reply in *thread*, a channel and the ts of a root.
        """
        if not content:
            raise ValueError("an empty file cannot be uploaded")
        slot, _ = await self.transport.ask(
            "files.getUploadURLExternal", UploadAnswer, {"filename": filename, "length": len(content)}
        )
        await self.transport.upload(slot.upload_url, content)
        body: dict[str, Any] = {"files": [{"id": slot.file_id, "title": title or filename}]}
        if thread is not None:
            body |= {"channel_id": thread[0], "thread_ts": thread[1]}
        await self.transport.tell("files.completeUploadExternal", Anything, body, once=thread is not None)
        return slot.file_id


def _without_metadata(payload: Payload) -> dict[str, Any]:
    """What nobody will look for again carries none: ephemeral messages cannot, answers by address need not."""
    body = message_body(payload)
    del body["metadata"]
    return body


def _hash(expected: str | None) -> dict[str, str]:
    return {} if expected is None else {"hash": expected}
