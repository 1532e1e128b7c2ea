"""`/trunk`, `/trunk WATCH` and `/trunk alerts`: how trunk is, answered from what is stored."""

from __future__ import annotations

from chatbot.bot import Bot
from chatbot.messages import trunk as words
from chatbot.messages.blocks import Payload
from chatbot.router import OVERVIEW, WATCH, Command, Router

router = Router()


@router.command(OVERVIEW, usage="", reads=True)
async def overview(_command: Command, bot: Bot) -> Payload:
    """All watches at a glance."""
    summaries = await bot.summaries(bot.watch_names)
    alerts = {alert.watch: alert for alert in await bot.store.alerts.all_open()}
    return words.overview(bot.config.watches, summaries, alerts, now=bot.now(), command=bot.command)


@router.command(WATCH, usage="WATCH", reads=True)
async def watch(command: Command, bot: Bot) -> Payload:
    """A watch's recent failures and the commits suspected of them."""
    config, now = bot.watch(command.words), bot.now()
    summary, alert = await bot.glance(config.id)

    def drawn() -> Payload:
        return words.watch(config, summary, alert, bot.links(config.trunk), now=now)

    return bot.drawn.made((config.id, int(now.timestamp())), (bot.config, summary, alert), drawn)


@router.command("alerts", usage="alerts", reads=True)
async def alerts(_command: Command, bot: Bot) -> Payload:
    """Every open alert, with who has it."""
    found = await bot.store.alerts.all_open()
    titles = {alert.watch: bot.title(alert) for alert in found}
    return words.alerts(found, titles, now=bot.now())
