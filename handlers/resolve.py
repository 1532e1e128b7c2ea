"""Resolve by hand, with a note if one likes: what is still red stays quiet until it has been green."""

from __future__ import annotations

from chatbot import presses
from chatbot.bot import Bot
from chatbot.messages import alert as drawn
from chatbot.messages import answers, modals
from chatbot.messages import resolve as asked
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Plain, mrkdwn
from chatbot.messages.views import View
from chatbot.router import Command, Press, Router, Submission

router = Router()

_MAY = "resolve", "Resolving by hand", "Acknowledge it, or ask them."


@router.modal(drawn.RESOLVE, title=asked.TITLE)
async def ask(press: Press, bot: Bot) -> View:
    """Ask for a note, unless it is over already."""
    await bot.permit(press.user, *_MAY)
    alert = await bot.alert(press.alert)
    if not alert.open:
        return modals.told(Plain(asked.TITLE), answers.said(answers.nothing_to_do(alert)))
    return asked.resolve(alert, bot.title(alert))


@router.submit(asked.SUBMIT)
async def resolve(given: Submission, bot: Bot) -> None:
    """Call it over."""
    await bot.permit(given.user, *_MAY)
    note = given.values.get(asked.NOTE)
    await bot.change(
        given.alert,
        lambda a: presses.resolved(
            a,
            by=given.user,
            name=given.user_name,
            at=bot.now(),
            note=note and note[: asked.NOTE_LIMIT],
            turn=given.turn,
        ),
    )


@router.command("resolve", usage="resolve WATCH [NOTE]")
async def resolved(command: Command, bot: Bot) -> Payload:
    """Call a watch's open alert over; the rest of the line is kept as a note."""
    watch = bot.watch(command.words)
    await bot.permit(command.user, *_MAY)
    alert = await bot.open_alert(watch.id)
    note = " ".join(command.words[1:]) or None
    await bot.change(
        alert.id, lambda a: presses.resolved(a, by=command.user, name=command.user_name, at=bot.now(), note=note)
    )
    return answers.said(
        mrkdwn("{watch} is resolved. What is still red stays quiet until it has been green.", watch=watch.id)
    )
