"""What the suspects model of each trunk has learned, in the store: read, changed by a pure function, thrown away.

It judges nothing: `suspects` does. What is stored and cannot be read counts as nothing learned, and stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog

from chatbot import suspects
from chatbot.ci import Commit
from chatbot.errors import PermanentError, TransientError
from chatbot.store import Store
from chatbot.suspects import Case

if TYPE_CHECKING:  # importing it compiles many patterns: `_held` does, in a thread
    from chatbot.suspects import Model

log = structlog.get_logger("learning")

_ATTEMPTS = 10  # races lost in a row; replicas that learn from the same trunk at once are two at the most


class Learning:
    """Models by trunk. Any replica may read; what two change at once is done again on what the other left."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: dict[str, tuple[bytes, Model]] = {}  # by trunk: the document read last, so that it is parsed once

    async def model(self, trunk: str) -> Model:
        """What is known of *trunk*; the shipped model where nothing is, or nothing that can be read."""
        _, model = await self._held(trunk)
        return model or suspects.Model()

    async def observe(self, trunk: str, commits: Sequence[Commit]) -> None:
        """Count *commits*, whose files are known, into what is usual on *trunk*."""
        await self._change(trunk, lambda model: model.observe(commits))

    async def learn(self, trunk: str, case: Case, culprit: str) -> None:
        """Let the commit *culprit*, confirmed for *case*, teach; the same culprit again teaches nothing new."""
        await self._change(trunk, lambda model: model.learn(case, culprit))
        log.info("culprit_learned", trunk=trunk, case=case.id, culprit=culprit)

    async def reset(self, trunk: str) -> int:
        """Forget everything learned of *trunk*; how many culprits that were."""
        forgotten = (await self.model(trunk)).learned.lessons.culprits
        await self._store.models.reset(trunk)
        self._read.pop(trunk, None)
        log.info("learning_reset", trunk=trunk, culprits=forgotten)
        return forgotten

    async def _held(self, trunk: str) -> tuple[int, Model | None]:
        """The revision and the model; `None` for one that cannot be read."""
        kept = await self._store.models.get(trunk)
        before = self._read.get(trunk)
        if not self._read:
            await asyncio.to_thread(suspects.prepare)  # people are answered meanwhile
        if before is not None and before[0] == kept.document:
            return kept.revision, before[1]
        try:
            model = suspects.Model.from_json(kept.document) if kept.document else suspects.Model()
        except PermanentError as error:
            log.warning("model_unreadable", trunk=trunk, reason=str(error))
            return kept.revision, None
        self._read[trunk] = (kept.document, model)
        return kept.revision, model

    async def _change(self, trunk: str, function: Callable[[Model], Model]) -> None:
        for _ in range(_ATTEMPTS):
            revision, before = await self._held(trunk)
            if before is None:
                return  # a newer version wrote it, or it is damaged: `/trunk suspects WATCH reset` is for people
            after = function(before)
            if after.learned == before.learned:
                return
            if await self._store.models.put(trunk, after.to_json(), after=revision):
                return
        raise TransientError(f"what is known of {trunk!r} is being changed by too many at once", retry_after=1.0)
