"""Buildkite's webhooks: a build or a job has changed. Each is a hint to read it, and nothing else.

No result is taken from a delivery. What it names is compared with what is watched; then the API is asked.
https://buildkite.com/docs/apis/webhooks/pipelines
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from pydantic import SecretStr

from chatbot.config import BuildkiteSource, Config, TrunkConfig
from chatbot.hints import Hint
from chatbot.webhooks.door import Answer, Headers, Once, Refused, same

LARGEST: Final = 1024 * 1024
"""Bytes: a build is shown without its jobs, in a few kB."""
OLDEST: Final = 300.0
"""Seconds that a signature is good for, as Buildkite's documentation advises; clocks may differ as much."""

_KINDS: Final = ("build.", "job.")
_ENDED: Final = frozenset({"build.finished", "build.failing", "build.skipped", "job.finished"})
_SHA: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ORGANIZATION: Final = re.compile(r"/organizations/([^/]+)/pipelines/")


class _Build(Struct, frozen=True):
    number: int
    commit: str | None = None
    branch: str | None = None
    url: str | None = None


class _Pipeline(Struct, frozen=True):
    slug: str


class Delivery(Struct, frozen=True):
    """The fields of any of the deliveries that are used."""

    build: _Build
    pipeline: _Pipeline


_decode = msgspec.json.Decoder(Delivery).decode


class BuildkiteHook:
    """`POST /webhooks/buildkite`."""

    path = "/webhooks/buildkite"
    largest = LARGEST

    def __init__(
        self,
        secret: SecretStr | None,
        *,
        config: Callable[[], Config],
        now: Callable[[], datetime],
        tell: Callable[[str, Hint], None],
    ) -> None:
        """*config* is asked each time; *tell* passes a hint about a trunk on and returns at once."""
        self._secret = secret.get_secret_value() if secret else ""
        self._config = config
        self._now = now
        self._tell = tell

    def admit(self, headers: Headers) -> None:
        """It has to be set up, and what comes has to bring the token or be signed with it.

        Raises:
            Refused: it is not.
        """
        if not self._secret:
            raise Refused(503, "BUILDKITE_WEBHOOK_TOKEN is not set here, so nobody can be believed: set and restart.")
        if headers.get("X-Buildkite-Signature"):
            return
        token = headers.get("X-Buildkite-Token")
        if not token:
            raise Refused(401, "There is no X-Buildkite-Signature and no X-Buildkite-Token: have one of them sent.")
        if not same(token, self._secret):
            raise Refused(401, "X-Buildkite-Token is another than the one that is set here.")

    def prove(self, headers: Headers, body: bytes) -> None:
        """The signature, where there is one, has to be that of the body, and new.

        Raises:
            Refused: it is another's, or too old.
        """
        signature = headers.get("X-Buildkite-Signature")
        if not signature:
            return
        parts = dict(part.strip().partition("=")[::2] for part in signature.split(","))
        at = parts.get("timestamp", "")
        wanted = hmac.new(self._secret.encode(), f"{at}.".encode(errors="surrogateescape") + body, hashlib.sha256)
        if not same(parts.get("signature", ""), wanted.hexdigest()):
            raise Refused(401, "X-Buildkite-Signature does not match: is the webhook's token the same as here?")
        if not at.isdecimal() or abs(self._now().timestamp() - int(at)) > OLDEST:
            raise Refused(
                401, f"X-Buildkite-Signature is not of the last {OLDEST / 60:.0f} minutes: is our clock right?"
            )

    async def take(self, headers: Headers, body: bytes, once: Once) -> Answer:
        """Hint at what changed, where that is watched.

        Raises:
            Refused: it is no JSON, or not Buildkite's.
        """
        event = headers.get("X-Buildkite-Event", "")
        if event == "ping":
            return Answer("pong", 200)
        if not event.startswith(_KINDS):
            return Answer(status=204)
        delivery = parsed(body, event)
        found = {trunk.id: hint_of(delivery, event, trunk) for trunk in self._config().trunks}
        hints = {trunk: hint for trunk, hint in found.items() if hint is not None}
        if not hints:
            return Answer("Nothing that is watched here.")
        if not await once.first_time(hashlib.sha256(event.encode() + body).hexdigest()):
            return Answer("This delivery was taken before.")
        for trunk, hint in hints.items():
            self._tell(trunk, hint)
        return Answer(f"Polling {', '.join(hints)}.")


def parsed(body: bytes, event: str) -> Delivery:
    """The fields of *body* that are used.

    Raises:
        Refused: it is not what Buildkite sends as *event*.
    """
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"This is not what Buildkite sends as {event}.") from error


def hint_of(delivery: Delivery, event: str, trunk: TrunkConfig) -> Hint | None:
    """Where to look because of *delivery*, `None` where *trunk* has nothing to do with it."""
    source, build = trunk.source, delivery.build
    if not isinstance(source, BuildkiteSource) or build.branch != source.branch:
        return None
    named = _ORGANIZATION.search(build.url or "")
    if delivery.pipeline.slug != source.pipeline or (named is not None and named[1] != source.org):
        return None
    sha = (build.commit or "").lower()
    if not _SHA.fullmatch(sha) or not 0 < build.number < 2**31:
        return Hint(head=True, urgent=event in _ENDED)
    return Hint(runs=frozenset({(sha, build.number)}), urgent=event in _ENDED)
