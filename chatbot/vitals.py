"""How the bot is: a row for each thing it depends on, asked of the parts themselves. It mends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from chatbot.config import Config
from chatbot.delivery import Delivery
from chatbot.errors import PermanentError, TransientError
from chatbot.health import Row, SourceHealth, source_row
from chatbot.poller import Poller
from chatbot.store import Store


class Vitals:
    """Looks at Redis, Slack, the sources and what could not be delivered."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        pollers: Mapping[str, Poller],
        *,
        config: Callable[[], Config],
        connected: Callable[[], Awaitable[bool]] | None,
        now: Callable[[], datetime],
    ) -> None:
        """*pollers* are ours by trunk; *connected* says whether the socket is, `None` where there is none."""
        self._store = store
        self._delivery = delivery
        self._pollers = pollers
        self._config = config
        self._connected = connected
        self._now = now
        self._began = now()

    async def rows(self) -> list[Row]:
        """A row for each thing."""
        # All at once: where Redis does not answer, each of these waits as long as is allowed.
        sources = [self._source(trunk.id) for trunk in self._config().trunks]
        rows, alerts = await asyncio.gather(asyncio.gather(self._redis(), self._slack(), *sources), self._alerts())
        return [*rows, *self._delivery.rows(), *alerts]

    async def _source(self, trunk: str) -> Row:
        poller = self._pollers.get(trunk)
        seen = poller.health if poller else await self._elsewhere(trunk)
        return source_row(seen, now=self._now(), started=self._began)

    async def _redis(self) -> Row:
        try:
            await self._store.ping()
        except (TransientError, PermanentError) as error:
            return Row("redis", good=False, text=str(error))
        return Row("redis", good=True, text="answers")

    async def _slack(self) -> Row:
        if self._connected is not None and not await self._connected():
            return Row("slack", good=False, text="the socket is not connected; it is being renewed")
        return Row("slack", good=True, text="connected" if self._connected else "deliveries come over HTTP")

    async def _elsewhere(self, trunk: str) -> SourceHealth:
        """How reading goes where another replica does it: by when it last stored a poll."""
        config = self._config().trunk(trunk)
        try:
            polled = await self._store.trunks.polled_at([trunk])
        except (TransientError, PermanentError) as error:
            return SourceHealth(trunk, config.poll_every, trouble=str(error), ours=False)
        return SourceHealth(trunk, config.poll_every, polled_at=polled.get(trunk), ours=False)

    async def _alerts(self) -> Sequence[Row]:
        """Alerts that cannot be shown, or not where they belong, and documents that were set aside."""
        try:
            unfinished = await self._store.alerts.unfinished()
            shown = [alert for alert in await self._store.alerts.all_open() if alert.delivery.detour]
            aside = await self._store.alerts.set_aside()
        except (TransientError, PermanentError) as error:
            return [Row("alerts", good=False, text=str(error))]
        rows = [Row(f"alert {a.id}", good=False, text=a.delivery.trouble) for a in unfinished if a.delivery.trouble]
        rows += [Row(f"alert {a.id}", good=False, text=a.delivery.detour or "") for a in shown]
        if aside:
            rows.append(Row("set aside", good=False, text=f"{len(aside)} documents in Redis could not be read"))
        return rows
