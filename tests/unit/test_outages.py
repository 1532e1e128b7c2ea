"""What is remembered of logs that were asked for and could not be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import cast

from chatbot import loglines
from chatbot.ci import Attempt, Job
from chatbot.config import Config, GithubSource, TrunkConfig
from chatbot.errors import TransientError
from chatbot.evidence import Evidence
from chatbot.outages import Outages
from chatbot.sources import Source
from chatbot.store import Store
from tests.delivering import stage
from tests.trunks import WORKFLOW, sha, trunk


class Unreadable:
    """A source whose logs nobody can read now."""

    async def log(self, attempt: Attempt) -> AsyncIterator[bytes]:
        if attempt.job_id:
            raise TransientError("the logs are elsewhere")
        yield b""


async def test_logs_that_cannot_be_read_are_not_remembered_for_ever(store: Store) -> None:
    config = Config(version=1, trunks=(TrunkConfig(source=GithubSource(kind="github", repo="pytorch/pytorch")),))
    async with stage(store) as scene:
        rules = loglines.with_failure_rules(())
        evidence = Evidence(store, scene.delivery, rules=lambda: rules, now=lambda: datetime.now(UTC))
        outages, source = Outages(store, evidence, config=lambda: config), cast("Source", Unreadable())
        cell = trunk("x").cells(Job(WORKFLOW, "test (a)"), sha(0))[0]
        questions = [(Job(WORKFLOW, f"job {number}"), sha(0), cell) for number in range(2_100)]
        await outages._read("pytorch", questions, source)
        assert len(outages._asked) == len(questions)
        await outages._recall("pytorch", questions[:1])
        assert outages._asked == set()
