"""Limits that have no better place: files that unpack to too much, and deliveries of too many alerts."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatbot import recording
from chatbot.config import read
from chatbot.errors import ConfigError
from chatbot.firings import LeftOut, Told
from chatbot.webhooks.door import Refused
from chatbot.webhooks.grafana import LARGEST, MOST, GrafanaHook, parsed

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
CONFIG = read("version: 1\ntrunks: [{source: {kind: github, repo: a/b}}]\nteams: {x: {channel: C0X}}\n")


def test_a_recording_of_one_endless_line_is_given_up_within_bounds(tmp_path: Path) -> None:
    file = tmp_path / "bomb.jsonl.gz"
    with gzip.open(file, "wb", compresslevel=9) as packed:
        for _ in range(130):
            packed.write(b"a" * 1_000_000)
    assert file.stat().st_size < 200_000
    tracemalloc.start()
    with pytest.raises(ConfigError, match=r"bomb\.jsonl\.gz:1: is longer than 64 MB"):
        list(recording.read(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300_000_000


@pytest.mark.parametrize("line", [b"[" * 200_000, b'{"kind":"job","at":' + b"[" * 200_000, b'{"x":' * 100_000])
def test_a_recording_nested_too_deeply_names_the_line(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "deep.jsonl"
    file.write_bytes(line + b"\n")
    with pytest.raises(ConfigError, match=r"deep\.jsonl:1: is not a line of a recording"):
        list(recording.read(file))


async def test_of_ten_thousand_alerts_three_hundred_are_read_and_the_rest_is_counted() -> None:
    taken: list[tuple[int, LeftOut | None]] = []

    async def take(told: list[Told], left: LeftOut | None) -> None:
        taken.append((len(told), left))

    hook = GrafanaHook(None, config=lambda: CONFIG, now=lambda: NOW, take=take)  # type: ignore[arg-type]  # a list will do
    alert = {"status": "firing", "startsAt": NOW, "fingerprint": "f", "labels": {"team": "x"}}
    body = msgspec.json.encode({"version": "1", "groupKey": "g", "alerts": [alert] * 10_000})
    assert len(body) < LARGEST
    said = await hook.take({}, body, None)  # type: ignore[arg-type]  # what came before does not matter to it
    assert said.text == "300 taken."
    [(told, left)] = taken
    assert told == MOST
    assert left is not None
    assert left.number == 10_000 - MOST


@pytest.mark.parametrize("lie", [{"truncatedAlerts": 2**64 - 1}, {"alerts": [{"startsAt": "2026-01-05T12:00:00"}]}])
def test_a_delivery_of_grafanas_with_what_no_clock_or_count_says_is_refused(lie: dict[str, Any]) -> None:
    alert = {"status": "firing", "startsAt": NOW, "fingerprint": "f"}
    body = {"version": "1", "alerts": [alert]} | lie
    body["alerts"] = [alert | one for one in body["alerts"]]
    with pytest.raises(Refused, match="not what Grafana's alerting sends"):
        parsed(msgspec.json.encode(body))
