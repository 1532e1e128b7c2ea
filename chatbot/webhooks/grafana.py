"""Grafana's alerting webhooks: what fires and what is over, for the teams that its annotations name.

Nothing in a payload is believed to be more than text. Sizes are bounded here; what it means is decided in `grafana`.
https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
import structlog
from msgspec import Meta, Struct
from pydantic import SecretStr

from chatbot.ci import Number
from chatbot.config import Config, WatchConfig
from chatbot.firing import Firing
from chatbot.firings import LeftOut, Told
from chatbot.grafana import Home, home_of
from chatbot.webhooks.door import Answer, Headers, Once, Refused, bearer

log = structlog.get_logger("webhooks")

LARGEST: Final = 1024 * 1024
"""Bytes: an alert is 2 kB or so."""
MOST: Final = 300
"""Alerts of one delivery that are read."""
_TEAMS, _LABELS, _NAME, _SUMMARY, _TEXT = 20, 40, 150, 500, 2_000
_URL: Final = re.compile(r"https?://[^\s<>|]{1,1990}")
_FINGERPRINT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DASHBOARD: Final = re.compile(r"^(.*/d/[^/]+)")
_NO_DATA: Final = frozenset({"datasourcenodata", "datasourceerror"})

Take = Callable[[Sequence[Told], LeftOut | None], Awaitable[None]]


class _Alert(Struct, frozen=True):
    status: str
    startsAt: Annotated[datetime, Meta(tz=True)]  # noqa: N815  Grafana's name
    fingerprint: str
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    values: dict[str, float | str | None] | None = None
    generatorURL: str | None = None  # noqa: N815  as above
    silenceURL: str | None = None  # noqa: N815  as above
    dashboardURL: str | None = None  # noqa: N815  as above
    panelURL: str | None = None  # noqa: N815  as above


class _Version(Struct, frozen=True):
    version: str | int | None = None


class _Payload(Struct, frozen=True):
    alerts: tuple[_Alert, ...]
    groupKey: str = ""  # noqa: N815  as above
    truncatedAlerts: Number | None = None  # noqa: N815  as above


class GrafanaHook:
    """`POST /webhooks/grafana`."""

    path = "/webhooks/grafana"
    largest = LARGEST

    def __init__(
        self, token: SecretStr | None, *, config: Callable[[], Config], now: Callable[[], datetime], take: Take
    ) -> None:
        """*config* is asked each time; *take* stores what was told."""
        self._token = token.get_secret_value() if token else ""
        self._config = config
        self._now = now
        self._take = take

    def admit(self, headers: Headers) -> None:
        """The bearer token has to be ours.

        Raises:
            Refused: it is not, or none is set.
        """
        if not self._token:
            raise Refused(503, "GRAFANA_WEBHOOK_TOKEN is not set here, so nobody can be believed: set it and restart.")
        bearer(headers, self._token)

    def prove(self, headers: Headers, body: bytes) -> None:
        """The token has proved it."""

    async def take(self, _headers: Headers, body: bytes, _once: Once) -> Answer:
        """Have each alert told of. Taken twice it changes nothing, so nothing has to be remembered.

        Raises:
            Refused: it is no JSON, or not what Grafana sends.
            TransientError, PermanentError: it cannot be stored now.
        """
        payload = parsed(body)
        config, now = self._config(), self._now()
        told = [one for alert in payload.alerts[:MOST] for one in tellings(alert, config, now=now)]
        missing = max(0, payload.truncatedAlerts or 0) + max(0, len(payload.alerts) - MOST)
        if missing:
            log.warning("alerts_left_out", number=missing, group=payload.groupKey[:200])
        await self._take(told, LeftOut(missing, _named(payload.groupKey)) if missing else None)
        return Answer(f"{len(payload.alerts[:MOST])} taken.")


def parsed(body: bytes) -> _Payload:
    """The payload in *body*.

    Raises:
        Refused: it is none, or one of another version.
    """
    try:
        version = msgspec.json.decode(body, type=_Version).version
        if version is not None and str(version) != "1":
            raise Refused(
                400,
                f"This is a payload of version {str(version)[:10]!r}, and Grafana's own alerting sends version '1': "
                "post from a Grafana contact point of type Webhook, without a payload template.",
            )
        return msgspec.json.decode(body, type=_Payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        where = f" ({str(error)[:120]})" if isinstance(error, msgspec.ValidationError) else ""
        raise Refused(400, f"This is not what Grafana's alerting sends{where}.") from error


def tellings(alert: _Alert, config: Config, *, now: datetime) -> Iterator[Told]:
    """What *alert* says, once for each watch that takes it in and each other team that it names."""
    labels, annotations = alert.labels or {}, alert.annotations or {}
    firing = _firing(alert, labels, annotations, now=now)
    watches = [watch for watch in config.watches if _means(watch, labels, (alert.dashboardURL, alert.panelURL))]
    for watch in watches:
        yield Told(firing, Home(watch.id, watch.trunk, watch.reopen_within))
    named = _named_teams(labels, annotations)
    known = [team for team in named if team in config.teams]
    strange = [team for team in named if team not in config.teams]
    within = config.grafana.reopen_within
    taken = {watch.team for watch in watches}
    for team in known:
        if team not in taken:
            yield Told(firing, home_of(team, firing.fingerprint, within=within))
    if strange or not (named or watches):
        lacking = msgspec.structs.replace(firing, lacks=_joined(_unknown(strange), firing.lacks))
        yield Told(lacking, home_of("", firing.fingerprint, within=within), lost=True)


def _unknown(strange: Sequence[str]) -> str:
    if not strange:
        return "The annotation Teams is missing: nobody knows whose this is. Add it to the rule in Grafana."
    names = ", ".join(strange)[:_NAME]
    return f"The annotation Teams names {names}, and no team here is called that. Correct the rule in Grafana."


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _firing(alert: _Alert, labels: Mapping[str, str], annotations: Mapping[str, str], *, now: datetime) -> Firing:
    priority, lacks = _priority(labels, annotations)
    return Firing(
        fingerprint=_named(alert.fingerprint),
        rule=_rules(labels)[0][:_NAME],
        since=alert.startsAt,
        ended=now if alert.status.lower() in {"resolved", "ok"} else None,
        priority=priority,
        summary=_any(annotations, "summary")[:_SUMMARY],
        description=_any(annotations, "description")[:_TEXT],
        labels=_pairs(labels.items()),
        values=_pairs((name, _number(value)) for name, value in (alert.values or {}).items()),
        runbook=_url(_any(annotations, "runbook_url")),
        dashboard=_url(alert.dashboardURL),
        panel=_url(alert.panelURL),
        origin=_url(alert.generatorURL),
        silence=_url(alert.silenceURL),
        lacks=lacks,
    )


def _priority(labels: Mapping[str, str], annotations: Mapping[str, str]) -> tuple[str, str]:
    """P0 to P3, and what is wrong with what was given."""
    given = (_any(annotations, "priority") or _any(labels, "priority")).strip()
    if given.upper() in {"P0", "P1", "P2", "P3"}:
        return given.upper(), ""
    if not given:
        return "P2", ""
    return "P2", f"The annotation Priority is {given[:20]!r}; it can be P0, P1, P2 or P3, so P2 is assumed."


def _named_teams(labels: Mapping[str, str], annotations: Mapping[str, str]) -> list[str]:
    """Those of `Teams`, or `Team`, whatever the capitals; else of the label `team`."""
    given = _any(annotations, "teams") or _any(annotations, "team") or _any(labels, "team")
    names = [name.strip()[:_NAME] for name in given.split(",")]
    return list(dict.fromkeys(name for name in names if name))[:_TEAMS]


def _rules(labels: Mapping[str, str]) -> list[str]:
    """What the rule is called; where data are missing, `rulename` is and `alertname` says that."""
    names = [_any(labels, "rulename"), _any(labels, "alertname")]
    return [name for name in names if name and name.lower() not in _NO_DATA] or [names[1] or "An alert of Grafana's"]


def _means(watch: WatchConfig, labels: Mapping[str, str], dashboards: Iterable[str | None]) -> bool:
    """Whether *watch* takes in an alert of that rule or dashboard."""
    if watch.grafana_rule and watch.grafana_rule.casefold() in {name.casefold() for name in _rules(labels)}:
        return True
    known = _place(watch.dashboard)
    return known is not None and known in {_place(url) for url in dashboards}


def _place(url: str | None) -> tuple[str, str] | None:
    """The host and the path of a dashboard, which a name behind its uid and a query only decorate."""
    try:
        parts = urlsplit(url or "")
        if not parts.hostname:
            return None
    except ValueError:
        return None
    found = _DASHBOARD.match(parts.path)
    return parts.hostname.lower(), (found[1] if found else parts.path).rstrip("/")


def _any(some: Mapping[str, str], name: str) -> str:
    """The value of *name*, whatever its capitals."""
    return next((value for key, value in some.items() if key.lower() == name), "")


def _pairs(some: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name[:_NAME], value[:_SUMMARY]) for name, value in list(some)[:_LABELS])


def _number(value: float | str | None) -> str:
    return "no value" if value is None else value if isinstance(value, str) else f"{value:g}"


def _url(given: str | None) -> str | None:
    return given if given and _URL.fullmatch(given) else None


def _named(given: str) -> str:
    """*given* where it can be part of a key, else a name made of it."""
    if _FINGERPRINT.fullmatch(given):
        return given
    return blake2b(given.encode(errors="replace"), digest_size=12).hexdigest()
