"""Assign: a picker on the alert, "Assign to me" and the likely people in its menu, a command."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping

import structlog

from chatbot import authors, likely, presses
from chatbot.alert import Alert
from chatbot.bot import Bot
from chatbot.config import Team
from chatbot.errors import PermanentError, TransientError, UserError
from chatbot.messages import alert as drawn
from chatbot.messages import answers, modals
from chatbot.messages import assign as asked
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Plain, mrkdwn
from chatbot.messages.views import View
from chatbot.router import Command, Press, Router, Submission
from chatbot.slack.answers import Person

router = Router()
log = structlog.get_logger("assign")

_ASKED = 3  # suspects whose authors Slack is asked for by address: the others are hardly suspected

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


@router.press(drawn.ASSIGN)
async def assign(press: Press, bot: Bot) -> None:
    """Hand it to the person picked."""
    if press.chosen is None:
        raise UserError("Nobody was picked. Choose a person under Assign….")
    await _give(bot, press.alert, to=press.chosen, by=press.user, name=press.user_name, turn=press.turn)


@router.press(drawn.ASSIGN_TO_ME)
async def assign_to_me(press: Press, bot: Bot) -> None:
    """Take it, also from somebody else; taking it acknowledges it."""
    await _give(bot, press.alert, to=press.user, by=press.user, name=press.user_name, turn=press.turn)


@router.modal(drawn.ASSIGN_TO, title=asked.TITLE)
async def ask(press: Press, bot: Bot) -> View:
    """Show who is likely to take it, unless it is over."""
    alert = await bot.alert(press.alert)
    if not alert.open:
        return modals.told(Plain(asked.TITLE), answers.said(answers.nothing_to_do(alert)))
    about = bot.about(alert)
    team = bot.config.teams.get(about.watch.team)
    wrote, members = await asyncio.gather(_authors(alert, bot), _members(team, bot))
    takers = likely.takers(alert, team, authors=wrote, members=members, now=bot.now())
    known = await _known([one.user for one in takers], bot)
    here = [one for one in takers if one.user not in known or not known[one.user].deleted]
    return asked.ask(alert, about, here, {user: person.name for user, person in known.items()})


def _wrong(given: Submission) -> Mapping[str, str]:
    return {} if given.values.get(asked.ANYBODY) or given.values.get(asked.LIKELY) else {asked.ANYBODY: "Choose one."}


@router.submit(asked.SUBMIT, check=_wrong)
async def assign_to(given: Submission, bot: Bot) -> None:
    """Hand it to the person chosen."""
    to = given.values.get(asked.ANYBODY) or given.values[asked.LIKELY]
    await _give(bot, given.alert, to=to, by=given.user, name=given.user_name, turn=given.turn)


@router.command("assign", usage="assign WATCH @PERSON")
async def assigned(command: Command, bot: Bot) -> Payload:
    """Hand a watch's open alert to somebody, to yourself where nobody is named."""
    watch = bot.watch(command.words)
    to = _person(command)
    alert = await bot.store.alerts.current(watch.id)
    if alert is None:
        raise UserError(answers.no_alert(watch.id))
    taker = await _give(bot, alert.id, to=to, by=command.user, name=command.user_name)
    if to == command.user:
        return answers.said(mrkdwn("You have {watch} now.", watch=watch.id))
    return answers.said(mrkdwn("{who} {watch} now.", who=f"{taker.name} has" if taker else "They have", watch=watch.id))


def _person(command: Command) -> str:
    if len(command.words) == 1 or command.words[1].lower() in {"me", "@me"}:
        return command.user
    found = _MENTION.fullmatch(command.words[1])
    if found is None:
        raise UserError(f"{command.words[1]!r} is not a person. Write @ and pick a name from Slack's list.")
    return found[1]


async def _give(bot: Bot, alert: str, *, to: str, by: str, name: str, turn: int | None = None) -> Person | None:
    """Who has it now, where that is somebody else whom Slack knows."""
    taker = (await _known([to], bot)).get(to) if to != by else None
    if taker is not None and (taker.deleted or taker.is_bot):
        why = "has left this workspace" if taker.deleted else "is a bot"
        raise UserError(f"{taker.name} {why} and cannot take it. Choose somebody else.")
    await bot.change(alert, lambda a: presses.assigned(a, to=to, by=by, name=name, at=bot.now(), turn=turn))
    return taker


# ---- who is who; where Slack does not answer the list is shorter, and that is all


async def _authors(alert: Alert, bot: Bot) -> dict[str, str]:
    """The Slack users of the suspects' authors by sha, robots and those who opted out left alone."""
    found: dict[str, str] = {}
    for suspect in likely.suspects(alert):
        commit = suspect.commit
        if authors.is_left_alone(commit, bot.config.authors):
            continue
        user = authors.configured(commit, bot.config.people)
        email = authors.address_of(commit)
        if user is None and email and len(found) < _ASKED:
            user = await _by_email(email, bot)
        if user is not None:
            found[commit.sha] = user
    return found


async def _by_email(email: str, bot: Bot) -> str | None:
    try:
        person = await bot.slack.person_by_email(email)
    except (TransientError, PermanentError) as error:
        log.info("author_not_found", reason=str(error))
        return None
    return person.id if person is not None else None


async def _members(team: Team | None, bot: Bot) -> Iterable[str]:
    mention = (team.mention if team else None) or ""
    if not mention.startswith("S"):
        return [mention] if mention else []
    try:
        return await bot.slack.usergroup_members(mention)
    except (TransientError, PermanentError) as error:
        log.info("team_not_read", group=mention, reason=str(error))
        return []


async def _known(users: Iterable[str], bot: Bot) -> dict[str, Person]:
    async def look(user: str) -> Person | None:
        try:
            return await bot.slack.person(user)
        except (TransientError, PermanentError) as error:
            log.info("person_not_seen", user=user, reason=str(error))
            return None

    return {person.id: person for person in await asyncio.gather(*map(look, users)) if person is not None}
