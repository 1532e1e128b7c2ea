"""A person's own settings: a window opened from their Home."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from chatbot.bot import Bot
from chatbot.messages import settings as words
from chatbot.messages.views import View
from chatbot.preferences import wrong_times
from chatbot.router import Press, Router, Submission

router = Router()


@router.modal(words.CHANGE, title=words.TITLE)
async def change(press: Press, bot: Bot) -> View:
    """What they asked for so far, to be changed."""
    return words.ask(await bot.courtesy.present(press.user))


def _wrong(given: Submission) -> Mapping[str, str]:
    start, end = wrong_times(given.values.get(words.FROM, ""), given.values.get(words.TO, ""))
    beside = {words.FROM: start, words.TO: end}
    return {block: said for block, said in beside.items() if said}


@router.submit(words.SUBMIT, check=_wrong)
async def changed(given: Submission, bot: Bot) -> None:
    """Keep them; the Home shows them at once."""
    before = await bot.courtesy.present(given.user)
    after = replace(
        before,
        direct=given.values.get(words.DIRECT) == words.YES,
        quiet_from=given.values.get(words.FROM, ""),
        quiet_to=given.values.get(words.TO, ""),
    )
    await bot.courtesy.keep(given.user, after)
