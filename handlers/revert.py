"""Open a revert of the commit that did it: by GitHub's own pull request, or by a comment that a bot obeys."""

from __future__ import annotations

import msgspec

from chatbot import presses
from chatbot.alert import Alert, Entry, Kind, Seen
from chatbot.bot import Bot
from chatbot.errors import AmbiguousError, PermanentError, TransientError, UserError
from chatbot.messages import alert as drawn
from chatbot.messages import answers, modals
from chatbot.messages import revert as asked
from chatbot.messages.escape import Plain
from chatbot.messages.views import View
from chatbot.router import Press, Router, Submission
from chatbot.sources import Writer

router = Router()

_MAY = "revert", "Opening a revert"


class _Wanted(msgspec.Struct, frozen=True):
    """What somebody asks to have reverted."""

    commit: Seen
    pr: int
    reason: str


@router.modal(drawn.REVERT, title=asked.TITLE)
async def ask(press: Press, bot: Bot) -> View:
    """Show what can be reverted, unless it is over or not allowed."""
    await bot.permit(press.user, *_MAY)
    alert = await bot.alert(press.alert)
    if not alert.open:
        return modals.told(Plain(asked.TITLE), answers.said(answers.nothing_to_do(alert)))
    some = asked.candidates(alert)
    if not some:
        return modals.told(Plain(asked.TITLE), answers.said(asked.nothing()))
    return asked.ask(some, bot.config.trunk(alert.trunk).revert)


@router.submit(asked.SUBMIT)
async def revert(given: Submission, bot: Bot) -> None:
    """Ask for it, once however often it is handed in, and say so in the thread."""
    await bot.permit(given.user, *_MAY)
    alert = presses.still_open(await bot.alert(given.alert))
    wanted = _wanted(alert, given)
    claim = ("revert", alert.trunk, str(wanted.pr))
    if not await bot.first_time(*claim):
        raise UserError(f"A revert of #{wanted.pr} was asked for a moment ago; the thread says by whom.")
    try:
        async with bot.writer(alert.trunk) as writer:
            said = await _ask(wanted, alert, writer, bot)
    except AmbiguousError as error:
        raise UserError(f"{error}. Look at #{wanted.pr} before you try again.") from error
    except (PermanentError, TransientError, UserError) as error:
        await bot.store.seen.forget(*claim)
        raise UserError(f"No revert was opened. {error}") from error
    entry = Entry(
        f"revert:{wanted.commit.sha}:{alert.version}",
        Kind.REVERT,
        bot.now(),
        by=given.user,
        name=given.user_name,
        commit=wanted.commit,
        note=said,
    )
    await bot.change(alert.id, lambda a: a.said(entry))


def _wanted(alert: Alert, given: Submission) -> _Wanted:
    chosen = given.values.get(asked.CHOICE)
    commit = next((seen for seen, _ in asked.candidates(alert) if seen.sha == chosen), None)
    if commit is None or commit.pr is None:
        raise UserError("That commit is no longer suspected, or was reverted already. Open the window anew.")
    return _Wanted(commit, commit.pr, given.values.get(asked.REASON, "")[: asked.REASON_LIMIT])


async def _ask(wanted: _Wanted, alert: Alert, writer: Writer, bot: Bot) -> str:
    """Open it; its address, or the comment that was written."""
    how = bot.config.trunk(alert.trunk).revert
    if how.kind == "github":
        text = asked.body(alert, bot.title(alert), wanted.reason)
        return (await writer.revert(wanted.commit.sha, wanted.pr, body=text)).url
    comment = how.filled(reason=wanted.reason or bot.title(alert), sha=wanted.commit.sha, pr=wanted.pr)
    await writer.comment(wanted.pr, comment)
    return comment
