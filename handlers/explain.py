"""Why it fired, or why it has not: a command and a choice of the alert's menu."""

from __future__ import annotations

import msgspec

from chatbot.bot import Bot
from chatbot.config import WatchConfig
from chatbot.messages import alert as drawn
from chatbot.messages import explain as words
from chatbot.messages import grafana as of_grafana
from chatbot.messages.blocks import Payload
from chatbot.router import Command, Press, Router

router = Router()


@router.command("explain", usage="explain WATCH")
async def explain(command: Command, bot: Bot) -> Payload:
    """Why a watch fired, or why it has not: each job's streak against the threshold."""
    return await _explained(bot.watch(command.words), bot)


@router.press(drawn.EXPLAIN)
async def why(press: Press, bot: Bot) -> Payload:
    """Say what its rule counted, job by job; of an alert of Grafana's, what Grafana said."""
    alert = await bot.alert(press.alert)
    if alert.firings and not alert.jobs:
        return of_grafana.explained(alert)
    if alert.of_infrastructure:
        return words.infrastructure(alert)
    said = await _explained(bot.watch([alert.watch]), bot)
    more = of_grafana.explained(alert).blocks if alert.firings else ()
    return msgspec.structs.replace(said, blocks=(*said.blocks, *more))


async def _explained(config: WatchConfig, bot: Bot) -> Payload:
    summary = await bot.summary(config.id)
    alert = await bot.store.alerts.current(config.id)
    return words.explain(config, summary, alert, bot.links(config.trunk), now=bot.now())
