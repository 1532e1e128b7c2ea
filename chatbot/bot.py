"""What handlers may use: the configuration as it is now, the memory, Slack, the clock. It decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import structlog

from chatbot import history, links, names, routes, timeline, window
from chatbot.alert import GRAFANA, Alert
from chatbot.config import Config, WatchConfig
from chatbot.courtesy import Courtesy
from chatbot.delivery import Delivery
from chatbot.errors import PermanentError, TransientError, UserError
from chatbot.groups import Groups
from chatbot.health import Row
from chatbot.learning import Learning
from chatbot.links import Links
from chatbot.messages import answers
from chatbot.messages.alert import About
from chatbot.messages.blocks import Payload
from chatbot.recent import Recent
from chatbot.shards import Shards
from chatbot.slack.client import Slack
from chatbot.sources import Source, Writer
from chatbot.store import Store
from chatbot.summary import CommitSummary, WatchSummary, summarise_commit
from chatbot.telemetry import Telemetry
from chatbot.trunk import Trunk

log = structlog.get_logger("bot")


class Bot:
    """Everything a handler can reach. Any replica can answer: nothing here is held by one of them alone."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        store: Store,
        slack: Slack,
        delivery: Delivery,
        now: Callable[[], datetime],
        held: Callable[[str], Trunk | None],
        health: Callable[[], Coroutine[Any, Any, Sequence[Row]]],
        github_url: str,
        open_source: Callable[[str], Source],
        words: Sequence[tuple[str, str]],
        telemetry: Telemetry,
    ) -> None:
        """*config* is asked each time, because it can be loaded anew; *words* are the commands and what they do.

        *open_source* gives a new source of a trunk, which is closed after use; *held* a trunk that is polled here.
        """
        self._config = config
        self.store = store
        self.slack = slack
        self.delivery = delivery
        self.learning = Learning(store)
        self.courtesy = Courtesy(store, slack, now=now)
        self.groups = Groups(slack, now=now)
        self.now = now
        self._held = held
        self.health = health
        self._github_url = github_url
        self._open_source = open_source
        self.words = words
        self.telemetry = telemetry
        self.drawn: Recent[Payload] = Recent()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def config(self) -> Config:
        """The configuration as it is now."""
        return self._config()

    @property
    def command(self) -> str:
        """The slash command."""
        return self.config.slack.command

    @property
    def watch_names(self) -> tuple[str, ...]:
        """What can stand for WATCH."""
        return tuple(watch.id for watch in self.config.watches)

    def watch(self, words: Sequence[str]) -> WatchConfig:
        """The watch that the first of *words* means.

        Raises:
            UserError: none is named, or none is called that.
        """
        if not words:
            raise UserError(f"Which watch? There is {', '.join(self.watch_names) or 'none configured yet'}.")
        found = names.find(words[0], self.watch_names)
        if found is None:
            near = names.nearest(words[0], self.watch_names)
            raise UserError(answers.unknown(words[0], near, command=self.command))
        return next(watch for watch in self.config.watches if watch.id == found)

    def title(self, alert: Alert) -> str:
        """What the alert's watch is called."""
        return routes.watch_of(alert, self.config).title

    def about(self, alert: Alert) -> About:
        """What the alert's messages say besides the alert."""
        return routes.about(alert, self.config, now=self.now(), github_url=self._github_url)

    def links(self, trunk: str) -> Links:
        """Where the commits of *trunk* can be looked at."""
        return links.links(self.config.trunk(trunk), api_url=self._github_url)

    async def summary(self, watch: str) -> WatchSummary | None:
        """*watch* as of its last evaluation."""
        return (await self.summaries([watch])).get(watch)

    async def glance(self, watch: str) -> tuple[WatchSummary | None, Alert | None]:
        """*watch* as of its last evaluation, and its open alert."""
        document, alert = await self.store.alerts.glance(watch)
        return _summary(document) if document else None, alert

    async def summaries(self, watches: Sequence[str]) -> dict[str, WatchSummary]:
        """The last evaluation of each of *watches* that had one."""
        stored = await self.store.watches.get_many(watches)
        return {watch: _summary(document) for watch, document in stored.items()}

    async def commits(self, prefix: str) -> list[CommitSummary]:
        """The commits of all trunks whose sha begins with *prefix*."""
        found = []
        for config in self.config.trunks:
            if self._held(config.id) is None and not await self.store.trunks.has(config.id, prefix):
                continue  # reading a whole window to find nothing in it takes a twentieth of a second
            trunk = await self.trunk(config.id)
            found += [s for c in trunk.find(prefix) if (s := summarise_commit(trunk, c.sha)) is not None]
        return found

    async def trunk(self, name: str) -> Trunk:
        """The trunk as of its last poll, with its past.

        Where it is polled here it is the one that polls go on changing: it is for reading, and may say something else
        after the next `await`.
        """
        if name == GRAFANA:
            return Trunk(name, window=1, shards=Shards())
        held = self._held(name)
        if held is not None:
            return held
        trunk = window.restored(self.config.trunk(name), await self.store.trunks.load(name))
        trunk.history = history.restored(await self.store.flakes.read(name), {c.sha for c in trunk.commits})
        return trunk

    async def newest(self, watch: str) -> Alert:
        """The newest alert of *watch*, open or resolved.

        Raises:
            UserError: there has been none, or none is kept any more.
        """
        alerts = await self.store.alerts.recent(watch, 1)
        if not alerts:
            raise UserError(f"{watch} has had no alert so far.")
        return alerts[0]

    async def change(self, alert_id: str, function: Callable[[Alert], Alert]) -> Alert:
        """Change an alert and show it.

        Raises:
            Refused: *function* says that it has no effect.
            UserError: there is no such alert any more.
        """
        try:
            before, after = await self.store.alerts.change(alert_id, function, note=timeline.note)
        except PermanentError as error:
            if error.code != "gone":
                raise
            raise UserError(answers.forgotten()) from error
        self.telemetry.changed(before, after, routes.watch_of(after, self.config).priority.value)
        self.delivery.nudge(alert_id)
        self.begin(self._tell_assignee(before, after))
        return after

    async def _tell_assignee(self, before: Alert, after: Alert) -> None:
        if await self.courtesy.tell_assignee(before, after, routes.watch_of(after, self.config).priority):
            self.delivery.nudge(after.id)

    async def alert(self, alert_id: str) -> Alert:
        """The alert of that id.

        Raises:
            UserError: it is no longer kept.
        """
        found = await self.store.alerts.get(alert_id)
        if found is None:
            raise UserError(answers.forgotten())
        return found

    async def open_alert(self, watch: str) -> Alert:
        """The open alert of *watch*.

        Raises:
            UserError: there is none.
        """
        found = await self.store.alerts.current(watch)
        if found is None:
            raise UserError(answers.no_alert(watch))
        return found

    async def may(self, user: str, allowed: Sequence[str]) -> bool:
        """Whether *user* is one of *allowed*, or in a user group of them; everyone is where nobody is named."""
        if not allowed or user in allowed:
            return True
        groups = (one for one in allowed if one.startswith("S"))
        return any([user in await self.slack.usergroup_members(group) for group in groups])

    async def permit(self, user: str, permission: str, what: str, instead: str = "Ask one of them.") -> None:
        """Let *user* go on with *what*, where `permissions` names them under *permission*, or nobody.

        Raises:
            UserError: it names others. The text says so, and what to do *instead*.
        """
        if not await self.may(user, getattr(self.config.permissions, permission)):
            raise UserError(answers.kept_to_a_few(what, permission, instead))

    async def zone(self, user: str) -> tzinfo:
        """The time zone of *user*'s own clock; UTC where Slack does not say."""
        try:
            return ZoneInfo((await self.slack.person(user)).timezone or "UTC")
        except (TransientError, PermanentError, ZoneInfoNotFoundError, ValueError) as error:
            log.warning("time_zone_unknown", user=user, reason=str(error))
            return UTC

    @asynccontextmanager
    async def writer(self, trunk: str) -> AsyncIterator[Writer]:
        """Where something can be set off for *trunk*, whichever replica reads it.

        Raises:
            UserError: nothing can: its results come from elsewhere.
        """
        source = self._open_source(trunk)
        try:
            if not isinstance(source, Writer):
                raise UserError(f"That works on GitHub only, and the results of {trunk} come from elsewhere.")
            yield source
        finally:
            await source.close()

    def first_time(self, *identity: str) -> asyncio.Future[Any]:
        """Whether this delivery is new (Slack sends some twice); asked at once, the answer can be waited for later."""
        return self.store.seen.first_time(*identity)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Start *work* beside what runs, and hold on to it until it ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, *, within: float) -> None:
        """Let answers that are being worked on finish."""
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=within)

    @staticmethod
    def new_id() -> str:
        """A short id for an error, the same in the answer and in the log."""
        return token_hex(4)


@lru_cache(maxsize=64)
def _summary(document: bytes) -> WatchSummary:
    return msgspec.json.decode(document, type=WatchSummary)
