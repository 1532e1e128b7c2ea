"""GitHub's webhooks: something was pushed, a run or a job has changed. Each is a hint to read, and nothing else.

No result is taken from a delivery. What it names is compared with what is watched; then the API is asked.
https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from msgspec import Struct
from pydantic import SecretStr

from chatbot.config import Config, TrunkConfig
from chatbot.config.sources import GithubSource
from chatbot.hints import OTHERS, Hint
from chatbot.webhooks.door import Answer, Headers, Once, Refused, same

LARGEST: Final = 5 * 1024 * 1024
"""Bytes. GitHub sends up to 25 MB, but of what is read here only a push of thousands of commits comes near to one."""

EVENTS: Final = frozenset({"push", "workflow_run", "workflow_job", "check_run", "status"})
"""The deliveries that are read."""

_ACTIONS: Final = "github-actions"
_RUN: Final = re.compile(r"/actions/runs/(\d{1,18})(?:/|$)")
_SHA: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class _Repository(Struct, frozen=True):
    full_name: str


class _Run(Struct, frozen=True):
    id: int
    head_sha: str
    head_branch: str | None = None


class _Job(Struct, frozen=True):
    run_id: int
    head_sha: str
    head_branch: str | None = None


class _App(Struct, frozen=True):
    slug: str | None = None


class _Suite(Struct, frozen=True):
    head_branch: str | None = None


class _Check(Struct, frozen=True):
    head_sha: str
    details_url: str | None = None
    app: _App | None = None
    check_suite: _Suite | None = None


class _Branch(Struct, frozen=True):
    name: str


class Delivery(Struct, frozen=True):
    """The fields of any of the deliveries that are used."""

    repository: _Repository
    action: str | None = None
    ref: str | None = None
    deleted: bool = False
    workflow_run: _Run | None = None
    workflow_job: _Job | None = None
    check_run: _Check | None = None
    sha: str | None = None
    state: str | None = None
    branches: tuple[_Branch, ...] = ()


_decode = msgspec.json.Decoder(Delivery).decode


class GithubHook:
    """`POST /webhooks/github`."""

    path = "/webhooks/github"
    largest = LARGEST

    def __init__(
        self, secret: SecretStr | None, *, config: Callable[[], Config], tell: Callable[[str, Hint], None]
    ) -> None:
        """*config* is asked each time; *tell* passes a hint about a trunk on and returns at once."""
        self._secret = secret.get_secret_value() if secret else ""
        self._config = config
        self._tell = tell

    def admit(self, headers: Headers) -> None:
        """It has to be set up, and what comes has to be signed JSON.

        Raises:
            Refused: it is not.
        """
        if not self._secret:
            raise Refused(503, "GITHUB_WEBHOOK_SECRET is not set here, so nobody can be believed: set it and restart.")
        if not headers.get("X-Hub-Signature-256"):
            raise Refused(401, "There is no X-Hub-Signature-256: give the webhook a secret, the same as here.")

    def prove(self, headers: Headers, body: bytes) -> None:
        """The signature has to be that of the body.

        Raises:
            Refused: it is another's.
        """
        wanted = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        if not same(headers.get("X-Hub-Signature-256", ""), f"sha256={wanted}"):
            raise Refused(401, "X-Hub-Signature-256 does not match: is the webhook's secret the same as here?")

    async def take(self, headers: Headers, body: bytes, once: Once) -> Answer:
        """Hint at what changed, where that is watched.

        Raises:
            Refused: it is no JSON, or not GitHub's.
        """
        event = headers.get("X-GitHub-Event", "")
        if event == "ping":
            return Answer("pong", 200)
        if event not in EVENTS:
            return Answer(status=204)
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "Set the webhook's content type to application/json.")
        hints = self._hints(parsed(body, event), event)
        if not hints:
            return Answer("Nothing that is watched here.")
        if (name := headers.get("X-GitHub-Delivery")) and not await once.first_time(name):
            return Answer("This delivery was taken before.")
        for trunk, hint in hints.items():
            self._tell(trunk, hint)
        return Answer(f"Polling {', '.join(hints)}.")

    def _hints(self, delivery: Delivery, event: str) -> dict[str, Hint]:
        found = {trunk.id: hint_of(delivery, event, trunk) for trunk in self._config().trunks}
        return {trunk: hint for trunk, hint in found.items() if hint is not None}


def parsed(body: bytes, event: str) -> Delivery:
    """The fields of *body* that are used.

    Raises:
        Refused: it is not what GitHub sends as *event*.
    """
    try:
        delivery = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"This is not what GitHub sends as {event}.") from error
    if event not in {"push", "status"} and getattr(delivery, event) is None:
        raise Refused(400, f"This is not what GitHub sends as {event}.")
    return delivery


def hint_of(delivery: Delivery, event: str, trunk: TrunkConfig) -> Hint | None:
    """Where to look because of *delivery*, `None` where *trunk* has nothing to do with it."""
    source = trunk.source
    if not isinstance(source, GithubSource) or delivery.repository.full_name.casefold() != source.repo.casefold():
        return None
    if event == "push":
        return Hint(head=True) if delivery.ref == f"refs/heads/{source.branch}" and not delivery.deleted else None
    runs = frozenset(pair for pair in _runs(delivery, event, source) if _SHA.fullmatch(pair[0]))
    ended = delivery.action == "completed" or (event == "status" and delivery.state != "pending")
    return Hint(runs=runs, urgent=ended) if runs else None


def _runs(delivery: Delivery, event: str, source: GithubSource) -> Iterator[tuple[str, int]]:
    run, job, check = delivery.workflow_run, delivery.workflow_job, delivery.check_run
    if event == "workflow_run" and run is not None and run.head_branch in {source.branch, None}:
        yield run.head_sha, run.id
    elif event == "workflow_job" and job is not None and job.head_branch in {source.branch, None}:
        yield job.head_sha, job.run_id
    elif event == "check_run" and check is not None:
        yield from _checked(check, source)
    elif event == "status" and delivery.sha is not None and source.checks:
        names = {branch.name for branch in delivery.branches}
        if not names or source.branch in names:
            yield delivery.sha, OTHERS


def _checked(check: _Check, source: GithubSource) -> Iterator[tuple[str, int]]:
    """A check of Actions is a job of a run; those of others are told apart from runs."""
    if check.check_suite is not None and check.check_suite.head_branch not in {source.branch, None}:
        return
    if check.app is not None and check.app.slug == _ACTIONS:
        found = _RUN.search(check.details_url or "")
        if found:
            yield check.head_sha, int(found[1])
    elif source.checks:
        yield check.head_sha, OTHERS
