"""Assign: a picker on the alert, "Assign to me" in its menu, a command."""

from __future__ import annotations

import re

from chatbot import presses
from chatbot.bot import Bot
from chatbot.errors import UserError
from chatbot.messages import alert as drawn
from chatbot.messages import answers
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import mrkdwn
from chatbot.router import Command, Press, Router

router = Router()

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


@router.press(drawn.ASSIGN)
async def assign(press: Press, bot: Bot) -> None:
    """Hand it to the person picked."""
    if press.chosen is None:
        raise UserError("Nobody was picked. Choose a person under Assign….")
    await _give(bot, press.alert, to=press.chosen, by=press.user, name=press.user_name, turn=press.turn)


@router.press(drawn.ASSIGN_TO_ME)
async def assign_to_me(press: Press, bot: Bot) -> None:
    """Take it, also from somebody else; taking it acknowledges it."""
    await _give(bot, press.alert, to=press.user, by=press.user, name=press.user_name, turn=press.turn)


@router.command("assign", usage="assign WATCH @PERSON")
async def assigned(command: Command, bot: Bot) -> Payload:
    """Hand a watch's open alert to somebody, to yourself where nobody is named."""
    watch = bot.watch(command.words)
    to = _person(command)
    alert = await bot.store.alerts.current(watch.id)
    if alert is None:
        raise UserError(answers.no_alert(watch.id))
    await _give(bot, alert.id, to=to, by=command.user, name=command.user_name)
    whose = "yours" if to == command.user else "theirs"
    return answers.said(mrkdwn("{watch} is {whose} now.", watch=watch.id, whose=whose))


def _person(command: Command) -> str:
    if len(command.words) == 1 or command.words[1].lower() in {"me", "@me"}:
        return command.user
    found = _MENTION.fullmatch(command.words[1])
    if found is None:
        raise UserError(f"{command.words[1]!r} is not a person. Write @ and pick a name from Slack's list.")
    return found[1]


async def _give(bot: Bot, alert: str, *, to: str, by: str, name: str, turn: int | None = None) -> None:
    await bot.change(alert, lambda a: presses.assigned(a, to=to, by=by, name=name, at=bot.now(), turn=turn))
