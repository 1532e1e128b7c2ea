"""Modals and the Home tab, with a real Bolt app behind them."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox
from tests.sandbox.conftest import ALICE, BOB, HERE, Connect, actions, button, option, section
from tests.sandbox.test_slack_messages import refused


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def field(label: str, block_id: str, kind: str, *, optional: bool = False, **fields: Any) -> dict[str, Any]:
    inner = {"type": kind, "action_id": f"{block_id}-in", **fields}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": inner, "optional": optional}


REASON = field("Why", "why", "plain_text_input")
FORM = [
    REASON,
    field("Until", "until", "static_select", options=[option("Tomorrow", "1d"), option("Next commit", "commit")]),
    field("Tell", "tell", "multi_users_select", optional=True),
    field("Day", "day", "datepicker", initial_date="2026-01-05"),
    field("Also", "also", "checkboxes", optional=True, options=[option("Quietly", "q")]),
]


def modal(*blocks: dict[str, Any], title: str = "Snooze", **fields: Any) -> dict[str, Any]:
    shown = list(blocks) or [section("Loading")]
    return {
        "type": "modal",
        "callback_id": "snooze",
        "title": plain(title),
        "submit": plain("Go"),
        "blocks": shown,
        **fields,
    }


class Bot:
    """Opens `first` on `/open`, remembers submissions, answers them with `reply`."""

    def __init__(self, app: AsyncApp, first: dict[str, Any]) -> None:
        self.submitted: list[dict[str, Any]] = []
        self.closed: list[dict[str, Any]] = []
        self.reply: dict[str, Any] = {}
        self.first = first
        app.command("/open")(self.open)
        app.view("snooze")(self.submission)
        app.view_closed("snooze")(self.closing)

    async def open(self, ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=self.first)

    async def submission(self, ack: Any, body: dict[str, Any]) -> None:
        self.submitted.append(body)
        await ack(**self.reply)

    async def closing(self, ack: Any, body: dict[str, Any]) -> None:
        await ack()
        self.closed.append(body)


async def test_a_modal_is_opened_filled_in_and_handed_in(slack: SlackSandbox, app: AsyncApp, connect: Connect) -> None:
    bot = Bot(app, modal(*FORM, private_metadata="a1"))
    await connect(app)
    opened = (await slack.command("/open", user=ALICE, channel=HERE)).modal
    assert opened is not None
    assert (opened.title, opened.callback_id, opened.private_metadata) == ("Snooze", "snooze", "a1")
    assert slack.modal(BOB) is None
    values = {"Why": "flaky", "until": "Tomorrow", "tell-in": [BOB], "Also": ["Quietly"]}
    answer = await slack.submit(ALICE, values)
    assert (answer.acknowledged, answer.errors, slack.modal(ALICE)) == (True, {}, None)
    view = bot.submitted[0]["view"]
    state = view["state"]["values"]
    assert state["why"]["why-in"] == {"type": "plain_text_input", "value": "flaky"}
    assert state["until"]["until-in"]["selected_option"]["value"] == "1d"
    assert state["tell"]["tell-in"]["selected_users"] == [BOB]
    assert state["day"]["day-in"]["selected_date"] == "2026-01-05"
    assert state["also"]["also-in"]["selected_options"][0]["value"] == "q"
    assert view["id"] == opened.id


async def test_what_is_required_must_be_filled_in_and_what_is_not_there_cannot(
    slack: SlackSandbox, app: AsyncApp, connect: Connect
) -> None:
    Bot(app, modal(REASON))
    await connect(app)
    with pytest.raises(LookupError, match="no modal is open for U01ALICE"):
        await slack.submit(ALICE)
    await slack.command("/open", user=ALICE, channel=HERE)
    with pytest.raises(ValueError, match="'Why' is required and empty"):
        await slack.submit(ALICE)
    with pytest.raises(LookupError, match="no input called 'When'; there is 'Why'"):
        await slack.submit(ALICE, {"When": "now"})


async def test_errors_are_shown_beside_the_inputs_and_the_modal_stays(
    slack: SlackSandbox, app: AsyncApp, connect: Connect
) -> None:
    bot = Bot(app, modal(REASON))
    bot.reply = {"response_action": "errors", "errors": {"why": "say more"}}
    await connect(app)
    await slack.command("/open", user=ALICE, channel=HERE)
    answer = await slack.submit(ALICE, {"Why": "x"})
    stayed = slack.modal(ALICE)
    assert answer.errors == {"why": "say more"}
    assert stayed is not None
    assert stayed.errors == answer.errors
    assert stayed.state["why"]["why-in"]["value"] == "x"


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ({"response_action": "update", "view": modal(title="Done")}, "Done"),
        ({"response_action": "push", "view": modal(title="Sure?")}, "Sure?"),
        ({"response_action": "clear"}, None),
        ({}, None),
    ],
)
async def test_a_submission_is_answered_with_what_comes_next(
    slack: SlackSandbox, app: AsyncApp, connect: Connect, reply: dict[str, Any], title: str | None
) -> None:
    bot = Bot(app, modal(REASON))
    bot.reply = reply
    await connect(app)
    await slack.command("/open", user=ALICE, channel=HERE)
    await slack.submit(ALICE, {"Why": "x"})
    after = slack.modal(ALICE)
    assert (after.title if after else None) == title


async def test_an_answer_slack_cannot_show_is_trouble(slack: SlackSandbox, app: AsyncApp, connect: Connect) -> None:
    bot = Bot(app, modal(REASON))
    bot.reply = {"response_action": "update", "view": modal(title="x" * 25)}
    await connect(app)
    await slack.command("/open", user=ALICE, channel=HERE)
    answer = await slack.submit(ALICE, {"Why": "x"})
    assert "invalid_arguments" in (answer.error or "")
    assert slack.toasts(ALICE) == ["We had some trouble connecting. Try again?"]


async def test_closing_is_told_where_the_bot_asked_for_it(slack: SlackSandbox, app: AsyncApp, connect: Connect) -> None:
    bot = Bot(app, modal(REASON, notify_on_close=True))
    await connect(app)
    await slack.command("/open", user=ALICE, channel=HERE)
    await slack.close_modal(ALICE)
    assert slack.modal(ALICE) is None
    assert [body["is_cleared"] for body in bot.closed] == [True]


async def test_a_button_in_a_modal_updates_it_by_hash(slack: SlackSandbox, app: AsyncApp, connect: Connect) -> None:
    Bot(app, modal(REASON, actions(button("Preview", "preview"))))
    bodies: list[dict[str, Any]] = []

    @app.action("preview")
    async def preview(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        bodies.append(body)
        view = modal(REASON, section("mutes 3 alerts"))
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    await connect(app)
    opened = (await slack.command("/open", user=ALICE, channel=HERE)).modal
    assert opened is not None
    await slack.click(opened, "Preview")
    await slack.until(lambda: "mutes 3 alerts" in slack.workspace.modals[ALICE][0].shown)
    assert bodies[0]["container"] == {"type": "view", "view_id": opened.id}
    assert "message" not in bodies[0]


async def test_a_trigger_is_good_for_three_seconds_and_one_modal() -> None:
    now = [1_000_000.0]
    async with SlackSandbox(clock=lambda: now[0]) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        slack.add_person(ALICE, "alice")
        first, second = slack.workspace.triggers.issue(ALICE), slack.workspace.triggers.issue(ALICE)
        view = (await client.views_open(trigger_id=first, view=modal()))["view"]
        assert (await refused(client.views_open(trigger_id=first, view=modal())))["error"] == "exchanged_trigger_id"
        now[0] += 3.1
        assert (await refused(client.views_open(trigger_id=second, view=modal())))["error"] == "expired_trigger_id"
        unknown = await refused(client.views_open(trigger_id="1.2.3", view=modal()))
        assert unknown["response_metadata"]["messages"] == ["[ERROR] invalid `trigger_id` [json-pointer:/trigger_id]"]
        updated = await client.views_update(view_id=view["id"], hash=view["hash"], view=modal(title="B"))
        assert updated["view"]["hash"] != view["hash"]
        late = client.views_update(view_id=view["id"], hash=view["hash"], view=modal(title="C"))
        assert (await refused(late))["error"] == "hash_conflict"
        assert (await refused(client.views_update(view_id="V0", view=modal())))["error"] == "not_found"


async def test_three_modals_can_lie_above_each_other(slack: SlackSandbox, client: AsyncWebClient) -> None:
    def trigger() -> str:
        return slack.workspace.triggers.issue(ALICE)

    root = (await client.views_open(trigger_id=trigger(), view=modal(title="1")))["view"]
    for number in (2, 3):
        pushed = (await client.views_push(trigger_id=trigger(), view=modal(title=str(number))))["view"]
        assert pushed["root_view_id"] == root["id"]
    above = client.views_push(trigger_id=trigger(), view=modal(title="4"))
    assert (await refused(above))["error"] == "push_limit_reached"
    await slack.close_modal(ALICE)
    top = slack.modal(ALICE)
    assert top is not None
    assert top.title == "2"


async def test_an_external_id_is_taken_once(slack: SlackSandbox, client: AsyncWebClient) -> None:
    named = modal(external_id="alert-1")
    await client.views_open(trigger_id=slack.workspace.triggers.issue(ALICE), view=named)
    again = client.views_open(trigger_id=slack.workspace.triggers.issue(BOB), view=named)
    assert (await refused(again))["error"] == "duplicate_external_id"
    updated = await client.views_update(external_id="alert-1", view=modal(title="B", external_id="alert-1"))
    assert updated["view"]["title"]["text"] == "B"
    assert (await refused(client.api_call("views.update", json={"view": modal()})))["error"] == "invalid_arguments"


async def test_a_bad_view_is_refused_with_its_problems(slack: SlackSandbox, client: AsyncWebClient) -> None:
    trigger = slack.workspace.triggers.issue(ALICE)
    answer = await refused(client.views_open(trigger_id=trigger, view=modal(title="x" * 25)))
    assert answer["error"] == "invalid_arguments"
    wanted = "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    assert wanted in answer["response_metadata"]["messages"]
    a_home = client.views_open(trigger_id=trigger, view={"type": "home", "blocks": []})
    assert (await refused(a_home))["error"] == "invalid_arguments"


async def test_the_home_tab_is_shown_when_somebody_opens_it(
    slack: SlackSandbox, app: AsyncApp, connect: Connect
) -> None:
    @app.event("app_home_opened")
    async def show(event: dict[str, Any], client: AsyncWebClient) -> None:
        home = {"type": "home", "blocks": [section(f"hello <@{event['user']}>"), actions(button("Refresh", "refresh"))]}
        await client.views_publish(user_id=event["user"], view=home)

    @app.action("refresh")
    async def refresh(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        home = {"type": "home", "blocks": [section("fresh")]}
        await client.views_publish(user_id=body["user"]["id"], hash=body["view"]["hash"], view=home)

    await connect(app)
    await slack.open_home(ALICE)
    home = await slack.until(lambda: slack.home(ALICE))
    assert home is not None
    assert home.shown == f"hello <@{ALICE}>\nRefresh"
    await slack.click(home, "Refresh")
    await slack.until(lambda: slack.workspace.homes[ALICE].shown == "fresh")
    assert slack.home(BOB) is None


async def test_an_old_home_is_not_overwritten_by_an_older_one(slack: SlackSandbox, client: AsyncWebClient) -> None:
    home = {"type": "home", "blocks": [section("x")]}
    await client.views_publish(user_id=ALICE, view=home)
    late = client.views_publish(user_id=ALICE, hash="1.old", view=home)
    assert (await refused(late))["error"] == "hash_conflict"
    assert (await refused(client.views_publish(user_id="U0NOBODY", view=home)))["error"] == "invalid_arguments"


async def test_a_home_that_the_manifest_does_not_enable_is_refused() -> None:
    async with SlackSandbox(manifest={"features": {"app_home": {"home_tab_enabled": False}}}) as slack:
        slack.add_person(ALICE, "alice")
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        publish = client.views_publish(user_id=ALICE, view={"type": "home", "blocks": []})
        assert (await refused(publish))["error"] == "not_enabled"
