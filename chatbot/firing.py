"""One alert of Grafana's, as it was told. Pure values; every text in them is from outside and cut to size."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Firing(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something that fires since `since`, and no more where it has `ended`. Grafana knows it by `fingerprint`.

    `lacks` says in words what of its annotations is missing or wrong. `partial`: most of it was lost with the store,
    and comes back when Grafana repeats it.
    """

    fingerprint: str
    rule: str
    since: datetime
    ended: datetime | None = None
    priority: str = "P2"
    summary: str = ""
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    runbook: str | None = None
    dashboard: str | None = None
    panel: str | None = None
    origin: str | None = None  # the rule in Grafana
    silence: str | None = None
    lacks: str = ""
    partial: bool = False
