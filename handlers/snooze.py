"""Snooze: a button with a modal that shows what stays silent, "End snooze" in the menu, a command."""

from __future__ import annotations

from collections.abc import Mapping

from chatbot import names, presses, snooze, wishes
from chatbot.alert import Alert
from chatbot.bot import Bot
from chatbot.errors import UserError
from chatbot.messages import alert as drawn
from chatbot.messages import answers, modals, words
from chatbot.messages import snooze as asked
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Plain, mrkdwn
from chatbot.messages.views import View
from chatbot.router import Command, Press, Router, Submission
from chatbot.wishes import Until, Wish

router = Router()


@router.modal(drawn.SNOOZE, title=asked.TITLE)
async def ask(press: Press, bot: Bot) -> View:
    """Show the choices, unless it is over."""
    return await _shown(press, bot, asked.DEFAULT)


@router.press(asked.CHOICE)
async def chosen(press: Press, bot: Bot) -> View:
    """Another choice: what stays silent follows it."""
    return await _shown(press, bot, press.chosen if press.chosen in asked.OPTIONS else asked.DEFAULT)


async def _shown(press: Press, bot: Bot, choice: str) -> View:
    alert = await bot.alert(press.alert)
    if not alert.open:
        return modals.told(Plain(asked.TITLE), answers.said(answers.nothing_to_do(alert)))
    return asked.ask(alert, bot.about(alert), wish=wishes.wished(choice), chosen=choice, now=bot.now())


def _text(given: Submission) -> str:
    return given.values.get(asked.OTHER) or given.values.get(asked.CHOICE) or asked.DEFAULT


def _wrong(given: Submission) -> Mapping[str, str]:
    try:
        wishes.wished(_text(given))
    except UserError as error:
        return {asked.OTHER: str(error)}
    return {}


@router.submit(asked.SUBMIT, check=_wrong)
async def begin(given: Submission, bot: Bot) -> None:
    """Keep it quiet as chosen."""
    alert = await bot.alert(given.alert)
    wish = wishes.wished(_text(given))
    await _begin(alert, wish, bot, by=given.user, name=given.user_name, turn=given.turn)


@router.press(drawn.END_SNOOZE)
async def end(press: Press, bot: Bot) -> None:
    """No longer quiet."""
    await bot.change(
        press.alert, lambda a: presses.woken(a, at=bot.now(), by=press.user, name=press.user_name, turn=press.turn)
    )


@router.command("snooze", usage="snooze WATCH 2h | until 9:00 | until green | until next run | until #123 | off")
async def snoozed(command: Command, bot: Bot) -> Payload:
    """Keep a watch's alert quiet for a time, or until something happens; "off" ends that."""
    watch = bot.watch(command.words)
    text = " ".join(command.words[1:])
    off = names.normal(text) in {"off", "end", "none"}
    wish = None if off else wishes.wished(text)
    alert = await bot.open_alert(watch.id)
    if wish is None:
        await bot.change(alert.id, lambda a: presses.woken(a, at=bot.now(), by=command.user, name=command.user_name))
        return answers.said(mrkdwn("{watch} is no longer snoozed.", watch=watch.id))
    after = await _begin(alert, wish, bot, by=command.user, name=command.user_name)
    if after.snooze is None:  # somebody ended it at once
        return answers.said(mrkdwn("{watch} is no longer snoozed.", watch=watch.id))
    until = words.until(after.snooze, bot.links(alert.trunk), at_most=True)
    return answers.said(mrkdwn("{watch} is quiet {until}.", watch=watch.id, until=until))


async def _begin(alert: Alert, wish: Wish, bot: Bot, *, by: str, name: str, turn: int | None = None) -> Alert:
    """Snooze *alert*.

    Raises:
        UserError: it cannot be until then, or *by* may not.
    """
    free = await bot.may(by, bot.config.permissions.snooze_over_24h)
    zone = await bot.zone(by)
    trunk = await bot.trunk(alert.trunk)
    jobs = [job.job for job in alert.broken]
    wanted = snooze.begun(wish, jobs, trunk, by=by, name=name, now=bot.now(), zone=zone, free=free)
    if wish.until is Until.TIME and wanted.ends - wanted.at > snooze.FREE and not free:
        raise UserError(
            answers.kept_to_a_few(
                "Snoozing for more than a day", "snooze_over_24h", "Choose a shorter time, or ask them."
            )
        )
    return await bot.change(alert.id, lambda a: presses.snoozed(a, wanted, turn=turn))
