"""What people do in channels: they say, press, pick, react, type commands, open the Home tab.

Every act is refused where a person could not do it: no such button on the screen, a modal not open, a stranger.
"""

from __future__ import annotations

from typing import Any

from chatbot.sandbox.slack import filling, payloads, shown
from chatbot.sandbox.slack.answers import say as show_answer
from chatbot.sandbox.slack.arguments import Arguments
from chatbot.sandbox.slack.methods.content import content
from chatbot.sandbox.slack.methods.reactions import react, unreact
from chatbot.sandbox.slack.response_urls import ResponseUrl
from chatbot.sandbox.slack.screen import Screen
from chatbot.sandbox.slack.shown import Place
from chatbot.sandbox.slack.values import Answer, Change, Json, Message, View

_NO_ANSWER = "did not respond"


class Acting(Screen):
    """People in channels."""

    async def say(self, channel: str, text: str, *, user: str, thread_ts: str | None = None) -> Message:
        """Post as a person; `text` is mrkdwn as the client would send it."""
        self._known(user)
        place = self._channel(channel)
        if place.archived:
            raise PermissionError(f"#{place.name} is archived: nobody can post there")
        return self.workspace.post(channel, text=text, user=user, thread_ts=thread_ts)

    async def react(self, message: Message, name: str, *, user: str) -> None:
        """Add a reaction; `name` without colons."""
        self._known(user)
        react(self.workspace, self.current(message), name.strip(":"), user)

    async def unreact(self, message: Message, name: str, *, user: str) -> None:
        """Take a reaction back."""
        unreact(self.workspace, self.current(message), name.strip(":"), user)

    async def delete(self, message: Message) -> None:
        """An administrator deletes the message."""
        self.workspace.delete(self.current(message))

    async def open_home(self, user: str) -> None:
        """Look at the bot's Home tab."""
        self._known(user)
        self.workspace.announce(Change("home_opened", user=user, view=self.workspace.homes.get(user)))

    async def click(self, seen: Message | View, label: str, *, user: str = "", stale: bool = False) -> Answer:
        """Press the button with that label, or pick that option of any menu.

        The button is looked for in the message as it is now; with *stale*, in *seen* as it is, as somebody does whose
        screen has not caught up. A press in a view needs no *user*. Returns when the bot has acknowledged or failed to.

        Raises:
            LookupError: there is no such button; the text lists what there is.
        """
        blocks = self._blocks(seen, stale=stale)
        button = shown.button(blocks, label)
        if button is not None:
            return await self.press(seen, button, {}, user)
        offered = shown.option(blocks, label)
        if offered is None:
            raise LookupError(
                f"nothing called {label!r} to press; there is {', '.join(map(repr, shown.labels(blocks)))}"
            )
        place, option = offered
        return await self.press(seen, place, filling.picked(place.element, option), user)

    async def pick_user(
        self, seen: Message | View, label: str, person: str, *, user: str = "", stale: bool = False
    ) -> Answer:
        """Pick a person in the user picker with that placeholder or label."""
        self._known(person)
        place = self._menu(self._blocks(seen, stale=stale), label, "users_select")
        return await self.press(seen, place, {"selected_user": person}, user)

    async def pick_option(
        self, seen: Message | View, label: str, option: str, *, user: str = "", stale: bool = False
    ) -> Answer:
        """Pick an option, by its label, in the menu with that placeholder or label; an overflow menu is "More"."""
        place = self._menu(self._blocks(seen, stale=stale), label)
        chosen: Any = option
        if place.element["type"].endswith("external_select"):
            chosen = await self._suggested(place, option, seen.user if isinstance(seen, View) else user)
        return await self.press(seen, place, filling.picked(place.element, chosen), user)

    async def _suggested(self, place: Place, typed: str, user: str | None) -> Json:
        """The option of that label which the bot offers for what was typed."""
        asked = payloads.suggestion(self.workspace, str(user), place, typed)
        answer = await self.deliveries.deliver("interactive", asked) or {}
        offered = answer.get("options") or [o for g in answer.get("option_groups", ()) for o in g["options"]]
        found = filling.picked({"type": "static_select", "action_id": "", "options": offered}, typed)
        return dict(found["selected_option"])

    async def press(self, seen: Message | View, place: Place, picked: Json, user: str) -> Answer:
        """Do something to the element at *place*; *picked* is what its payload says was chosen."""
        if isinstance(seen, View):
            return await self._press_in_view(seen, place, picked)
        self._known(user)
        message = self.current(seen)
        url = self.workspace.response_urls.issue(user, message.channel, message)
        state = filling.with_value(filling.states(message.all_blocks, {}), place, picked)
        did = payloads.action(self.workspace, place, picked)
        payload = payloads.press_in_message(self.workspace, message, did, url, state)
        return self._pressed(user, await self.deliveries.deliver("interactive", payload), url)

    async def _press_in_view(self, seen: View, place: Place, picked: Json) -> Answer:
        view = self._open_view(seen)
        state = filling.with_value(filling.states(view.blocks, view.state), place, picked)
        view = self._keep_state(view, state)
        did = payloads.action(self.workspace, place, picked)
        answer = await self.deliveries.deliver("interactive", payloads.press_in_view(self.workspace, view, did))
        return self._pressed(view.user, answer, None)

    def _pressed(self, user: str, answer: Json | None, url: ResponseUrl | None) -> Answer:
        if answer is None:
            self.workspace.toast(user, f"This app {_NO_ANSWER}. Try again, or ask the people who run it.")
            return Answer(acknowledged=False, error=_NO_ANSWER)
        return Answer(acknowledged=True, messages=tuple(url.answers) if url else ())

    async def command(
        self, name: str, text: str = "", *, user: str, channel: str, answer_within: float = 10.0
    ) -> Answer:
        """Type a slash command and read what comes back, at most *answer_within* seconds (0: do not wait for it).

        What comes back is the body of the acknowledgement, answers to the `response_url`, ephemeral messages to
        that person, and a modal, whichever comes first; later ones are in `ephemerals` and `modal`.

        Raises:
            LookupError: the manifest has no such command.
            TimeoutError: acknowledged, but nothing came back in time.
        """
        self._known(user)
        self._channel(channel)
        if self.manifest.given and name not in self.manifest.commands:
            raise LookupError(f"{name} is not a valid command; the manifest has {sorted(self.manifest.commands)}")
        before = len(self.workspace.ephemerals(user)), self.modal(user)
        url = self.workspace.response_urls.issue(user, channel)
        escaped = self._escaped(text) if self.manifest.commands.get(name, {}).get("should_escape") else text
        payload = payloads.command(self.workspace, name, escaped, url)
        answer = await self.deliveries.deliver("slash_commands", payload)
        if answer is None:
            self.workspace.toast(user, f"{name} failed because the app {_NO_ANSWER}.")
            return Answer(acknowledged=False, error=f"{name} {_NO_ANSWER}")
        if answer:
            self._show(answer, url)
        if answer_within > 0:
            await self.until(lambda: self._came_back(url, before) is not None, timeout=answer_within)
        return self._came_back(url, before) or Answer(acknowledged=True)

    def _show(self, answer: Json, url: ResponseUrl) -> None:
        args = Arguments(answer)
        found = content(args, self.workspace)
        if found:
            show_answer(self.workspace, url, args, found)

    def _came_back(self, url: ResponseUrl, before: tuple[int, View | None]) -> Answer | None:
        count, modal_before = before
        asked = self.workspace.response_urls.asked_by
        heard = [m for m in self.workspace.ephemerals(url.user)[count:] if asked(m) in (None, url)]
        messages = [*heard, *(m for m in url.answers if m.only_for is None)]
        modal = self.modal(url.user)
        opened = modal if modal_before is None or (modal and modal.id != modal_before.id) else None
        if not messages and opened is None:
            return None
        return Answer(acknowledged=True, messages=tuple(messages), modal=opened)

    def _escaped(self, text: str) -> str:
        """`@name` and `#name` as ids, as Slack does for commands with `should_escape`."""
        names = {f"@{p.name}": f"<@{p.id}|{p.name}>" for p in self.workspace.people.values()}
        names |= {f"#{c.name}": f"<#{c.id}|{c.name}>" for c in self.workspace.channels.values()}
        return " ".join(names.get(word, word) for word in text.split(" "))

    async def shortcut(self, callback_id: str, message: Message | None = None, *, user: str) -> Answer:
        """Use a shortcut, on a message or anywhere."""
        self._known(user)
        if self.manifest.given and callback_id not in self.manifest.shortcuts:
            raise LookupError(f"no shortcut {callback_id!r}; the manifest has {sorted(self.manifest.shortcuts)}")
        url = None
        if message is None:
            payload = payloads.shortcut(self.workspace, callback_id, user)
        else:
            now = self.current(message)
            url = self.workspace.response_urls.issue(user, now.channel, now)
            payload = payloads.message_shortcut(self.workspace, callback_id, now, url)
        return self._pressed(user, await self.deliveries.deliver("interactive", payload), url)
