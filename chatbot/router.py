"""Handlers by what they answer to: a word typed, a button pressed, a modal handed in.

A handler is a function of what happened and what it may use; it answers with what to say. Everything that is
the same for all of them (acknowledging, answering, what fails) is in `desk`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache

from msgspec import Struct

from chatbot import names
from chatbot.bot import Bot
from chatbot.errors import UserError
from chatbot.events import Event, Shortcut
from chatbot.messages import answers
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Plain
from chatbot.messages.views import View
from chatbot.requests import Command, Press, Submission

__all__ = ["OVERVIEW", "WATCH", "Command", "Event", "Press", "Router", "Shortcut", "Submission", "understood"]

OnCommand = Callable[[Command, Bot], Awaitable[Payload | None]]
OnPress = Callable[[Press, Bot], Awaitable[Payload | View | None]]
OnModal = Callable[[Press, Bot], Awaitable[View]]
OnSubmission = Callable[[Submission, Bot], Awaitable[Payload | None]]
OnEvent = Callable[[Event, Bot], Awaitable[None]]
OnShortcut = Callable[[Shortcut, Bot], Awaitable[Payload | None]]
Check = Callable[[Submission], Mapping[str, str]]


class Word(Struct, frozen=True):
    """A command people can type, for `/trunk help`."""

    name: str
    usage: str
    does: str
    handler: OnCommand
    once: bool = True
    reads: bool = False


class Modal(Struct, frozen=True):
    """What opens when an element is pressed; `fill` says what is in it, once it has been found out."""

    title: Plain
    fill: OnModal


class Handed(Struct, frozen=True):
    """What happens to a modal handed in; `check` says, without asking anybody, what is wrong beside which input."""

    handler: OnSubmission
    check: Check


class Router:
    """Handlers by the word, the button or the modal they answer to."""

    def __init__(self, *routers: Router) -> None:
        self.words: dict[str, Word] = {}
        self.presses: dict[str, OnPress] = {}
        self.modals: dict[str, Modal] = {}
        self.submissions: dict[str, Handed] = {}
        self.events: dict[str, OnEvent] = {}
        self.shortcuts: dict[str, OnShortcut] = {}
        for router in routers:
            self.words |= router.words
            self.presses |= router.presses
            self.modals |= router.modals
            self.submissions |= router.submissions
            self.events |= router.events
            self.shortcuts |= router.shortcuts

    def command(
        self, name: str, *, usage: str, once: bool = True, reads: bool = False
    ) -> Callable[[OnCommand], OnCommand]:
        """The decorated function answers `/trunk NAME …`; the first line of its docstring is its help.

        Without *once* a delivery that comes twice is answered twice, and Redis need not be there to tell. What only
        *reads* is begun while Redis is asked whether the delivery is new, and is not told where it is not.
        """

        def register(handler: OnCommand) -> OnCommand:
            does = (handler.__doc__ or "").strip().partition("\n")[0]  # python -OO takes docstrings away
            self.words[name] = Word(name, usage, does, handler, once, reads)
            return handler

        return register

    def press(self, action: str) -> Callable[[OnPress], OnPress]:
        """The decorated function answers a press of the element with that action id (or option value).

        In a modal it may answer with what the modal shows from then on.
        """

        def register(handler: OnPress) -> OnPress:
            self.presses[action] = handler
            return handler

        return register

    def modal(self, action: str, *, title: str) -> Callable[[OnModal], OnModal]:
        """A press of that element opens a modal at once, and the decorated function says what is in it."""

        def register(fill: OnModal) -> OnModal:
            self.modals[action] = Modal(Plain(title), fill)
            return fill

        return register

    def submit(self, callback_id: str, *, check: Check = lambda _: {}) -> Callable[[OnSubmission], OnSubmission]:
        """The decorated function takes the modal with that callback id, when *check* finds nothing wrong."""

        def register(handler: OnSubmission) -> OnSubmission:
            self.submissions[callback_id] = Handed(handler, check)
            return handler

        return register

    def event(self, name: str) -> Callable[[OnEvent], OnEvent]:
        """The decorated function hears of that event; the manifest has to subscribe to it."""

        def register(handler: OnEvent) -> OnEvent:
            self.events[name] = handler
            return handler

        return register

    def shortcut(self, callback_id: str) -> Callable[[OnShortcut], OnShortcut]:
        """The decorated function answers the message shortcut with that callback id."""

        def register(handler: OnShortcut) -> OnShortcut:
            self.shortcuts[callback_id] = handler
            return handler

        return register


WATCH, OVERVIEW, SHARE = "WATCH", "", "share"


def understood(
    router: Router, text: str, watches: tuple[str, ...], *, command: str = "/trunk"
) -> tuple[str, tuple[str, ...], bool]:
    """What *text* behind *command* asks for: a command's name, its words, whether the channel should see the answer.

    Names of commands come first, then of watches, then either with a typo.

    Raises:
        UserError: nothing is called that; the text names the nearest.
    """
    words = tuple(text.split())
    share = bool(words) and names.normal(words[-1]) == SHARE
    words = words[:-1] if share else words
    if not words:
        return OVERVIEW, (), share
    typed = [name for name in router.words if name not in (OVERVIEW, WATCH)]
    exact = names.normal(words[0])
    if exact in typed:
        return exact, words[1:], share
    if exact in _normal(watches):
        return WATCH, words, share
    found = names.find(words[0], [*typed, *watches])
    if found is None:
        raise UserError(answers.unknown(words[0], names.nearest(words[0], [*typed, *watches]), command=command))
    return (found, words[1:], share) if found in typed else (WATCH, words, share)


@lru_cache(maxsize=8)  # they change with the configuration only
def _normal(watches: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(names.normal, watches))
