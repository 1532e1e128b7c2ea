"""What people have before their eyes, and waiting until it shows something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from chatbot.sandbox.slack import filling, shown
from chatbot.sandbox.slack.deliveries import Deliveries
from chatbot.sandbox.slack.scopes import Manifest
from chatbot.sandbox.slack.shown import Place
from chatbot.sandbox.slack.values import Change, Channel, Json, Message, View
from chatbot.sandbox.slack.web_api import WebApi
from chatbot.sandbox.slack.workspace import Workspace

T = TypeVar("T")

_LAST = 8


class Screen:
    """Looking: nothing here changes what the bot can see."""

    workspace: Workspace
    deliveries: Deliveries
    manifest: Manifest
    web_api: WebApi

    def messages(self, channel: str) -> list[Message]:
        """Root messages as they are shown now, oldest first."""
        self._channel(channel)
        return [m for m in self.workspace.roots(channel) if m.subtype != "tombstone"]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """Replies under that root, oldest first."""
        return self.workspace.replies(channel, ts)

    def ephemerals(self, user: str) -> list[Message]:
        """What only that person sees, oldest first."""
        return self.workspace.ephemerals(user)

    def pings(self, message: Message) -> frozenset[str]:
        """Whom the message notified when it was new: ids of users and groups, `here`, `channel`, `everyone`."""
        return message.pings

    def modal(self, user: str) -> View | None:
        """The modal on top on that person's screen."""
        stack = self.workspace.modals.get(user)
        return stack[-1] if stack else None

    def home(self, user: str) -> View | None:
        """The Home tab that person sees."""
        return self.workspace.homes.get(user)

    def toasts(self, user: str) -> list[str]:
        """Slack's own notices to that person, such as that the app did not respond."""
        return [*self.workspace.toasts[user]]

    def current(self, message: Message) -> Message:
        """The message as it is now.

        Raises:
            LookupError: it was deleted.
        """
        if message.only_for is not None:
            now = self.workspace.ephemeral(message.only_for, message.ts)
        else:
            now = self.workspace.message(message.channel, message.ts)
        if now is None or now.subtype == "tombstone":
            raise LookupError(f"the message {message.ts} in {message.channel} is gone")
        return now

    async def until(self, condition: Callable[[], T], timeout: float = 10.0) -> T:  # noqa: ASYNC109  a test's own limit
        """Wait until *condition* holds, asked again at every change; returns what it gave.

        Raises:
            TimeoutError: it did not come true; the text says what there is instead.
        """
        changed = asyncio.Event()

        def note(_change: Change) -> None:
            changed.set()

        self.workspace.listen(note)
        try:
            async with asyncio.timeout(timeout):
                while not (found := condition()):
                    await changed.wait()
                    changed.clear()
                return found
        except TimeoutError:
            if found := condition():
                return found
            raise TimeoutError(f"not within {timeout} s; {self.summary()}") from None
        finally:
            self.workspace.ignore(note)

    def summary(self) -> str:
        """What there is, in a few lines, for the message of a failed test."""
        lines = []
        for channel in self.workspace.channels.values():
            everything = self.workspace.everything(channel.id)
            lines.append(f"#{channel.name}: {len(everything)} messages")
            lines += [f"  {'↳ ' if m.is_reply else ''}{m.ts} {m.text!r}" for m in everything[-_LAST:]]
        for user in self.workspace.people:
            lines += [f"only {user}: {m.text!r}" for m in self.workspace.ephemerals(user)[-_LAST:]]
            lines += [f"open for {user}: {v.title!r}" for v in self.workspace.modals.get(user, ())]
        lines += [f"failed: {f.kind} {f.reason}" for f in [*self.deliveries.failed][-_LAST:]]
        calls = ", ".join(f"{r.method} {r.outcome}" for r in [*self.web_api.requests][-_LAST:])
        return "\n".join(["the workspace has:", *lines, f"last calls: {calls or 'none'}"])

    def _known(self, user: str) -> None:
        if user not in self.workspace.people:
            raise LookupError(f"nobody is called {user!r} here; add_person first")

    def _channel(self, channel: str) -> Channel:
        person = "U" + channel[1:]
        if channel.startswith("D") and person in self.workspace.people:
            return self.workspace.dm(person)
        if channel not in self.workspace.channels:
            raise LookupError(f"no channel {channel!r} here; add_channel first")
        return self.workspace.channels[channel]

    def _blocks(self, seen: Message | View, *, stale: bool) -> Sequence[Json]:
        if isinstance(seen, View):
            return seen.blocks if stale else self._open_view(seen).blocks
        now = self.current(seen)
        return seen.all_blocks if stale else now.all_blocks

    def _open_view(self, view: View) -> View:
        now = self.workspace.view(view.id)
        if now is None:
            raise LookupError(f"the view {view.title!r} is not open any more")
        return now

    def _keep_state(self, view: View, state: Json) -> View:
        after = replace(view, state=state)
        self.workspace.put_view(after)
        return after

    def _menu(self, blocks: Sequence[Json], label: str, kind: str | None = None) -> Place:
        place = shown.menu(blocks, label, kind)
        if place is None:
            there = ", ".join(repr(shown.label(p)) + f" ({p.element['type']})" for p in shown.places(blocks))
            raise LookupError(f"no menu called {label!r}; there is {there or 'nothing to pick from'}")
        return place

    def state_of(self, view: View) -> Json:
        """What is filled in, element by element."""
        return filling.states(view.blocks, view.state)
