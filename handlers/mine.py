"""`/trunk mine`: what is waiting for me?"""

from __future__ import annotations

from chatbot import mine as finding
from chatbot.bot import Bot
from chatbot.messages import mine as words
from chatbot.messages.blocks import Payload
from chatbot.router import Command, Router

router = Router()


@router.command("mine", usage="mine")
async def mine(command: Command, bot: Bot) -> Payload:
    """Open alerts you have, those a commit of yours is suspected of, and those you handed over."""
    alerts = [alert for alert in await bot.store.alerts.all_open() if not alert.of_source]
    found = finding.mine(alerts, command.user, bot.config.people)
    links = {trunk.id: bot.links(trunk.id) for trunk in bot.config.trunks}
    titles = {alert.watch: bot.title(alert) for alert in alerts}
    return words.mine(found, titles, links, now=bot.now(), command=bot.command)
