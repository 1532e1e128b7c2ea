"""`/trunk health`: is the bot itself well?"""

from __future__ import annotations

from chatbot import __version__
from chatbot.bot import Bot
from chatbot.messages import health as words
from chatbot.messages.blocks import Payload
from chatbot.router import Command, Router

router = Router()


@router.command("health", usage="health", once=False)
async def health(_command: Command, bot: Bot) -> Payload:
    """Sources, Redis, Slack, and what could not be delivered."""
    return words.health(await bot.health(), version=__version__)
