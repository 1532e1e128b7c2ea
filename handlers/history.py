"""`/trunk history WATCH`: has this happened before, and what does its trunk look like now?"""

from __future__ import annotations

from functools import partial

from chatbot import drawing, forms
from chatbot.bot import Bot
from chatbot.messages import history as words
from chatbot.pictures import grid
from chatbot.router import Command, Router
from chatbot.watch import Watch

router = Router()


@router.command("history", usage="history WATCH")
async def history(command: Command, bot: Bot) -> None:
    """A watch's last alerts: how long, who had it, who broke it; with a picture of its jobs along trunk."""
    config = bot.watch(command.words)
    alerts = await bot.store.alerts.recent(config.id, words.SHOWN + 1)
    trunk = await bot.trunk(config.trunk)
    ranges = drawing.ranges_of(next((alert for alert in alerts if alert.open), None))
    drawn = drawing.grid(trunk, Watch(config).jobs(trunk), title=config.title, ranges=ranges)
    alt = grid.described(drawn)
    said = partial(words.history, config, alerts, bot.links(config.trunk), now=bot.now(), alt=alt)
    picture = forms.pictured(
        bot.slack, partial(grid.draw, drawn), lambda block: said(picture=block), name=f"trunk {config.id}", alt=alt
    )
    share = partial(bot.slack.respond, command.response_url, share=command.share)
    await forms.first_taken([picture, forms.words(said())], share)
