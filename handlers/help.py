"""`/trunk help`: what can be asked. The list is made of what the handlers say of themselves."""

from __future__ import annotations

from chatbot.bot import Bot
from chatbot.messages import help as words
from chatbot.messages.blocks import Payload
from chatbot.router import Command, Router

router = Router()


@router.command("help", usage="help")
async def help(_command: Command, bot: Bot) -> Payload:  # noqa: A001  called what people type
    """This list."""
    return words.help([(f"{bot.command} {usage}".strip(), does) for usage, does in bot.words], watches=bot.watch_names)
