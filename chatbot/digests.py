"""Digests: gathered when somebody asks, and posted on their schedule, once for each time they are due.

Slack has no idempotency key, so a slot is claimed in the store first, under an optimistic lock; then it is posted
with a nonce that only this slot has; then it is written down as done. A claim that ran out (its holder was killed,
an answer got lost) goes to whoever finds it, who first looks for the nonce in the channel. Figures are `digest`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from chatbot import digest, flakes, forms, slots
from chatbot.alert import GRAFANA, Alert
from chatbot.bot import Bot
from chatbot.config import Team, WatchConfig
from chatbot.config.teams import Digest as When
from chatbot.digest import Digest, named
from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.flakes import Flake
from chatbot.grafana import team_of
from chatbot.messages import digest as words
from chatbot.messages.blocks import Payload
from chatbot.pictures import chart
from chatbot.slack.pacing import Pacer
from chatbot.slack.schedule import POST, Call, Priority
from chatbot.watch import Watch

log = structlog.get_logger("digests")

EVERY = 20.0
"""Seconds between two looks at what is due."""
LATE = timedelta(hours=12)
"""A digest that could not be posted for so long is left out: the next one tells more."""
CLAIM = timedelta(minutes=10)
_LOOK_AGAIN = 3.0  # seconds between two looks for a post that may still be on its way
_OLDER = timedelta(minutes=5)  # clocks differ
_RATES = 200
_OF_GRAFANA = 300  # things that fired, looked at for one digest


class Claim(Struct, frozen=True):
    """Somebody is posting the digest of `slot` until `until`."""

    slot: datetime
    until: datetime
    by: str


class Schedule(Struct, frozen=True):
    """What is remembered of a team's digests: the last slot that needs no post, and what flaked how much then."""

    done: datetime
    claim: Claim | None = None
    rates: dict[str, float] = {}


async def gathered(
    bot: Bot, watches: Sequence[WatchConfig], *, end: datetime, length: timedelta, rates: Mapping[str, float]
) -> tuple[Digest, tuple[Flake, ...]]:
    """The digest of *watches*, and every flaky job of theirs."""
    begin = digest.horizon(end, length)
    alerts = {watch.id: await _since(bot, watch.id, begin) for watch in watches}
    alerts |= await _of_grafana(bot, {watch.team for watch in watches}, begin)
    found: dict[str, Flake] = {}
    for name in dict.fromkeys(watch.trunk for watch in watches):
        trunk = await bot.trunk(name)
        jobs = {job for watch in watches if watch.trunk == name for job in Watch(watch).jobs(trunk)}
        found |= {named(one): one for one in flakes.flakes(trunk, sorted(jobs))}
    flaky = tuple(sorted(found.values(), key=flakes.ranking))
    return digest.digest(alerts, flaky, end=end, length=length, rates=rates), flaky


async def _of_grafana(bot: Bot, teams: AbstractSet[str], begin: datetime) -> dict[str, list[Alert]]:
    """What Grafana told *teams*, as one more watch; nothing where that was nothing."""
    names = [name for name in await bot.store.alerts.watches(GRAFANA) if team_of(name) in teams]
    found = await asyncio.gather(*(_since(bot, name, begin) for name in names[:_OF_GRAFANA]))
    alerts = [alert for some in found for alert in some]
    return {"Grafana": alerts} if alerts else {}


async def _since(bot: Bot, watch: str, begin: datetime) -> list[Alert]:
    """The alerts of *watch* from the first that was opened before *begin* on; more are read only where needed."""
    limit = 16
    while True:
        alerts = await bot.store.alerts.recent(watch, limit)
        if len(alerts) < limit or alerts[-1].opened_at < begin:
            return alerts
        limit *= 4


def told(bot: Bot, found: Digest, *, about: str) -> list[forms.Form]:
    """The forms of a digest: with Slack's own chart, with a picture of it, in words alone."""
    links = {trunk.id: bot.links(trunk.id) for trunk in bot.config.trunks}
    said = partial(words.digest, found, links, about=about)
    native, drawn = words.native(found), words.chart(found)
    if native is None or drawn is None:
        return [forms.words(said())]
    picture = forms.pictured(
        bot.slack,
        partial(chart.draw, drawn),
        lambda block: said(chart=block),
        name="red time per week",
        alt=chart.described(drawn),
    )
    return [forms.words(said(chart=native)), picture, forms.words(said())]


async def schedule_of(bot: Bot, team: str) -> tuple[int, Schedule | None]:
    """What is remembered of *team*'s digests, and its revision; what cannot be read counts as nothing."""
    stored = await bot.store.digests.get(_owner(team))
    try:
        return stored.revision, msgspec.json.decode(stored.document, type=Schedule) if stored.document else None
    except msgspec.MsgspecError as error:
        log.error("schedule_unreadable", team=team, reason=str(error))
        return stored.revision, None


def _owner(team: str) -> str:
    return f"digest/{team}"


class Digests:
    """The loop over all teams with a schedule. Any number of replicas may run it at once."""

    def __init__(
        self,
        bot: Bot,
        pacer: Pacer,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bot = bot
        self._pacer = pacer
        self._sleep = sleep
        self._holder = token_hex(6)

    async def run(self) -> None:
        """Look at what is due until cancelled."""
        while True:
            for name, team in self._bot.config.teams.items():
                try:
                    if team.digest is not None:
                        await self.once(name, team, team.digest)
                except (TransientError, PermanentError) as error:
                    log.warning("digest_failed", team=name, reason=str(error))
            await self._sleep(EVERY)

    async def once(self, name: str, team: Team, when: When) -> bool:
        """Post *team*'s digest if one is due by *when*; whether it was posted by us.

        Raises:
            TransientError, PermanentError: not now; the claim runs out and somebody tries again.
        """
        now, slot = self._bot.now(), slots.newest(when, now=self._bot.now())
        revision, known = await schedule_of(self._bot, name)
        if known is None:  # a schedule begins when it is first seen: what was due before that is nobody's loss
            await self._write(name, Schedule(done=now), revision)
            return False
        if slot <= known.done or (known.claim is not None and known.claim.until > now):
            return False
        if now - slot > LATE:
            log.warning("digest_left_out", team=name, slot=slot.isoformat())
            await self._write(name, Schedule(slot, None, known.rates), revision)
            return False
        claim = Claim(slot, now + CLAIM, self._holder)
        if not await self._write(name, msgspec.structs.replace(known, claim=claim), revision):
            return False
        again = known.claim is not None and known.claim.slot == slot
        return await self._claimed(name, team, claim, known.rates, again=again)

    async def _claimed(self, name: str, team: Team, claim: Claim, rates: Mapping[str, float], *, again: bool) -> bool:
        """Post it, unless somebody whose claim ran out did; then write down that it is done."""
        watches = [watch for watch in self._bot.config.watches if watch.team == name]
        if not watches:
            await self._done(name, claim, {})
            return False
        found, flaky = await gathered(self._bot, watches, end=claim.slot, length=digest.WEEK, rates=rates)
        nonce = f"digest:{name}:{claim.slot.isoformat()}"
        posted = not (again and await self._there(team.channel, nonce, claim.slot))
        if posted:
            try:
                await forms.first_taken(
                    told(self._bot, found, about=name), partial(self._post, team.channel, claim, nonce)
                )
            except AmbiguousError:
                raise
            except TransientError:
                await self._release(name, claim)
                raise
            except PermanentError as error:
                log.error("digest_refused", team=name, channel=team.channel, reason=str(error))
                posted = False
        await self._done(name, claim, {named(one): round(one.rate, 4) for one in flaky[:_RATES]})
        return posted

    async def _post(self, channel: str, claim: Claim, nonce: str, payload: Payload) -> str:
        """Post *payload* when it is its turn, if the claim still holds then."""
        marked = msgspec.structs.replace(payload, metadata={"digest": nonce})

        async def when_it_is_our_turn() -> str:
            if self._bot.now() >= claim.until:
                raise TransientError("the claim on the digest ran out while it waited for its turn")
            return await self._bot.slack.post(channel, marked, nonce=nonce)

        return await self._pacer.run(Call(POST, channel, Priority.DIGEST), when_it_is_our_turn)

    async def _there(self, channel: str, nonce: str, slot: datetime) -> bool:
        """Whether the channel has that post, looked for twice."""
        for look in range(2):
            if look:
                await self._sleep(_LOOK_AGAIN)
            if await self._bot.slack.find(channel, nonce, oldest=slot - _OLDER) is not None:
                return True
        return False

    async def _release(self, name: str, claim: Claim) -> None:
        """Take the claim back: it is certain that nothing was posted."""
        revision, known = await schedule_of(self._bot, name)
        if known is not None and known.claim == claim:
            await self._write(name, msgspec.structs.replace(known, claim=None), revision)

    async def _done(self, name: str, claim: Claim, rates: dict[str, float]) -> None:
        revision, known = await schedule_of(self._bot, name)
        if known is not None and known.claim == claim:
            await self._write(name, Schedule(claim.slot, None, rates), revision)

    async def _write(self, name: str, schedule: Schedule, revision: int) -> bool:
        document: bytes = msgspec.json.encode(schedule)
        return await self._bot.store.digests.put(_owner(name), document, after=revision)


def remembered(schedules: Sequence[Schedule | None]) -> dict[str, float]:
    """What flaked how much at the last digests of several teams."""
    rates: dict[str, Any] = {}
    for one in schedules:
        rates |= one.rates if one is not None else {}
    return rates
