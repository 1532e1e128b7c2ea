"""The Home: under which heading an alert stands, and that no number of alerts makes more than Slack takes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chatbot.alert import Alert, AlertJob, Delivery, Seen, State
from chatbot.ci import Job
from chatbot.config import WatchConfig
from chatbot.health import Row
from chatbot.messages import home as words
from chatbot.messages.alert import About
from chatbot.messages.budget import view_body
from chatbot.messages.home import PER_PAGE, Part, Reader, home, part
from chatbot.preferences import Preferences
from chatbot.sandbox.slack import limits
from chatbot.snooze import Snooze
from chatbot.wishes import Until
from tests.trunks import START

ME, OTHER = "U01ALICE", "U02BOB"
NOW = START + timedelta(hours=3)
SNOOZE = Snooze(Until.TIME, OTHER, START, NOW + timedelta(hours=1))


def alert(number: int = 0, **fields: Any) -> Alert:
    """An open alert, with *fields* of it."""
    given = {
        "id": f"watch{number}:{number}",
        "watch": f"watch{number}",
        "trunk": "pytorch",
        "opened_at": START,
        "opened_on": "0" * 40,
        "changed_at": START,
        "jobs": (AlertJob(Job("inductor", "build"), 3, None, None),),
        "failing": (Seen("1" * 40, "Change", "A"),),
        **fields,
    }
    return Alert(**given)


def about(title: str = "Inductor broken", team: str = "t", priority: str = "P2") -> About:
    """What an alert is about."""
    return About(
        WatchConfig.model_validate({"id": "w", "trunk": "pytorch", "team": team, "title": title, "priority": priority})
    )


def drawn(alerts: list[Alert], *, page: int = 1, reader: Reader | None = None, **more: Any) -> dict[str, Any]:
    """The Home as it goes to Slack."""
    view = home(
        alerts,
        more.pop("about", {one.id: about() for one in alerts}),
        reader or Reader(ME),
        health=more.pop("health", ()),
        page=page,
        now=NOW,
        command="/trunk",
    )
    return view_body(view)


def shown(body: dict[str, Any]) -> str:
    """Everything in it."""
    return json.dumps(body["blocks"], ensure_ascii=False)


def test_an_alert_stands_under_the_first_heading_that_fits() -> None:
    mine, asked = alert(state=State.ACKNOWLEDGED, acknowledged_by=ME), alert(assignee=ME)
    reader = Reader(ME, frozenset({"t"}))
    assert part(mine, about(), reader) is Part.HAVE
    assert part(asked, about(), reader) is Part.ASKED
    assert part(alert(), about(), reader) is Part.TEAM
    assert part(alert(), about(team="u"), reader) is Part.OTHERS
    assert part(alert(assignee=ME, snooze=SNOOZE), about(), reader) is Part.SNOOZED


def test_what_i_acknowledged_and_gave_to_somebody_else_is_still_among_mine() -> None:
    given_on = alert(state=State.ACKNOWLEDGED, acknowledged_by=ME, assignee=OTHER)
    assert part(given_on, about(), Reader(ME)) is Part.HAVE
    assert f"<@{OTHER}> has it" in shown(drawn([given_on]))


def test_the_most_urgent_of_mine_comes_first_whatever_else_is_open() -> None:
    several = [alert(0), alert(1), alert(2, assignee=ME), alert(3, assignee=ME)]
    abouts = {
        one.id: about(f"title {one.watch}", priority=p)
        for one, p in zip(several, ("P0", "P1", "P3", "P2"), strict=True)
    }
    text = shown(drawn(several, about=abouts))
    places = [text.index(f"title watch{number}") for number in (3, 2, 0, 1)]
    assert places == sorted(places)


def test_with_nothing_open_it_says_so() -> None:
    body = drawn([])
    assert "Nothing is open" in shown(body)
    assert not limits.view_problems(body)


def test_what_is_unwell_stands_before_the_alerts() -> None:
    text = shown(
        drawn(
            [alert()],
            health=[Row("source pytorch", good=False, text="no answer <!here>"), Row("x", good=True, text="y")],
        )
    )
    assert text.index("Not well") < text.index("Everybody else")
    assert "<!here>" not in text


def test_a_page_that_is_no_more_is_the_last_one() -> None:
    alerts = [alert(number) for number in range(PER_PAGE + 1)]
    assert shown(drawn(alerts, page=99)) == shown(drawn(alerts, page=2))
    assert shown(drawn(alerts, page=-3)) == shown(drawn(alerts, page=1))
    assert "11 to 11 of 11" in shown(drawn(alerts, page=2))


def test_the_page_travels_with_the_home() -> None:
    alerts = [alert(number) for number in range(PER_PAGE + 1)]
    assert json.loads(drawn(alerts, page=2)["private_metadata"]) == {"alert": "", "home": 2}


alerts_of_any_kind = st.builds(
    lambda number, state, owner, snoozed, link: alert(
        number,
        state=state,
        acknowledged_by=owner if state is State.ACKNOWLEDGED else None,
        assignee=owner,
        snooze=SNOOZE if snoozed else None,
        delivery=Delivery(link=link),
    ),
    st.integers(0, 10**6),
    st.sampled_from([State.OPEN, State.ACKNOWLEDGED]),
    st.sampled_from([ME, OTHER, None]),
    st.booleans(),
    st.sampled_from([None, "https://example.slack.com/archives/C1/p1"]),
)


@given(
    st.lists(alerts_of_any_kind, max_size=150, unique_by=lambda one: one.id),
    st.text(max_size=150),
    st.integers(-5, 50),
    st.integers(0, 30),
)
def test_no_number_of_alerts_makes_more_than_slack_takes(alerts: list[Alert], title: str, page: int, sick: int) -> None:
    told = about("x" + title.strip() + "x")
    body = drawn(
        alerts,
        page=page,
        about={one.id: told for one in alerts},
        reader=Reader(ME, frozenset({"t"}), Preferences(timezone=title or "UTC", quiet_from="22:00", quiet_to="07:00")),
        health=[Row(title, good=False, text=title * 10)] * sick,
    )
    assert len(body["blocks"]) <= 100
    assert not limits.view_problems(body)
    ids = [block["block_id"] for block in body["blocks"] if "block_id" in block]
    assert len(ids) == len(set(ids))


@given(st.integers(0, 95))
def test_every_alert_is_on_exactly_one_page(count: int) -> None:
    alerts = [alert(number) for number in range(count)]
    pages = [shown(drawn(alerts, page=number)) for number in range(1, words.pages(count) + 1)]
    found = [sum(f'"{one.id}|1|1"' in page for page in pages) for one in alerts]
    assert found == [1] * count


def test_a_source_that_does_not_answer_offers_nothing_that_only_jobs_have() -> None:
    silent = alert(watch="source/pytorch", assignee=ME, jobs=(), failing=())
    text = shown(drawn([silent]))
    assert "Why did this fire?" not in text
    assert msgspec.json.encode(silent)
