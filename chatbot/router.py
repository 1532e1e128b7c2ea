"""Between Slack and handlers: acknowledge first, parse once, call the handler, answer, report errors with an id.

A handler is a function of what happened and what it may use; it answers with what to say. Everything
that is the same for all of them is here: the three seconds Slack waits, deliveries that come twice,
answers that only the person who asked sees, and what they are told when something fails.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Self

import structlog
from msgspec import Struct
from slack_bolt.async_app import AsyncApp

from chatbot import names
from chatbot.bot import Bot
from chatbot.errors import TrunkwatchError, UserError
from chatbot.messages import answers
from chatbot.messages.blocks import Payload
from chatbot.presses import Refused

log = structlog.get_logger("router")


class Command(Struct, frozen=True):
    """What somebody typed after the slash command: the first word as the handler knows it, then the rest."""

    name: str
    words: tuple[str, ...]
    user: str
    user_name: str
    channel: str
    response_url: str
    trigger: str
    share: bool = False

    @property
    def identity(self) -> tuple[str, ...]:
        """The same for every delivery of the same command."""
        return ("command", self.trigger)


class Press(Struct, frozen=True):
    """A button pressed or a choice made. `alert` and `turn` are the message's, `chosen` is what was picked."""

    action: str
    alert: str
    turn: int | None
    chosen: str | None
    user: str
    user_name: str
    channel: str
    thread: str
    response_url: str
    trigger: str
    at: str

    @property
    def identity(self) -> tuple[str, ...]:
        """The same for every delivery of the same press, different for the next press of the same button."""
        return ("press", self.at, self.user, self.action)


OnCommand = Callable[[Command, Bot], Awaitable[Payload | None]]
OnPress = Callable[[Press, Bot], Awaitable[Payload | None]]


class Word(Struct, frozen=True):
    """A command people can type, for `/trunk help`."""

    name: str
    usage: str
    does: str
    handler: OnCommand


class Router:
    """Handlers by the word or the button they answer to."""

    def __init__(self, *routers: Router) -> None:
        self.words: dict[str, Word] = {}
        self.presses: dict[str, OnPress] = {}
        for router in routers:
            self.words |= router.words
            self.presses |= router.presses

    def command(self, name: str, *, usage: str) -> Callable[[OnCommand], OnCommand]:
        """The decorated function answers `/trunk NAME …`; the first line of its docstring is its help."""

        def register(handler: OnCommand) -> OnCommand:
            does = (handler.__doc__ or "").strip().splitlines()[0]
            self.words[name] = Word(name, usage, does, handler)
            return handler

        return register

    def press(self, action: str) -> Callable[[OnPress], OnPress]:
        """The decorated function answers a press of the element with that action id (or option value)."""

        def register(handler: OnPress) -> OnPress:
            self.presses[action] = handler
            return handler

        return register


WATCH, OVERVIEW, SHARE = "WATCH", "", "share"


def understood(router: Router, text: str, watches: tuple[str, ...]) -> tuple[str, tuple[str, ...], bool]:
    """What *text* asks for: the command's name, its words, and whether the channel should see the answer.

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
    if exact in {names.normal(watch) for watch in watches}:
        return WATCH, words, share
    found = names.find(words[0], [*typed, *watches])
    if found is None:
        raise UserError(answers.unknown(words[0], names.nearest(words[0], [*typed, *watches])))
    return (found, words[1:], share) if found in typed else (WATCH, words, share)


class Desk:
    """Takes what Bolt delivers to the router's handlers and their answers back."""

    def __init__(self, router: Router, bot: Bot) -> None:
        self._router = router
        self._bot = bot

    def bind(self, app: AsyncApp) -> Self:
        """Listen to everything *app* receives. Each listener acknowledges and leaves; the work goes on beside it."""
        everything = re.compile(".*", re.DOTALL)

        async def on_command(ack: Callable[[], Awaitable[None]], body: Mapping[str, Any]) -> None:
            await ack()
            self._bot.begin(self._command(body))

        async def on_action(ack: Callable[[], Awaitable[None]], body: Mapping[str, Any]) -> None:
            await ack()
            self._bot.begin(self._press(body))

        async def on_event(ack: Callable[[], Awaitable[None]], event: Mapping[str, Any]) -> None:
            await ack()
            log.info("slack_event", type=event.get("type"))

        app.command(everything)(on_command)
        app.action(everything)(on_action)
        app.event(everything)(on_event)
        return self

    async def _command(self, body: Mapping[str, Any]) -> None:
        bot, url = self._bot, str(body.get("response_url", ""))

        async def work() -> Payload | None:
            text = str(body.get("text") or "")[:1000]
            name, words, share = understood(self._router, text, bot.watch_names)
            command = Command(
                name=name,
                words=words,
                user=str(body["user_id"]),
                user_name=str(body.get("user_name") or ""),
                channel=str(body.get("channel_id") or ""),
                response_url=url,
                trigger=str(body.get("trigger_id") or ""),
                share=share,
            )
            if not await bot.first_time(*command.identity):
                return None
            answer = await self._router.words[name].handler(command, bot)
            if answer is not None:
                await bot.slack.respond(url, answer, share=share)
            return None

        await self._guarded(work(), url)

    async def _press(self, body: Mapping[str, Any]) -> None:
        bot, url = self._bot, str(body.get("response_url", ""))

        async def work() -> Payload | None:
            press = parsed(body)
            handler = self._router.presses.get(press.action)
            if handler is None:
                raise UserError(answers.outdated_button())
            return await handler(press, bot) if await bot.first_time(*press.identity) else None

        await self._guarded(work(), url)

    async def _guarded(self, work: Coroutine[Any, Any, Payload | None], url: str) -> None:
        """Run *work*; whatever goes wrong is told to the person who asked, with an id that the log has too."""
        try:
            answer = await work
        except Refused as refused:
            answer = answers.refused(refused)
        except UserError as error:
            answer = answers.wrong(str(error))
        except TrunkwatchError as error:
            answer = answers.failed(str(error), self._report(error))
        except Exception as error:  # noqa: BLE001  the outermost loop: nobody may be left without an answer
            answer = answers.failed("Something went wrong on our side.", self._report(error))
        if answer is None:
            return
        try:
            await self._bot.slack.respond(url, answer)
        except TrunkwatchError as error:
            log.warning("answer_lost", reason=str(error))

    def _report(self, error: BaseException) -> str:
        mark = self._bot.new_id()
        log.error("request_failed", error_id=mark, reason=str(error), exc_info=error)
        return mark


def parsed(body: Mapping[str, Any]) -> Press:
    """A `block_actions` payload as a `Press`; a choice of the `More` menu is the press of what was chosen.

    Raises:
        UserError: the message is not one of ours, or older than what we understand.
    """
    actions = body.get("actions") or [{}]
    action = actions[0]
    alert, _, rest = str(action.get("block_id") or "").partition("|")
    turn = rest.partition("|")[0]
    chosen = (action.get("selected_option") or {}).get("value") or action.get("selected_user")
    name = str(action.get("action_id") or "")
    if not name or not alert:
        raise UserError(answers.outdated_button())
    message = body.get("message") or {}
    user = body.get("user") or {}
    return Press(
        action=str(chosen) if name == "more" and chosen else name,
        alert=alert,
        turn=int(turn) if turn.isdecimal() else None,
        chosen=str(chosen) if chosen else None,
        user=str(user.get("id") or ""),
        user_name=str(user.get("name") or user.get("username") or ""),
        channel=str((body.get("channel") or {}).get("id") or ""),
        thread=str(message.get("thread_ts") or message.get("ts") or ""),
        response_url=str(body.get("response_url") or ""),
        trigger=str(body.get("trigger_id") or ""),
        at=str(action.get("action_ts") or ""),
    )
