"""The sandbox put together: one server on 127.0.0.1 with the Web API, Socket Mode and the page.

async with SlackSandbox() as slack:
    slack.add_channel("C0INDUCTOR", "inductor-ci")
    slack.add_person("U01ALICE", "alice")
    ...  # start the bot with slack.api_url, slack.bot_token, slack.app_token
    message = await slack.until(lambda: slack.messages("C0INDUCTOR"))
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import msgspec
from aiohttp import web

from chatbot.sandbox.slack.act_in_modals import ActingInModals
from chatbot.sandbox.slack.deliveries import ACK_WITHIN, EVENT_RETRIES, Deliveries
from chatbot.sandbox.slack.events import Events
from chatbot.sandbox.slack.faults import Faults
from chatbot.sandbox.slack.methods import Token
from chatbot.sandbox.slack.page_server import PageServer
from chatbot.sandbox.slack.rates import Rates
from chatbot.sandbox.slack.scopes import Manifest
from chatbot.sandbox.slack.sockets import Sockets
from chatbot.sandbox.slack.values import Channel, FailedAck, Json, Person, Request, Usergroup
from chatbot.sandbox.slack.web_api import WebApi
from chatbot.sandbox.slack.workspace import Workspace

_HOST = "127.0.0.1"
_LARGEST = 64 * 1024 * 1024
_COLORS = ("2eb67d", "e01e5a", "36c5f0", "ecb22e", "7c3aed", "d97706", "0f766e", "be185d")


class SlackSandbox(ActingInModals):
    """A Slack workspace with one app in it, for as long as the `async with` lasts.

    Args:
        port: 0 for any free one.
        manifest: the app's manifest, as a dict; scopes, commands, events and the Home tab are then as it says. Without
            one every scope is granted, every command exists, and only events about people (mentions, direct messages,
            reactions, opened Homes) are sent.
        http_url: where to send commands, interactions and events, signed; `None` means Socket Mode. Can be set later.
        real_limits: answer 429 as Slack does, by tier and a message a second in a channel.
        ack_within: seconds the bot has to acknowledge.
        event_retries: pauses in seconds before an event that was not acknowledged is sent again.
        clock: POSIX seconds; hand in another to age triggers and response URLs.
    """

    def __init__(
        self,
        port: int = 0,
        manifest: Json | None = None,
        http_url: str | None = None,
        *,
        real_limits: bool = False,
        ack_within: float = ACK_WITHIN,
        event_retries: Sequence[float] = EVENT_RETRIES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.manifest = Manifest(manifest)
        self.workspace = Workspace(clock, bot_name=self.manifest.bot_name)
        self.bot_token = f"xoxb-0000000000-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-{self.workspace.app_id}-{secrets.token_hex(16)}"
        self.signing_secret = secrets.token_hex(16)
        self._port = port
        self._sockets = Sockets(self.workspace)
        self.deliveries = Deliveries(
            self.workspace,
            self._sockets,
            secret=self.signing_secret,
            ack_within=ack_within,
            event_retries=event_retries,
        )
        self.deliveries.http_url = http_url
        self.web_api = WebApi(
            self.workspace,
            self.manifest,
            tokens={self.bot_token: Token.BOT, self.app_token: Token.APP},
            new_socket=self._sockets.new_address,
            rates=Rates(clock) if real_limits else None,
        )
        self._page = PageServer(self)
        Events(self.workspace, self.deliveries, self.manifest)
        self._runner: web.AppRunner | None = None

    # -- life

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application(client_max_size=_LARGEST)
        app.add_routes([*self.web_api.routes(), web.get("/link/", self._sockets.serve), *self._page.routes()])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, _HOST, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.workspace.url = f"http://{_HOST}:{self._port}"

    async def stop(self) -> None:
        """Stop listening; what was in the workspace stays readable."""
        await self.deliveries.close()
        await self._sockets.close()
        await self._page.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # -- what the bot needs

    @property
    def url(self) -> str:
        """The page's address."""
        return self.workspace.url

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` is to be."""
        return f"{self.workspace.url}/api/"

    @property
    def http_url(self) -> str | None:
        """Where the bot is reached over HTTP; `None` in Socket Mode."""
        return self.deliveries.http_url

    @http_url.setter
    def http_url(self, address: str | None) -> None:
        self.deliveries.http_url = address

    # -- who and what is there

    @property
    def people(self) -> dict[str, Person]:
        """By id."""
        return self.workspace.people

    @property
    def channels(self) -> dict[str, Channel]:
        """By id, direct messages included."""
        return self.workspace.channels

    @property
    def usergroups(self) -> dict[str, Usergroup]:
        """By id."""
        return self.workspace.usergroups

    def add_person(self, user: str, name: str, *, real_name: str = "", email: str | None = None) -> Person:
        """Somebody new; *user* is the id."""
        color = _COLORS[len(self.people) % len(_COLORS)]
        self.people[user] = Person(user, name, real_name or name.title(), email, color)
        return self.people[user]

    def person_leaves(self, user: str) -> None:
        """Their account is deactivated: what they wrote stays, and nobody finds them any more."""
        self.people[user] = msgspec.structs.replace(self.people[user], left=True)

    def add_channel(
        self,
        channel: str,
        name: str,
        *,
        bot_in: bool = True,
        archived: bool = False,
        private: bool = False,
        topic: str = "",
        members: Sequence[str] | None = None,
    ) -> Channel:
        """A new channel; *channel* is the id, *members* `None` for everybody."""
        who = None if members is None else frozenset(members)
        self.channels[channel] = Channel(channel, name, topic, bot_in, archived, private, members=who)
        return self.channels[channel]

    def add_usergroup(self, group: str, handle: str, members: Sequence[str], *, name: str = "") -> Usergroup:
        """A new user group; *group* is the id."""
        self.usergroups[group] = Usergroup(group, handle, name or handle, tuple(members))
        return self.usergroups[group]

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self.workspace.alter_channel(channel, archived=archived)

    def invite_bot(self, channel: str, *, invited: bool = True) -> None:
        """Let the bot into a channel, or remove it."""
        self.workspace.alter_channel(channel, bot_in=invited)

    # -- what went on, and what is to go wrong

    @property
    def requests(self) -> deque[Request]:
        """The last ten thousand calls of the bot, oldest first."""
        return self.web_api.requests

    @property
    def faults(self) -> Faults:
        """What goes wrong on request."""
        return self.web_api.faults

    @property
    def failed_acks(self) -> deque[FailedAck]:
        """Deliveries that the bot did not acknowledge."""
        return self.deliveries.failed

    @property
    def connections(self) -> int:
        """Open Socket Mode connections."""
        return self._sockets.connected

    @property
    def connected(self) -> bool:
        """Whether the bot can be reached, as far as the sandbox knows."""
        return self.http_url is not None or self._sockets.connected > 0

    def duplicate_envelopes(self, times: int = 1, *, same_id: bool = False) -> None:
        """Deliver each of the next *times* payloads twice, with envelope ids of their own unless *same_id*."""
        self.deliveries.duplicate(times, same_id=same_id)

    def late_delivery(self, seconds: float, times: int = 1) -> None:
        """Let each of the next *times* payloads arrive late; the person's 3 seconds and the trigger's run already."""
        self.deliveries.delay(seconds, times)

    async def reconnect_sockets(self, *, abrupt: bool = False, reason: str = "refresh_requested") -> None:
        """Make the bot open its Socket Mode connections anew: ask it to, or drop them without a word."""
        await self._sockets.reconnect(abrupt=abrupt, reason=reason)
