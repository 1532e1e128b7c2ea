"""What Buildkite's deliveries are understood as, and who is believed."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from chatbot.config import Config, TrunkConfig
from chatbot.hints import Hint
from chatbot.webhooks.buildkite import BuildkiteHook, hint_of, parsed
from chatbot.webhooks.door import Refused
from tests.trunks import sha

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
URL = "https://api.buildkite.com/v2/organizations/acme/pipelines/app/builds/7"
BODY = b'{"event":"ping"}'


def delivery(**build: Any) -> dict[str, Any]:
    told = {"id": "f62a1b4d", "number": 7, "commit": sha(1), "branch": "main", "url": URL, "state": "failed"} | build
    return {"event": "build.finished", "build": told, "pipeline": {"slug": "app"}, "sender": {"name": "Some Person"}}


def trunk(**source: Any) -> TrunkConfig:
    told = {"kind": "buildkite", "org": "acme", "pipeline": "app"} | source
    return TrunkConfig.model_validate({"id": "app", "source": told})


def hinted(told: dict[str, Any], event: str = "build.finished", watched: TrunkConfig | None = None) -> Hint | None:
    return hint_of(parsed(json.dumps(told).encode(), event), event, watched or trunk())


def hook(secret: str | None = "s3cret") -> BuildkiteHook:
    given = SecretStr(secret) if secret else None
    config = Config.model_validate({"version": 1, "trunks": [{"source": {"kind": "github", "repo": "a/b"}}]})
    return BuildkiteHook(given, config=lambda: config, now=lambda: NOW, tell=lambda *_: None)


def signature(body: bytes, *, secret: str = "s3cret", at: float = NOW.timestamp()) -> str:
    digest = hmac.new(secret.encode(), f"{at:.0f}.".encode() + body, hashlib.sha256).hexdigest()
    return f"timestamp={at:.0f},signature={digest}"


@pytest.mark.parametrize(
    ("event", "urgent"),
    [("build.finished", True), ("job.finished", True), ("build.running", False), ("job.started", False)],
)
def test_a_build_is_looked_at_and_what_ended_hurries(event: str, urgent: bool) -> None:
    assert hinted(delivery(), event) == Hint(runs=frozenset({(sha(1), 7)}), urgent=urgent)


def test_a_build_whose_commit_is_not_known_has_the_builds_listed() -> None:
    assert hinted(delivery(commit="HEAD")) == Hint(head=True)
    assert hinted(delivery(number=-1)) == Hint(head=True)


@pytest.mark.parametrize(
    "watched",
    [
        trunk(branch="release"),
        trunk(pipeline="other"),
        trunk(org="elsewhere"),
        TrunkConfig.model_validate({"source": {"kind": "github", "repo": "acme/app"}}),
    ],
)
def test_what_is_not_watched_is_no_hint(watched: TrunkConfig) -> None:
    assert hinted(delivery(), watched=watched) is None


@given(st.binary(max_size=200))
def test_whatever_comes_is_understood_or_refused(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        parsed(body, "build.finished")
    assert caught.value.status == 400


def test_a_right_signature_and_a_right_token_are_believed() -> None:
    signed = {"X-Buildkite-Signature": signature(BODY)}
    hook().admit(signed)
    hook().prove(signed, BODY)
    hook().admit({"X-Buildkite-Token": "s3cret"})
    hook().prove({"X-Buildkite-Token": "s3cret"}, BODY)


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, "There is no X-Buildkite-Signature and no X-Buildkite-Token"),
        ({"X-Buildkite-Token": "other"}, "X-Buildkite-Token is another"),
        ({"X-Buildkite-Signature": signature(BODY, secret="other")}, "does not match"),
        ({"X-Buildkite-Signature": signature(b"another body")}, "does not match"),
        ({"X-Buildkite-Signature": "nonsense"}, "does not match"),
        ({"X-Buildkite-Signature": "timestamp=²,signature=\udcff"}, "does not match"),
        ({"X-Buildkite-Signature": signature(BODY, at=NOW.timestamp() - 301)}, "not of the last 5 minutes"),
        ({"X-Buildkite-Signature": signature(BODY, at=NOW.timestamp() + 400)}, "not of the last 5 minutes"),
    ],
)
def test_nobody_else_is_believed(headers: dict[str, str], text: str) -> None:
    with pytest.raises(Refused, match=text) as caught:
        _knock(hook(), headers)
    assert caught.value.status == 401


def _knock(door: BuildkiteHook, headers: dict[str, str]) -> None:
    door.admit(headers)
    door.prove(headers, BODY)


def test_without_a_token_of_ours_nobody_is_believed() -> None:
    with pytest.raises(Refused, match="BUILDKITE_WEBHOOK_TOKEN is not set here") as caught:
        hook(None).admit({"X-Buildkite-Token": ""})
    assert caught.value.status == 503
