"""Between Slack and handlers: acknowledge first, parse once, call the handler, answer, report errors with an id.

What is the same for all of them is here: the three seconds Slack waits for an acknowledgement and in which a
modal may open, deliveries that come twice, answers that only the person who asked sees, and what they are told
when something fails. A modal opens empty before anything is asked of anybody, and is filled afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Self, TypeVar

import msgspec
import structlog
from slack_bolt.async_app import AsyncApp

from chatbot import events, requests
from chatbot.asked import asked
from chatbot.bot import Bot
from chatbot.errors import PermanentError, TrunkwatchError, UserError
from chatbot.messages import answers, modals
from chatbot.messages.blocks import Payload
from chatbot.messages.views import View, carrying
from chatbot.presses import Refused
from chatbot.replies import Reply, reply_to
from chatbot.requests import Command, OpenModal, Origin, Press
from chatbot.router import Modal, Router, understood
from chatbot.telemetry import timed

log = structlog.get_logger("desk")

T = TypeVar("T")
Body = Mapping[str, Any]

_TOO_LATE = frozenset({"expired_trigger_id", "invalid_trigger_id"})
_TWICE = "exchanged_trigger_id"  # the same press delivered again
_MEANWHILE = frozenset({"not_found", "hash_conflict"})  # closed, or changed by a later press: nothing to say


class Desk:
    """Takes what Bolt delivers to the router's handlers and their answers back."""

    def __init__(self, router: Router, bot: Bot) -> None:
        self._router = router
        self._bot = bot

    def bind(self, app: AsyncApp) -> Self:
        """Listen to everything *app* receives. Each listener acknowledges and leaves; the work goes on beside it."""
        everything = re.compile(".*", re.DOTALL)

        async def on_command(ack: Callable[[], Awaitable[None]], body: Body) -> None:
            await ack()
            self._begin("command", body, self._command(body))

        async def on_action(ack: Callable[[], Awaitable[None]], body: Body) -> None:
            await ack()
            self._begin("press", body, self._press(body))

        async def on_view(ack: Callable[..., Awaitable[None]], body: Body) -> None:
            wrong = self._wrong(body)
            if wrong:
                await ack(response_action="errors", errors=wrong)
                return
            await ack()
            self._begin("modal", body, self._submission(body))

        async def on_closed(ack: Callable[[], Awaitable[None]]) -> None:
            await ack()

        async def on_shortcut(ack: Callable[[], Awaitable[None]], body: Body) -> None:
            await ack()
            self._begin("shortcut", body, self._shortcut(body))

        async def on_event(ack: Callable[[], Awaitable[None]], body: Body) -> None:
            await ack()
            self._begin("event", body, self._event(body))

        app.command(everything)(on_command)
        app.action(everything)(on_action)
        app.view(everything)(on_view)
        app.view_closed(everything)(on_closed)
        app.message_shortcut(everything)(on_shortcut)
        app.event(everything)(on_event)
        return self

    def _begin(self, kind: str, body: Body, work: Coroutine[Any, Any, None]) -> None:
        """Start *work* and measure it."""
        telemetry, name = self._bot.telemetry, asked(kind, body, self._router)

        async def measured() -> None:
            with telemetry.span(kind, name=name), timed(telemetry.metrics.answers.labels(kind, name)):
                await work

        self._bot.begin(measured())

    # ---- commands

    async def _command(self, body: Body) -> None:
        url = str(body.get("response_url", ""))

        async def work() -> None:
            command = self._typed(body)
            word = self._router.words[command.name]
            new = self._bot.first_time(*command.identity) if word.once else None
            if new is not None and not word.reads and not await new:
                return
            answer = await word.handler(command, self._bot)
            if answer is not None and (new is None or await new):
                await self._bot.slack.respond(url, answer, share=command.share)

        await self._guarded(work(), partial(self._bot.slack.respond, url))

    def _typed(self, body: Body) -> Command:
        text = str(body.get("text") or "")[:1000]
        name, words, share = understood(self._router, text, self._bot.watch_names, command=self._bot.command)
        return Command(
            name=name,
            words=words,
            user=str(body["user_id"]),
            user_name=str(body.get("user_name") or ""),
            channel=str(body.get("channel_id") or ""),
            response_url=str(body.get("response_url", "")),
            trigger=str(body.get("trigger_id") or ""),
            share=share,
        )

    # ---- presses

    async def _press(self, body: Body) -> None:
        async def work() -> Payload | None:
            press = requests.press(body)
            modal = self._router.modals.get(press.action)
            if modal is not None:
                await self._open(modal, press)
                return None
            return await self._pressed(press)

        await self._guarded(work(), reply_to(body, self._bot.slack))
        await self._home_again(body)

    async def _pressed(self, press: Press) -> Payload | None:
        handler = self._router.presses.get(press.action)
        if handler is None:
            raise UserError(answers.outdated_button())
        if not await self._bot.first_time(*press.identity):
            return None
        answer = await handler(press, self._bot)
        if isinstance(answer, View):
            if press.modal is not None:
                await self._show(press.modal, answer, press.origin)
            return None
        return answer

    async def _open(self, modal: Modal, press: Press) -> None:
        """Open it empty before anything is read: the trigger lives three seconds. Then fill it."""
        try:
            opened = await self._bot.slack.open_view(
                press.trigger, carrying(modals.skeleton(modal.title), _metadata(press.origin))
            )
        except PermanentError as error:
            if error.code == _TWICE:
                return
            if error.code in _TOO_LATE:
                raise UserError(answers.too_late(self._bot.command)) from error
            raise
        found = await self._tried(modal.fill(press, self._bot))
        view = modals.told(modal.title, found) if isinstance(found, Payload) else found
        await self._show(OpenModal(opened.id, opened.hash), view, press.origin)

    async def _show(self, modal: OpenModal, view: View, origin: Origin) -> None:
        """Change what an open modal shows, unless the person has closed it or pressed on."""
        try:
            await self._bot.slack.update_view(modal.id, carrying(view, _metadata(origin)), expected=modal.hash)
        except PermanentError as error:
            if error.code not in _MEANWHILE:
                raise
            log.info("modal_moved_on", modal=modal.id, reason=error.code)

    # ---- modals handed in

    def _wrong(self, body: Body) -> Mapping[str, str]:
        """What the modal says beside its inputs instead of closing; what cannot be read is answered afterwards."""
        try:
            given = requests.submission(body)
        except UserError:
            return {}
        known = self._router.submissions.get(given.name)
        return known.check(given) if known is not None else {}

    async def _submission(self, body: Body) -> None:
        async def work() -> Payload | None:
            given = requests.submission(body)
            known = self._router.submissions.get(given.name)
            if known is None:
                raise UserError(answers.outdated_button())
            return await known.handler(given, self._bot) if await self._bot.first_time(*given.identity) else None

        await self._guarded(work(), reply_to(body, self._bot.slack))
        await self._home_again(body)

    # ---- shortcuts, events, the Home

    async def _shortcut(self, body: Body) -> None:
        async def work() -> Payload | None:
            used = events.shortcut(body)
            handler = self._router.shortcuts.get(used.name)
            if handler is None:
                raise UserError(answers.outdated_button())
            return await handler(used, self._bot) if await self._bot.first_time(*used.identity) else None

        await self._guarded(work(), reply_to(body, self._bot.slack))

    async def _event(self, body: Body) -> None:
        """Nobody asked, so nobody is told what goes wrong; the log is."""
        try:
            event = events.event(body)
        except UserError:
            log.info("slack_event", type="unreadable")
            return
        handler = self._router.events.get(event.name)
        if handler is None:
            log.info("slack_event", type=event.name)
            return

        async def work() -> None:
            if await self._bot.first_time(*event.identity):
                await handler(event, self._bot)

        await self._tried(work())

    async def _home_again(self, body: Body) -> None:
        """Draw the Home in which something was done anew, whatever became of it."""
        event = events.home_again(body)
        handler = self._router.events.get(events.HOME_OPENED)
        if event is not None and handler is not None:
            await self._tried(handler(event, self._bot))

    # ---- answers

    async def _tried(self, work: Awaitable[T]) -> T | Payload:
        """What *work* gives; whatever goes wrong becomes what the person is told, with an id that the log has too."""
        try:
            return await work
        except Refused as refused:
            return answers.refused(refused)
        except UserError as error:
            return answers.wrong(str(error))
        except TrunkwatchError as error:
            return answers.failed(str(error), self._report(error, trace=False))
        except Exception as error:  # noqa: BLE001  the outermost loop: nobody may be left without an answer
            return answers.failed("Something went wrong on our side.", self._report(error))

    async def _guarded(self, work: Coroutine[Any, Any, Payload | None], reply: Reply) -> None:
        answer = await self._tried(work)
        if answer is None:
            return
        try:
            await reply(answer)
        except TrunkwatchError as error:
            log.warning("answer_lost", reason=str(error))

    def _report(self, error: BaseException, *, trace: bool = True) -> str:
        """Log it under an id; where our own error says all there is to say, without a *trace*."""
        mark = self._bot.new_id()
        self._bot.telemetry.metrics.failed.inc()
        log.error("request_failed", error_id=mark, reason=str(error), exc_info=error if trace else None)
        return mark


def _metadata(origin: Origin) -> str:
    return msgspec.json.encode(origin).decode()
