"""Who did it, says a person: a choice of the alert's menu, a command. Its author is told, the suspects learn."""

from __future__ import annotations

from collections.abc import Mapping

from chatbot import culprits, names, presses
from chatbot.alert import Alert, Culprit, Seen
from chatbot.bot import Bot
from chatbot.ci import Commit
from chatbot.errors import UserError
from chatbot.messages import alert as drawn
from chatbot.messages import answers, words
from chatbot.messages import culprit as asked
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import mrkdwn
from chatbot.messages.views import View
from chatbot.router import Command, Press, Router, Submission
from chatbot.trunk import Trunk

router = Router()

# Who may resolve an alert by hand may also say who broke it: both end the search for others.
_MAY = "resolve", "Naming a culprit"


@router.modal(drawn.CULPRIT, title=asked.TITLE)
async def ask(press: Press, bot: Bot) -> View:
    """Show the suspects to choose from; also of an alert that has just resolved."""
    await bot.permit(press.user, *_MAY)
    alert = await bot.alert(press.alert)
    return asked.ask(alert, bot.links(alert.trunk))


def _wrong(given: Submission) -> Mapping[str, str]:
    other = given.values.get(asked.OTHER)
    if other is not None:
        return {} if names.sha(other) else {asked.OTHER: "That is not a sha: four to forty of 0-9 and a-f."}
    return {} if asked.CHOICE in given.values else {asked.CHOICE: "Choose one, or write a sha below."}


@router.submit(asked.SUBMIT, check=_wrong)
async def confirm(given: Submission, bot: Bot) -> None:
    """Name it, or say that it was none."""
    await bot.permit(given.user, *_MAY)
    alert = await bot.alert(given.alert)
    other = given.values.get(asked.OTHER)
    chosen = names.needed_sha(other) if other else given.values.get(asked.CHOICE, "")
    if chosen == asked.NOBODY:
        await bot.change(alert.id, lambda a: presses.acquitted(a, by=given.user, name=given.user_name, at=bot.now()))
        return
    trunk = await bot.trunk(alert.trunk)
    await _accuse(alert, trunk, _commit(trunk, chosen), bot, by=given.user, name=given.user_name)


@router.command("culprit", usage="culprit WATCH SHA")
async def culprit(command: Command, bot: Bot) -> Payload:
    """Name the commit that did it: the alert shows it, its author is told, the suspects learn."""
    watch = bot.watch(command.words)
    if len(command.words) == 1:
        typed = f"{bot.command} culprit {watch.id} SHA"
        raise UserError(f"Which commit? Write {typed}; four characters are enough if they are unique.")
    prefix = names.needed_sha(command.words[1])
    await bot.permit(command.user, *_MAY)
    alert, trunk = await bot.newest(watch.id), await bot.trunk(watch.trunk)
    commit = _commit(trunk, prefix)
    await _accuse(alert, trunk, commit, bot, by=command.user, name=command.user_name)
    shown = words.commit(Seen.of(commit), bot.links(watch.trunk))
    return answers.said(mrkdwn("The culprit of {watch} is {commit}", watch=watch.id, commit=shown))


async def _accuse(alert: Alert, trunk: Trunk, commit: Commit, bot: Bot, *, by: str, name: str) -> None:
    def change(present: Alert) -> Alert:
        return presses.confirmed(present, _accused(present, trunk, commit, bot, by=by), name=name)

    await bot.change(alert.id, change)


def _accused(alert: Alert, trunk: Trunk, commit: Commit, bot: Bot, *, by: str) -> Culprit:
    found = culprits.accused(alert, trunk, commit, by=by, at=bot.now())
    if found is None:
        raise UserError(f"{commit.sha[:7]} landed after every job of this alert had failed: it cannot have done it.")
    return found


def _commit(trunk: Trunk, prefix: str) -> Commit:
    found = trunk.find(prefix)
    if len(found) != 1:
        known = f"{len(found)} commits begin" if found else f"No commit of the last {len(trunk)} begins"
        raise UserError(f"{known} with {prefix}.")
    return found[0]
