"""Run jobs again: what failed last, or what would tell most about the suspects."""

from __future__ import annotations

import structlog

from chatbot import presses, reruns
from chatbot.alert import Entry, Kind
from chatbot.bot import Bot
from chatbot.errors import AmbiguousError, PermanentError, TransientError, UserError
from chatbot.messages import alert as drawn
from chatbot.messages import answers, modals
from chatbot.messages import rerun as asked
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Plain
from chatbot.messages.views import View
from chatbot.reruns import Again, Plan
from chatbot.router import Press, Router, Submission
from chatbot.sources import Writer

router = Router()
log = structlog.get_logger("rerun")

_RUNNING = "running"
_MAY = "rerun", "Running jobs again"


@router.modal(drawn.RERUN, title=asked.TITLE)
async def ask(press: Press, bot: Bot) -> View:
    """Say what can be run again, unless it is over or not allowed."""
    await bot.permit(press.user, *_MAY)
    alert = await bot.alert(press.alert)
    if not alert.open:
        return modals.told(Plain(asked.TITLE), answers.said(answers.nothing_to_do(alert)))
    plans = reruns.plans(alert, await bot.trunk(alert.trunk))
    if not plans:
        return modals.told(Plain(asked.TITLE), answers.said(asked.nothing()))
    return asked.ask(plans, bot.links(alert.trunk))


@router.submit(asked.SUBMIT)
async def rerun(given: Submission, bot: Bot) -> Payload | None:
    """Run it again, once however often it is asked for, and say so in the thread."""
    await bot.permit(given.user, *_MAY)
    alert = presses.still_open(await bot.alert(given.alert))
    plan = reruns.plan(given.values.get(asked.CHOICE, ""), alert, await bot.trunk(alert.trunk))
    if plan is None:
        raise UserError("There is nothing left of that to run again: its jobs have changed. Open the window anew.")
    async with bot.writer(alert.trunk) as writer:
        begun, trouble = await _run(plan, writer, bot)
    if begun:
        entry = _entry(plan, begun, given, bot)
        await bot.change(alert.id, lambda a: a.said(entry))
    if trouble is not None:
        raise trouble
    return None


async def _run(plan: Plan, writer: Writer, bot: Bot) -> tuple[list[Again], Exception | None]:
    """Ask for each run of *plan*; those that were begun, and the last trouble with the others."""
    begun: list[Again] = []
    trouble: Exception | None = UserError("That was run again a moment ago; the thread says by whom.")
    for again in plan.again:
        claim = ("rerun", str(again.run_id), str(again.attempt))
        if not await bot.first_time(*claim):
            continue
        try:
            await _ask(again, writer)
        except AmbiguousError as error:
            trouble = UserError(f"{error}. Look at the run before you try again.")
        except (PermanentError, TransientError) as error:
            await bot.store.seen.forget(*claim)
            log.warning("rerun_refused", run_id=again.run_id, reason=str(error))
            trouble = UserError(_refused(error))
        else:
            begun.append(again)
    return begun, None if len(begun) == len(plan.again) else trouble


async def _ask(again: Again, writer: Writer) -> None:
    if again.job_id is not None:
        await writer.rerun_job(again.job_id)
    else:
        await writer.rerun_failed(again.run_id)


def _refused(error: PermanentError | TransientError) -> str:
    if isinstance(error, PermanentError) and error.code == _RUNNING:
        return "That run has not ended yet. Wait until it has, then press again."
    return f"It was not run again. {error}"


def _entry(plan: Plan, begun: list[Again], given: Submission, bot: Bot) -> Entry:
    runs = "+".join(f"{again.run_id}.{again.attempt}" for again in begun)
    return Entry(
        f"rerun:{runs}",
        Kind.RERUN,
        bot.now(),
        by=given.user,
        name=given.user_name,
        commit=plan.commit,
        jobs=plan.jobs,
    )
