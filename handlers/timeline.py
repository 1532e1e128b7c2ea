"""An alert's timeline: a file in its thread, and the messages that people put on it with a pushpin or a shortcut."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog

from chatbot import additions
from chatbot import timeline as notes
from chatbot.additions import Added
from chatbot.alert import Alert
from chatbot.bot import Bot
from chatbot.errors import AmbiguousError, PermanentError, TransientError, UserError
from chatbot.events import Event
from chatbot.messages import answers
from chatbot.messages import timeline as words
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Text
from chatbot.router import Command, Router, Shortcut
from chatbot.slack.threads import Said, said

router = Router()
log = structlog.get_logger("timeline")

PIN: Final = "pushpin"
SHORTCUT: Final = "add_to_timeline"
Change = Callable[[tuple[Added, ...]], tuple[Added, ...]]
_NAMED: Final = 25  # people looked up for one timeline; the others keep their ids


@router.command("timeline", usage="timeline WATCH [json]")
async def timeline(command: Command, bot: Bot) -> Payload:
    """An alert's whole life as a file in its thread; WATCH stands for its newest alert."""
    as_json = len(command.words) > 1 and command.words[-1].lower() in {"json", "--json"}
    alert = await _meant(command, bot)
    about = bot.about(alert)
    kept = notes.read(await bot.store.audit.read(alert.id))
    life = words.timeline(alert, kept, about, await _names(alert, bot))
    name = words.filename(alert, "json" if as_json else "md")
    content = words.as_json(life) if as_json else words.as_markdown(life)
    shown = alert.delivery
    if shown.channel is None or shown.root is None:
        return words.shown(life, why="It has no thread yet, so here it is.")
    try:
        await bot.slack.upload(
            content, filename=name, title=f"Timeline of {alert.watch}", thread=(shown.channel, shown.root)
        )
    except AmbiguousError as error:
        log.info("timeline_perhaps_uploaded", alert=alert.id, reason=str(error))
    except (TransientError, PermanentError) as error:
        log.warning("timeline_not_uploaded", alert=alert.id, reason=str(error))
        return words.shown(life, why=f"The file could not be put into the thread: {error}")
    return words.uploaded(alert, name)


async def _meant(command: Command, bot: Bot) -> Alert:
    """The alert of that id, else the newest of the watch of that name."""
    if not command.words:
        raise UserError(f"Of which alert? Write {bot.command} timeline and a watch: {', '.join(bot.watch_names)}.")
    word = command.words[0].strip("`<>")
    watch, _, tail = word.rpartition(":")
    if watch and tail:
        return await bot.alert(word)
    config = bot.watch(command.words)
    newest = await bot.store.alerts.recent(config.id, 1)
    if not newest:
        raise UserError(f"{config.id} has had no alert in the last 90 days.")
    return newest[0]


async def _names(alert: Alert, bot: Bot) -> dict[str, str]:
    """The names of the people in it, as far as Slack tells."""
    found = {entry.by: entry.name for entry in alert.entries if entry.by and entry.name}
    for user in [one for one in words.people_in(alert) if one not in found][:_NAMED]:
        try:
            found[user] = (await bot.slack.person(user)).name
        except (TransientError, PermanentError) as error:
            log.info("person_not_seen", user=user, reason=str(error))
    return found


# ---- what people put on it


@router.event("reaction_added")
async def pinned(event: Event, bot: Bot) -> None:
    """A pushpin on a message of an alert's thread puts it on the timeline; anywhere else it is just a reaction."""
    if event.reaction != PIN or not event.ts:
        return
    message = await said(bot.slack, event.channel, event.ts)
    if message is None or message.alert is None or message.ours:
        return
    answer = await _put(message, event.user, bot)
    await bot.slack.ephemeral(event.channel, event.user, answers.said(answer), thread_ts=message.root)


@router.event("reaction_removed")
async def unpinned(event: Event, bot: Bot) -> None:
    """The same pushpin taken back takes it off again, unless somebody else wants it there."""
    if event.reaction != PIN or not event.ts:
        return
    message = await said(bot.slack, event.channel, event.ts)
    if message is None or message.alert is None:
        return
    before, after = await _changed(message.alert, bot, lambda held: additions.taken(held, message.ts, event.user))
    if len(after.added) < len(before.added):
        await bot.slack.ephemeral(event.channel, event.user, answers.said(words.taken()), thread_ts=message.root)


@router.shortcut(SHORTCUT)
async def added(used: Shortcut, bot: Bot) -> Payload:
    """The same from a message's menu, where every answer is due."""
    message = await said(bot.slack, used.channel, used.ts)
    if message is None or message.alert is None:
        return answers.said(words.nowhere())
    if message.ours:
        return answers.said(words.ours())
    return answers.said(await _put(message, used.user, bot))


async def _put(message: Said, user: str, bot: Bot) -> Text:
    """Put it there, and what to say of that."""
    new = Added(message.ts, _moment(message.ts), await _author(message, bot), words.written(message.text), (user,))
    before, after = await _changed(message.alert or "", bot, lambda held: additions.put(held, new))
    if any(one.ts == new.ts for one in before.added):
        return words.already()
    return words.put(bot.command, after) if len(after.added) > len(before.added) else words.full()


async def _changed(alert_id: str, bot: Bot, change: Change) -> tuple[Alert, Alert]:
    """Nothing is drawn anew: only the timeline differs.

    Raises:
        UserError: the alert is no longer kept.
    """

    def altered(alert: Alert) -> Alert:
        return msgspec.structs.replace(alert, added=change(alert.added))

    try:
        return await bot.store.alerts.change(alert_id, altered)
    except PermanentError as error:
        if error.code != "gone":
            raise
        raise UserError(answers.forgotten()) from error


async def _author(message: Said, bot: Bot) -> str:
    if message.user is None:
        return message.name or "a robot"
    try:
        return (await bot.slack.person(message.user)).name
    except (TransientError, PermanentError) as error:
        log.info("person_not_seen", user=message.user, reason=str(error))
        return message.user


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)
