"""What GitHub's deliveries are understood as: where to look, and for which trunk. The deliveries are GitHub's own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from chatbot.config import TrunkConfig
from chatbot.hints import MOST, OTHERS, Hint, packed, unpacked
from chatbot.inbox import LATER, URGENT, Inbox
from chatbot.webhooks.door import Refused
from chatbot.webhooks.github import EVENTS, hint_of, parsed

DELIVERIES = Path(__file__).parents[1] / "sandbox" / "github" / "webhooks"
REPO = "Codertocat/Hello-World"
FAILED = "ec26c3e57ca3a959ca5aad62de7213c562f8c821"
BUILT = "3484a3fb816e0859fd6e1cea078d76385ff50625"


def examples(event: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DELIVERIES / f"{event}.json").read_text(encoding="utf-8"))
    return found


def trunk(repo: str = REPO, branch: str = "main", *, checks: bool = False) -> TrunkConfig:
    source = {"kind": "github", "repo": repo, "branch": branch, "checks": checks}
    return TrunkConfig.model_validate({"id": "hello", "source": source})


def hinted(event: str, delivery: dict[str, Any], watched: TrunkConfig) -> Hint | None:
    return hint_of(parsed(json.dumps(delivery).encode(), event), event, watched)


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_one_of_github_s_examples_is_understood(event: str) -> None:
    for delivery in examples(event):
        parsed(json.dumps(delivery).encode(), event)


def test_a_push_to_the_branch_looks_at_its_head_and_a_tag_at_nothing() -> None:
    branch, tag = examples("push")
    assert hinted("push", branch, trunk(branch="master")) == Hint(head=True)
    assert hinted("push", branch | {"deleted": True}, trunk(branch="master")) is None
    assert hinted("push", branch, trunk(branch="main")) is None
    assert hinted("push", tag, trunk(branch="master")) is None


def test_a_job_that_ended_looks_at_its_run_and_hurries() -> None:
    completed = examples("workflow_job")[1]
    assert hinted("workflow_job", completed, trunk()) == Hint(runs=frozenset({(BUILT, 2202229078)}))
    assert hinted("workflow_job", completed, trunk(repo="codertocat/hello-world")) is not None
    assert hinted("workflow_job", completed, trunk(repo="pytorch/pytorch")) is None
    assert hinted("workflow_job", completed, trunk(branch="viable/strict")) is None


def test_a_job_that_only_waits_does_not_hurry() -> None:
    queued = examples("workflow_job")[3]
    found = hinted("workflow_job", queued, trunk())
    assert found is not None
    assert not found.urgent


def test_a_run_that_ended_looks_at_it() -> None:
    completed = examples("workflow_run")[0]
    assert hinted("workflow_run", completed, trunk()) == Hint(
        runs=frozenset({("5779607b49aab1200488439f02372c57b4f75444", 1589141559)})
    )


def test_checks_of_other_systems_count_only_where_they_are_asked_for() -> None:
    completed = examples("check_run")[1]
    completed["check_run"]["check_suite"]["head_branch"] = "main"
    completed["check_run"]["app"]["slug"] = "octocoders-linter"
    assert hinted("check_run", completed, trunk()) is None
    assert hinted("check_run", completed, trunk(checks=True)) == Hint(runs=frozenset({(FAILED, OTHERS)}))
    completed["check_run"]["check_suite"]["head_branch"] = "changes"
    assert hinted("check_run", completed, trunk(checks=True)) is None


def test_a_check_of_actions_is_a_job_of_the_run_that_its_address_names() -> None:
    completed = examples("check_run")[1]
    completed["check_run"]["check_suite"]["head_branch"] = "main"
    completed["check_run"]["app"]["slug"] = "github-actions"
    completed["check_run"]["details_url"] = "https://github.com/a/b/actions/runs/77/job/88"
    assert hinted("check_run", completed, trunk()) == Hint(runs=frozenset({(FAILED, 77)}))


def test_statuses_count_where_they_are_asked_for_and_are_on_the_branch() -> None:
    status = examples("status")[0]
    status["branches"] = [{"name": "main"}]
    assert hinted("status", status, trunk()) is None
    found = hinted("status", status, trunk(checks=True))
    assert found is not None
    assert {run for _, run in found.runs} == {OTHERS}
    status["branches"] = [{"name": "elsewhere"}]
    assert hinted("status", status, trunk(checks=True)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{" * 100_000,
        b"[" * 100_000,
        b'{"repository": {"full_name": "a/b"}}',
        b'{"repository": null, "workflow_job": {}}',
        b'{"repository": {"full_name": 3}, "workflow_job": {"run_id": "x"}}',
        b'{"repository": {"full_name": "a/b"}, "workflow_job": null}',
        b'{"repository": {"full_name": "a/b"}, "workflow_job": {"run_id": 1, "head_sha": ' + b"[" * 100_000,
    ],
)
def test_what_github_would_not_send_is_refused(body: bytes) -> None:
    with pytest.raises(Refused, match="not what GitHub sends as workflow_job"):
        parsed(body, "workflow_job")


def test_a_commit_that_is_none_is_not_looked_for() -> None:
    completed = examples("workflow_job")[1]
    completed["workflow_job"]["head_sha"] = "../../user"
    assert hinted("workflow_job", completed, trunk()) is None


def test_hints_add_up_and_survive_the_way_to_another_replica() -> None:
    both = Hint(head=True, urgent=False) | Hint(runs=frozenset({("a", 1), ("a", 2), ("b", 3)}))
    assert both.by_sha() == {"a": {1, 2}, "b": {3}}
    assert both.head
    assert both.urgent
    assert unpacked(packed(both)) == both
    assert unpacked(b"\xff") is None


def test_a_hint_stays_small_however_many_runs_change() -> None:
    many = Hint()
    for number in range(MOST + 100):
        many |= Hint(runs=frozenset({("a" * 40, number)}))
    assert len(many.runs) == MOST


class _Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 100.0

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


async def _never() -> None:
    await asyncio.Event().wait()


@pytest.fixture
async def pause() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


async def test_a_storm_is_one_hint_at_once_and_one_more_later(pause: asyncio.Future[None]) -> None:
    time = _Time()
    inbox = Inbox(partly=True, sleep=time.sleep, clock=lambda: time.at)
    began = time.at
    inbox.put(Hint(runs=frozenset({("a", 1)})))
    assert await inbox.next(pause) == Hint(runs=frozenset({("a", 1)}))
    assert time.at == began
    for number in range(300):
        inbox.put(Hint(runs=frozenset({("a", number)})))
    assert await inbox.next(pause) == Hint(runs=frozenset({("a", number) for number in range(300)}))
    assert time.at == pytest.approx(began + URGENT)


async def test_what_has_not_ended_waits_longer(pause: asyncio.Future[None]) -> None:
    time = _Time()
    inbox = Inbox(partly=True, sleep=time.sleep, clock=lambda: time.at)
    inbox.put(Hint(urgent=False))
    await inbox.next(pause)
    began = time.at
    inbox.put(Hint(urgent=False))
    await inbox.next(pause)
    assert time.at == pytest.approx(began + LATER)


async def test_the_next_poll_of_everything_ends_the_waiting_for_hints(pause: asyncio.Future[None]) -> None:
    time = _Time()
    inbox = Inbox(partly=False, sleep=lambda _: _never(), clock=lambda: time.at)
    inbox.put(Hint(head=True))
    await inbox.next(pause)
    inbox.put(Hint(head=True))
    asking = asyncio.create_task(inbox.next(pause))
    await asyncio.sleep(0)
    pause.set_result(None)
    assert await asking is None
