"""`/trunk commit SHA`: was it me?"""

from __future__ import annotations

import asyncio

from chatbot import names
from chatbot.bot import Bot
from chatbot.errors import UserError
from chatbot.links import Links
from chatbot.messages import commit as words
from chatbot.messages import suspects
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Text
from chatbot.router import Command, Router
from chatbot.summary import CommitSummary

router = Router()


@router.command("commit", usage="commit SHA")
async def commit(command: Command, bot: Bot) -> Payload:
    """What failed on a commit, and whether it was red before it."""
    prefix = _prefix(command, bot)
    found = await bot.commits(prefix)
    if not found:
        raise UserError(
            f"No commit of the window begins with {prefix}. It may be older than that, or not on trunk yet."
        )
    if len(found) > 1:
        return words.several(prefix, [one.commit for one in found], bot.links(found[0].trunk))
    (one,) = found
    links = bot.links(one.trunk)
    return words.commit(one, links, suspected=await _suspected(one, bot, links))


def _prefix(command: Command, bot: Bot) -> str:
    if not command.words:
        typed = f"{bot.command} {command.name} SHA"
        raise UserError(f"Which commit? Write {typed}; four characters are enough if they are unique.")
    return names.needed_sha(command.words[0])


async def _suspected(one: CommitSummary, bot: Bot, links: Links) -> list[Text]:
    """In which alerts of its trunk, open or newest of their watch, the commit is a suspect or the culprit."""
    watches = [watch.id for watch in bot.config.watches if watch.trunk == one.trunk]
    newest = await asyncio.gather(*(bot.store.alerts.recent(watch, 1) for watch in watches))
    return suspects.known_of(one.commit.sha, [alert for alerts in newest for alert in alerts], links)
