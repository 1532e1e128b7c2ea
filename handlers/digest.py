"""`/trunk digest`: how was the week?"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from chatbot import digests, durations, forms, names
from chatbot.bot import Bot
from chatbot.config import WatchConfig
from chatbot.digest import WEEK
from chatbot.errors import UserError
from chatbot.messages import answers
from chatbot.router import Command, Router

router = Router()

_LEAST, _MOST = timedelta(hours=1), timedelta(days=42)


@router.command("digest", usage="digest [WATCH|TEAM] [7d]")
async def digest(command: Command, bot: Bot) -> None:
    """Red time, how fast it was taken, who broke it, what flakes; against the time before."""
    length, rest = _length(command.words)
    about, watches = _meant(rest, bot)
    if not watches:
        raise UserError(f"{about} has no watches, so there is nothing to tell.")
    teams = dict.fromkeys(watch.team for watch in watches)
    rates = digests.remembered([(await digests.schedule_of(bot, team))[1] for team in teams])
    found, _ = await digests.gathered(bot, watches, end=bot.now(), length=length, rates=rates)
    share = partial(bot.slack.respond, command.response_url, share=command.share)
    await forms.first_taken(digests.told(bot, found, about=about), share)


def _length(words: tuple[str, ...]) -> tuple[timedelta, tuple[str, ...]]:
    """How long a stretch is asked for, and the other words."""
    for place, word in enumerate(words):
        if word[0].isdecimal() or word[0] == "-":
            try:
                length = durations.parse(word)
            except ValueError:
                raise UserError(f"{word[:30]!r} is not a length of time: write 7d, 36h or 2w.") from None
            if not _LEAST <= length <= _MOST:
                raise UserError(
                    f"A digest is of 1h to 42d, not of {word[:30]}: it looks back twice, and alerts are kept for 90d."
                )
            return length, words[:place] + words[place + 1 :]
    return WEEK, words


def _meant(words: tuple[str, ...], bot: Bot) -> tuple[str, list[WatchConfig]]:
    """What is asked about: everything, a watch, or a team, in this order where two are called the same."""
    config = bot.config
    if not words:
        return "All watches", list(config.watches)
    known = list(dict.fromkeys([*bot.watch_names, *config.teams]))
    found = names.find(words[0], known)
    if found is None:
        raise UserError(answers.unknown(words[0], names.nearest(words[0], known), command=bot.command))
    if found in bot.watch_names:
        return f"Watch {found}", [bot.watch([found])]
    return f"Team {found}", [watch for watch in config.watches if watch.team == found]
