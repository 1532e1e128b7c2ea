"""Who is suspected and why, and what culprits taught: `/trunk suspects`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from chatbot import inquiry, names
from chatbot import suspects as judging
from chatbot.alert import Alert, Group, Seen
from chatbot.bot import Bot
from chatbot.ci import ChangedFile
from chatbot.config import WatchConfig
from chatbot.errors import UserError
from chatbot.messages import answers, words
from chatbot.messages import suspects as drawn
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Text, Untrusted, escape, mrkdwn
from chatbot.router import Command, Router
from chatbot.trunk import Trunk

if TYPE_CHECKING:  # importing it compiles many patterns, which a green trunk never needs
    from chatbot.suspects import Ranking

router = Router()

_FILES = tuple[ChangedFile, ...]


@router.command("suspects", usage="suspects WATCH [why [SHA] | reset]")
async def suspects(command: Command, bot: Bot) -> Payload:
    """Who is suspected; `why` shows what counted, `reset` forgets what the trunk's culprits taught."""
    watch = bot.watch(command.words)
    verb, *rest = (names.normal(command.words[1]), *command.words[2:]) if len(command.words) > 1 else ("",)
    if verb == "reset":
        return await _reset(watch, command, bot)
    if verb not in {"", "why"}:
        raise UserError(f"{command.words[1][:60]!r} is not known here. After the watch comes why, why SHA, or reset.")
    alert = await bot.newest(watch.id)
    if verb == "why":
        return await _why(alert, watch, bot, rest[0] if rest else None)
    learned = (await bot.learning.model(watch.trunk)).learned.lessons.culprits
    return drawn.answer(alert, _title(watch), bot.links(watch.trunk), learned=learned)


async def _why(alert: Alert, watch: WatchConfig, bot: Bot, word: str | None) -> Payload:
    trunk = await bot.trunk(watch.trunk)
    group, sha = _suspect(alert, trunk, word)
    ranking = await _ranking(group, alert, watch, trunk, bot)
    kept, _ = inquiry.within(group, ranking, trunk)
    one, commit = next((one for one in kept if one.sha == sha), None), trunk.commit(sha)
    if one is None or commit is None:
        raise UserError("The commits of that range have left the window: there is nothing to rank any more.")
    account = drawn.Account(
        commit=Seen.of(commit),
        alone=inquiry.alone(group, ranking, trunk)[sha],
        probability=one.probability,
        reasons=one.reasons,
        counted=tuple(ranking.why(sha)),
    )
    return drawn.why(account, _title(watch), bot.links(watch.trunk))


def _suspect(alert: Alert, trunk: Trunk, word: str | None) -> tuple[Group, str]:
    """The range and the commit that are asked about: the favourite of the first range, unless *word* is a sha."""
    if word is not None:
        prefix = names.needed_sha(word)
        found = {c.sha: g for g in alert.groups for c in inquiry.range_of(g, trunk) if c.sha.startswith(prefix)}
        if len(found) != 1:
            known = f"{len(found)} suspects of this alert begin" if found else "No suspect of this alert begins"
            raise UserError(f"{known} with {prefix}. Without a sha, why shows the favourite.")
        ((sha, group),) = found.items()
        return group, sha
    for group in alert.groups:
        if group.suspects:
            return group, max(group.suspects, key=lambda one: one.probability or 0.0).commit.sha
    raise UserError("No commit is suspected: the jobs were never green in the window.")


async def _ranking(group: Group, alert: Alert, watch: WatchConfig, trunk: Trunk, bot: Bot) -> Ranking:
    shas = [commit.sha for commit in inquiry.range_of(group, trunk)]
    kept = await bot.store.files.get_many(trunk.id, shas)
    files = {sha: msgspec.json.decode(document, type=_FILES) for sha, document in kept.items()}
    case = inquiry.case_of(group, alert, trunk, files=files, paths=watch.paths)
    model = await bot.learning.model(trunk.id)
    return await asyncio.to_thread(judging.rank, case, model)


async def _reset(watch: WatchConfig, command: Command, bot: Bot) -> Payload:
    await bot.permit(command.user, "resolve", "Resetting what was learned")
    count = await bot.learning.reset(watch.trunk)
    return answers.said(
        mrkdwn(
            "What {count} of {trunk} taught is forgotten. Suspects are ranked as on the first day.",
            count=words.counted(count, "culprit"),
            trunk=watch.trunk,
        )
    )


def _title(watch: WatchConfig) -> Text:
    return escape(Untrusted(watch.title), limit=150)
