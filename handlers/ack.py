"""Acknowledge and un-acknowledge: a button, a choice of the menu, a command."""

from __future__ import annotations

from chatbot import presses
from chatbot.alert import Alert
from chatbot.bot import Bot
from chatbot.messages import alert as drawn
from chatbot.messages import answers
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import mrkdwn
from chatbot.router import Command, Press, Router

router = Router()


@router.press(drawn.ACKNOWLEDGE)
async def acknowledge(press: Press, bot: Bot) -> None:
    """Take it, unless somebody already has. A late press is still meant: only a taken alert refuses it."""
    await bot.change(press.alert, lambda a: presses.acknowledged(a, by=press.user, name=press.user_name, at=bot.now()))


@router.press(drawn.UNACKNOWLEDGE)
async def unacknowledge(press: Press, bot: Bot) -> None:
    """Give it back."""
    await bot.change(
        press.alert,
        lambda a: presses.unacknowledged(a, by=press.user, name=press.user_name, at=bot.now(), turn=press.turn),
    )


@router.command("ack", usage="ack WATCH")
async def ack(command: Command, bot: Bot) -> Payload:
    """Acknowledge a watch's open alert."""
    watch = bot.watch(command.words)
    alert = await bot.open_alert(watch.id)

    def change(present: Alert) -> Alert:
        return presses.acknowledged(present, by=command.user, name=command.user_name, at=bot.now())

    await bot.change(alert.id, change)
    return answers.said(mrkdwn("You have {watch} now.", watch=watch.id))
