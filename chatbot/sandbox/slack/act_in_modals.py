"""What people do in modals: fill in, hand in, put away."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chatbot.sandbox.slack import filling, payloads, shown
from chatbot.sandbox.slack.act import Acting
from chatbot.sandbox.slack.methods.views import checked, pushed, updated
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.shown import Place
from chatbot.sandbox.slack.values import Answer, Json, View

_TROUBLE = "We had some trouble connecting. Try again?"


class ActingInModals(Acting):
    """People before a modal."""

    async def submit(self, user: str, values: Json | None = None) -> Answer:
        """Fill in the modal on top and hand it in.

        *values* by label, `action_id` or `block_id`: an option's label, a user's id, a text, a date, a list of those.
        What is not mentioned stays as it is. `errors` of the answer are what the modal says beside its inputs.

        Raises:
            LookupError: no modal is open, or it has no such input.
            ValueError: a required input is empty (Slack's client does not hand that in).
        """
        view = self._top(user)
        state = self.state_of(view)
        for name, value in (values or {}).items():
            place = _input(view, name)
            state = filling.with_value(state, place, filling.picked(place.element, value))
        return await self.submit_state(view, state)

    async def submit_state(self, view: View, state: Json) -> Answer:
        """Hand in a modal with this `state.values`."""
        _complete(view, state)
        view = self._keep_state(view, state)
        answer = await self.deliveries.deliver("interactive", payloads.submission(self.workspace, view))
        if answer is None:
            self.workspace.toast(view.user, _TROUBLE)
            return Answer(acknowledged=False, error=_TROUBLE)
        try:
            return self._handed_in(view, answer)
        except RefusalError as refusal:
            self.workspace.toast(view.user, _TROUBLE)
            return Answer(acknowledged=True, error=f"{refusal.code} {refusal.extra}")

    def _handed_in(self, view: View, answer: Json) -> Answer:
        user = view.user
        stack = [open_view for open_view in self.workspace.modals[user] if open_view.id != view.id]
        match answer.get("response_action"):
            case "errors":
                errors = {str(k): str(v) for k, v in dict(answer.get("errors") or {}).items()}
                self.workspace.put_view(replace(view, errors=errors))
                return Answer(acknowledged=True, errors=errors, modal=self.modal(user))
            case "update":
                updated(self.workspace, view, checked(answer.get("view")))
            case "push":
                pushed(self.workspace, user, checked(answer.get("view")))
            case "clear":
                self.workspace.show_modal(user, [])
            case _:
                self.workspace.show_modal(user, stack)
        return Answer(acknowledged=True, modal=self.modal(user))

    async def close_modal(self, user: str) -> None:
        """Put the modal on top away; the bot hears of it where it asked to."""
        view = self._top(user)
        rest = [] if view.content.get("clear_on_close") else self.workspace.modals[user][:-1]
        self.workspace.show_modal(user, rest)
        if view.content.get("notify_on_close"):
            payload = payloads.closed(self.workspace, view, cleared=not rest)
            await self.deliveries.deliver("interactive", payload)

    def _top(self, user: str) -> View:
        view = self.modal(user)
        if view is None:
            raise LookupError(f"no modal is open for {user}")
        return view


def _input(view: View, name: str) -> Place:
    for place in shown.places(view.blocks):
        above = (place.block.get("label") or {}).get("text")
        if name in (above, place.element["action_id"], place.block["block_id"], shown.label(place)):
            return place
    there = ", ".join(repr(shown.label(place)) for place in shown.places(view.blocks))
    raise LookupError(f"no input called {name!r}; there is {there or 'none'}")


def _complete(view: View, state: Json) -> None:
    for block in view.blocks:
        if block["type"] != "input" or block.get("optional"):
            continue
        value: Any = state.get(block["block_id"], {}).get(block["element"]["action_id"], {})
        if filling.is_empty(value):
            raise ValueError(f"{block['label']['text']!r} is required and empty")
