"""Resolve by hand: what is still red stays quiet until it has been green."""

from __future__ import annotations

from chatbot import presses
from chatbot.bot import Bot
from chatbot.errors import UserError
from chatbot.messages import alert as drawn
from chatbot.messages import answers
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import mrkdwn
from chatbot.router import Command, Press, Router

router = Router()


@router.press(drawn.RESOLVE)
async def resolve(press: Press, bot: Bot) -> None:
    """Call it over."""
    await permitted(bot, press.user)
    await bot.change(
        press.alert,
        lambda a: presses.resolved(a, by=press.user, name=press.user_name, at=bot.now(), turn=press.turn),
    )


@router.command("resolve", usage="resolve WATCH [NOTE]")
async def resolved(command: Command, bot: Bot) -> Payload:
    """Call a watch's open alert over; the rest of the line is kept as a note."""
    watch = bot.watch(command.words)
    await permitted(bot, command.user)
    alert = await bot.store.alerts.current(watch.id)
    if alert is None:
        raise UserError(answers.no_alert(watch.id))
    note = " ".join(command.words[1:]) or None
    await bot.change(
        alert.id, lambda a: presses.resolved(a, by=command.user, name=command.user_name, at=bot.now(), note=note)
    )
    return answers.said(
        mrkdwn("{watch} is resolved. What is still red stays quiet until it has been green.", watch=watch.id)
    )


async def permitted(bot: Bot, user: str) -> None:
    """Whether *user* may resolve by hand; open to everyone where nobody is named.

    Raises:
        UserError: they may not; the text says who may.
    """
    allowed = bot.config.permissions.resolve
    if not allowed or user in allowed:
        return
    groups = [one for one in allowed if one.startswith("S")]
    for group in groups:
        if user in await bot.slack.usergroup_members(group):
            return
    raise UserError(
        "Resolving by hand is kept to a few people here (permissions.resolve). Acknowledge it, or ask them."
    )
