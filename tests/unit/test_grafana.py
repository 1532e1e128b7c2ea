"""What Grafana says becomes of an alert: opened, joined, resolved, opened again; in any order, however often."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import marks, outbox, presses, routes
from chatbot.alert import GRAFANA, Alert, Sending, State
from chatbot.config import Config
from chatbot.firing import Firing
from chatbot.grafana import MOST, Home, followed, home_of, team_of
from chatbot.messages import grafana as drawn
from chatbot.messages.budget import message_body
from chatbot.slack.answers import Posted
from chatbot.webhooks.grafana import parsed, tellings

NOW = datetime(2026, 1, 5, 9, 10, tzinfo=UTC)
BEGAN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
WITHIN = timedelta(hours=6)
HOME = home_of("lint", "abc", within=WITHIN)
CONFIG = Config.model_validate(
    {
        "version": 1,
        "slack": {"fallback_channel": "C0FALLBACK"},
        "trunks": [{"source": {"kind": "github", "repo": "a/b"}}],
        "teams": {"lint": {"channel": "C0LINT", "mention": "S0LEADS"}, "gpu": {"channel": "C0GPU"}},
        "watches": [
            {"id": "queue", "team": "gpu", "grafana_rule": "Runner queue"},
            {"id": "disks", "team": "gpu", "dashboard": "https://grafana.example.org/d/disks?var=1"},
        ],
    }
)


def firing(after: int = 0, *, over: bool = False, fingerprint: str = "abc") -> Firing:
    since = BEGAN + timedelta(minutes=after)
    return Firing(fingerprint=fingerprint, rule="Queue", since=since, ended=NOW if over else None, summary="long")


def told(*firings: Firing, home: Home = HOME, now: datetime = NOW) -> Alert | None:
    present: Alert | None = None
    for one in firings:
        present = followed(present, one, home, now=now)
    return present


def alert_of(*firings: Firing) -> Alert:
    alert = told(*firings)
    assert alert is not None
    return alert


def test_what_is_over_without_having_fired_is_nothing() -> None:
    assert told(firing(over=True)) is None


def test_fired_and_over_and_again() -> None:
    opened = alert_of(firing())
    assert (opened.state, opened.firing) == (State.OPEN, True)
    over = alert_of(firing(), firing(over=True))
    assert (over.state, over.firing) == (State.RESOLVED, False)
    again = alert_of(firing(), firing(over=True), firing(5))
    assert (again.id, again.state, again.reopened) == (opened.id, State.OPEN, 1)
    anew = followed(over, firing(500), HOME, now=NOW + timedelta(hours=7))
    assert anew is not None
    assert anew.id != opened.id


def test_what_comes_late_is_not_believed() -> None:
    again = alert_of(firing(), firing(over=True), firing(5))
    assert followed(again, firing(), HOME, now=NOW) is again
    assert followed(again, firing(over=True), HOME, now=NOW) is again


def test_resolved_by_hand_it_stays_so_and_what_is_over_then_holds_nothing_open() -> None:
    by_hand = presses.resolved(alert_of(firing()), by="U1", at=NOW)
    assert followed(by_hand, firing(), HOME, now=NOW) is by_hand
    over = followed(by_hand, firing(over=True), HOME, now=NOW)
    assert over is not None
    assert (over.version, over.firing, over.state) == (by_hand.version, False, State.RESOLVED)


def test_an_alert_is_over_when_the_last_of_its_firings_is() -> None:
    both = alert_of(firing(), firing(fingerprint="other"))
    half = followed(both, firing(over=True), HOME, now=NOW)
    assert half is not None
    assert half.open
    whole = followed(half, firing(over=True, fingerprint="other"), HOME, now=NOW)
    assert whole is not None
    assert not whole.open


def test_an_alert_remembers_so_many_firings_and_forgets_those_that_are_over_first() -> None:
    many = alert_of(*(firing(number, fingerprint=str(number)) for number in range(MOST)))
    less = followed(many, firing(20, over=True, fingerprint="20"), HOME, now=NOW)
    more = followed(less, firing(99, fingerprint="new"), HOME, now=NOW)
    assert more is not None
    assert len(more.firings) == MOST
    assert {"new", "0"} <= {one.fingerprint for one in more.firings}
    assert "20" not in {one.fingerprint for one in more.firings}


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.sampled_from("ab")), max_size=12))
def test_telling_anything_twice_is_telling_it_once(said: list[tuple[int, bool, str]]) -> None:
    once: Alert | None = None
    for after, over, name in said:
        one = firing(after, over=over, fingerprint=name)
        once = followed(once, one, HOME, now=NOW)
        assert followed(once, one, HOME, now=NOW) == once
    assert once is None or once.open == once.firing


def test_after_a_loss_its_root_tells_what_it_was_and_the_next_repeat_the_rest() -> None:
    alert = alert_of(firing())
    sending = Sending("root", "n", NOW, "C0LINT", 1)
    shown = outbox.arrived(outbox.begun(alert, sending), sending, "1.2")
    mark = marks.root_mark(json.loads(json.dumps(marks.of_root(shown))))
    assert mark is not None
    found = marks.restored(mark, Posted("1.2", None, {}), [], channel="C0LINT")
    assert [(one.rule, one.since, one.partial) for one in found.firings] == [("Queue", BEGAN, True)]
    repeated = followed(found, firing(), HOME, now=NOW)
    assert repeated is not None
    assert repeated.firings == (firing(),)
    over = followed(found, firing(over=True), HOME, now=NOW)
    assert over is not None
    assert not over.open


# ---- payloads


def payload(**more: Any) -> bytes:
    alert = {"status": "firing", "startsAt": "2026-01-05T09:00:00.123456789Z", "fingerprint": "abc"}
    return json.dumps({"version": "1", "alerts": [{**alert, **more}]}).encode()


def homes(**more: Any) -> list[tuple[str, str]]:
    (alert,) = parsed(payload(**more)).alerts
    return [(one.home.watch, one.firing.lacks[:45]) for one in tellings(alert, CONFIG, now=NOW)]


@pytest.mark.parametrize("name", ["Teams", "teams", "Team", "TEAM"])
def test_a_team_is_named_by_an_annotation_or_a_label(name: str) -> None:
    assert homes(annotations={name: " lint , lint"}) == [("grafana/lint/abc", "")]
    assert homes(labels={"team": "lint"}) == [("grafana/lint/abc", "")]
    assert homes(annotations={"Teams": "lint,gpu"}) == [("grafana/lint/abc", ""), ("grafana/gpu/abc", "")]


def test_without_a_team_it_says_what_is_missing_and_what_is_wrong() -> None:
    assert homes() == [("grafana/-/abc", "The annotation Teams is missing: nobody knows")]
    assert homes(annotations={"Teams": "lnit"}) == [("grafana/-/abc", "The annotation Teams names lnit, and no team ")]


def test_a_watch_takes_in_its_rule_and_its_dashboard() -> None:
    assert homes(labels={"alertname": "runner QUEUE"}) == [("queue", "")]
    assert homes(labels={"alertname": "DatasourceNoData", "rulename": "Runner queue"}) == [("queue", "")]
    assert homes(dashboardURL="https://grafana.example.org/d/disks/all-disks?orgId=1") == [("disks", "")]
    assert homes(panelURL="https://grafana.example.org/d/disks?viewPanel=2") == [("disks", "")]
    assert homes(dashboardURL="https://other.example.org/d/disks")[0][0] == "grafana/-/abc"
    both = homes(labels={"alertname": "Runner queue"}, annotations={"Teams": "gpu,lint"})
    assert both == [("queue", ""), ("grafana/lint/abc", "")]


def test_a_priority_that_is_none_is_said_and_p2() -> None:
    (alert,) = parsed(payload(annotations={"Teams": "lint", "priority": "p0"})).alerts
    assert [one.firing.priority for one in tellings(alert, CONFIG, now=NOW)] == ["P0"]
    (alert,) = parsed(payload(annotations={"Teams": "lint", "Priority": "5"})).alerts
    (one,) = tellings(alert, CONFIG, now=NOW)
    assert (one.firing.priority, "Priority is '5'" in one.firing.lacks) == ("P2", True)


def test_a_fingerprint_that_could_not_be_a_key_is_made_one() -> None:
    (watch, _), *_ = homes(fingerprint="a:b{c}*\n", annotations={"Teams": "lint"})
    assert team_of(watch) == "lint"
    assert set(watch.rpartition("/")[2]) <= set("0123456789abcdef")


texts = st.text(max_size=40) | st.sampled_from(["<!channel>", "<@U02BOB>", "*x*", "`x`", "&", "a" * 5_000, "\ud800"])


@given(st.dictionaries(texts, texts, max_size=4), st.dictionaries(texts, texts, max_size=4), texts, texts)
def test_any_text_makes_a_message_that_pings_nobody(
    labels: dict[str, str], annotations: dict[str, str], name: str, url: str
) -> None:
    told = Firing(
        fingerprint="abc",
        rule=name or "x",
        since=BEGAN,
        summary=name,
        description=name,
        lacks=name,
        labels=tuple(labels.items()),
        values=tuple(annotations.items()),
        runbook=url,
        origin=url,
        silence=url,
    )
    alert = followed(None, told, home_of("gpu", "abc", within=WITHIN), now=NOW)
    assert alert is not None
    about = routes.about(alert, CONFIG, now=NOW, github_url="")
    for said in (drawn.root(alert, about, fresh=True), drawn.explained(alert)):
        body = str(message_body(said))
        assert not any(mark in body for mark in ("<!channel", "<@", "<!subteam"))


def test_a_told_alert_names_its_team_and_whom_to_ping() -> None:
    alert = alert_of(firing())
    about = routes.about(alert, CONFIG, now=NOW, github_url="")
    assert (about.watch.title, about.watch.team, about.ping, about.writable) == ("Queue", "lint", ("S0LEADS",), False)
    assert routes.channel(alert, CONFIG) == "C0LINT"
    assert routes.channels(GRAFANA, CONFIG) == ("C0LINT", "C0GPU", "C0FALLBACK")
