"""`/trunk flaky`: which jobs cry wolf?"""

from __future__ import annotations

from functools import partial

from chatbot import flakes, forms
from chatbot.bot import Bot
from chatbot.messages import flaky as words
from chatbot.router import Command, Router
from chatbot.watch import Watch

router = Router()


@router.command("flaky", usage="flaky [WATCH]")
async def flaky(command: Command, bot: Bot) -> None:
    """Jobs by flake rate, with how that is known: of all trunks, or of a watch."""
    if command.words:
        config = bot.watch(command.words)
        trunk = await bot.trunk(config.trunk)
        found = flakes.flakes(trunk, Watch(config).jobs(trunk))
        about = f"watch {config.id}"
    else:
        names = [one.id for one in bot.config.trunks]
        flaked: list[flakes.Flake] = []
        for name in names:
            trunk = await bot.trunk(name)
            flaked += flakes.flakes(trunk, trunk.jobs)
        found = tuple(sorted(flaked, key=flakes.ranking))
        about = "all trunks" if len(names) > 1 else f"trunk {names[0]}"
    links = {one.id: bot.links(one.id) for one in bot.config.trunks}
    share = partial(bot.slack.respond, command.response_url, share=command.share)
    shown = [forms.words(words.table(found, about=about)), forms.words(words.lists(found, links, about=about))]
    await forms.first_taken(shown, share)
