"""The page's back end: its state, its live changes, and people acting through it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from chatbot.sandbox.slack import SlackSandbox
from tests.sandbox.conftest import ALICE, BOB, HERE, Connect, actions, button, section
from tests.sandbox.test_slack_socket_mode import ASSIGN, record
from tests.sandbox.test_slack_views import REASON, Bot, modal


class Browser:
    """Somebody looking at the page, without a browser."""

    def __init__(self, slack: SlackSandbox, session: ClientSession) -> None:
        self._url = slack.url
        self._session = session

    async def state(self) -> dict[str, Any]:
        async with self._session.get(f"{self._url}/page/state") as response:
            return dict(await response.json())

    async def act(self, kind: str, user: str = ALICE, **fields: Any) -> dict[str, Any]:
        async with self._session.post(f"{self._url}/page/act", json={"kind": kind, "user": user, **fields}) as response:
            return dict(await response.json())

    async def get(self, path: str) -> tuple[int, str, str]:
        async with self._session.get(self._url + path) as response:
            return response.status, response.content_type, response.headers.get("Cache-Control", "")


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as opened:
        yield opened


@pytest.fixture
def browser(slack: SlackSandbox, session: ClientSession) -> Browser:
    return Browser(slack, session)


async def test_the_state_is_the_whole_workspace(slack: SlackSandbox, client: AsyncWebClient, browser: Browser) -> None:
    root = (await client.chat_postMessage(channel=HERE, text="root", blocks=[section("*root*")]))["ts"]
    await client.chat_postMessage(channel=HERE, text="reply", thread_ts=root)
    await client.chat_postEphemeral(channel=HERE, user=ALICE, text="psst")
    await client.views_publish(user_id=BOB, view={"type": "home", "blocks": [section("home")]})
    state = await browser.state()
    assert [(m["text"], m.get("thread_ts")) for m in state["messages"][HERE]] == [("root", None), ("reply", root)]
    assert state["ephemerals"][ALICE][0]["message"]["text"] == "psst"
    assert state["homes"][BOB]["blocks"][0]["text"]["text"] == "home"
    assert state["modals"] == {ALICE: None, BOB: None, "U0TRUNKWATCH": None}
    assert [person["name"] for person in state["people"]] == ["alice", "bob"]
    assert state["usergroups"][0]["members"] == [ALICE, BOB]
    assert [channel["archived"] for channel in state["channels"]] == [False, False, True, False]
    assert state["bot"]["connected"] is False


async def test_changes_are_pushed_as_they_happen(
    slack: SlackSandbox, client: AsyncWebClient, session: ClientSession
) -> None:
    async with session.ws_connect(f"{slack.url}/page/live") as live:
        ts = (await client.chat_postMessage(channel=HERE, text="a"))["ts"]
        await client.chat_update(channel=HERE, ts=ts, text="b")
        await client.chat_delete(channel=HERE, ts=ts)
        await client.chat_postEphemeral(channel=HERE, user=ALICE, text="psst")
        await client.views_open(trigger_id=slack.workspace.triggers.issue(ALICE), view=modal())
        await slack.close_modal(ALICE)
        await client.views_publish(user_id=BOB, view={"type": "home", "blocks": []})
        slack.workspace.toast(ALICE, "oh")
        heard = [await live.receive_json(timeout=5) for _ in range(8)]
    kinds = ["message", "changed", "deleted", "ephemeral", "modal", "modal", "home", "toast"]
    assert [one["type"] for one in heard] == kinds
    assert [one["message"]["text"] for one in heard[:4]] == ["a", "b", "b", "psst"]
    assert [one["view"] and one["view"]["title"]["text"] for one in heard[4:6]] == ["Snooze", None]
    assert heard[7] == {"type": "toast", "user": ALICE, "text": "oh"}


async def test_the_page_hears_that_the_bot_is_there(
    slack: SlackSandbox, session: ClientSession, app: AsyncApp, connect: Connect
) -> None:
    async with session.ws_connect(f"{slack.url}/page/live") as live:
        await connect(app)
        heard = await live.receive_json(timeout=5)
    assert (heard["type"], heard["connected"]) == ("bot", True)


async def test_people_act_through_the_page(
    slack: SlackSandbox, client: AsyncWebClient, browser: Browser, app: AsyncApp, connect: Connect
) -> None:
    bodies = record(app, "ack", "assign")
    Bot(app, modal(REASON))
    await connect(app)
    await client.chat_postMessage(channel=HERE, text="x", blocks=[actions(button("Acknowledge"), ASSIGN)])
    message = slack.messages(HERE)[0]
    at = {"channel": HERE, "ts": message.ts, "block_id": message.blocks[0]["block_id"]}
    assert await browser.act("click", **at, action_id="ack", value="1") == {"ok": True}
    assert await browser.act("click", **at, action_id="assign", selected_user=BOB) == {"ok": True}
    assert [body["actions"][0].get("selected_user") for body in bodies] == [None, BOB]
    assert await browser.act("say", channel=HERE, text="hi", thread_ts=message.ts) == {"ok": True}
    assert [reply.text for reply in slack.thread(HERE, message.ts)] == ["hi"]
    for expected in ((ALICE,), ()):
        assert await browser.act("react", channel=HERE, ts=message.ts, name=":eyes:") == {"ok": True}
        assert slack.messages(HERE)[0].reactions.get("eyes", ()) == expected
    assert await browser.act("home") == {"ok": True}
    assert await browser.act("say", channel="D01ALICE", text="psst") == {"ok": True}
    assert [m.text for m in slack.messages("D01ALICE")] == ["psst"]


async def test_a_modal_is_handed_in_through_the_page(
    slack: SlackSandbox, browser: Browser, app: AsyncApp, connect: Connect
) -> None:
    bot = Bot(app, modal(REASON))
    bot.reply = {"response_action": "errors", "errors": {"why": "say more"}}
    await connect(app)
    assert await browser.act("command", channel=HERE, text="/open now") == {"ok": True}
    view = await slack.until(lambda: slack.modal(ALICE))
    assert view is not None
    values = {"why": {"why-in": {"type": "plain_text_input", "value": "because"}}}
    refused = await browser.act("submit", view_id=view.id, values=values)
    assert refused == {"ok": False, "errors": {"why": "say more"}}
    bot.reply = {}
    assert await browser.act("submit", view_id=view.id, values=values) == {"ok": True}
    assert bot.submitted[-1]["view"]["state"]["values"]["why"]["why-in"]["value"] == "because"
    assert slack.modal(ALICE) is None


@pytest.mark.parametrize(
    ("act", "error"),
    [
        ({"kind": "dance"}, "no act 'dance'; there are click"),
        ({"kind": "say", "user": "U0X"}, "nobody is called 'U0X' here"),
        ({"kind": "say", "channel": HERE}, "say 'text' too"),
        ({"kind": "say", "channel": "C0X", "text": "x"}, "no channel 'C0X' here"),
        ({"kind": "say", "channel": "C0OLD", "text": "x"}, "#old is archived"),
        ({"kind": "click", "channel": HERE, "ts": "1.1", "action_id": "ack"}, "that message is gone"),
        ({"kind": "click", "view_id": "V0", "action_id": "ack"}, "that view is not open any more"),
        ({"kind": "submit", "view_id": "V0"}, "that view is not open any more"),
        ({"kind": "close"}, "no modal is open for U01ALICE"),
        ({"kind": "react", "channel": HERE, "ts": "1.1", "name": "eyes"}, "that message is gone"),
        ({"kind": "command", "channel": HERE, "text": "/trunk"}, "/trunk did not respond"),
    ],
)
async def test_what_cannot_be_done_is_answered_in_words(browser: Browser, act: dict[str, Any], error: str) -> None:
    answer = await browser.act(**act)
    assert answer["ok"] is False
    assert answer["error"].startswith(error)


async def test_only_json_is_taken(slack: SlackSandbox, session: ClientSession) -> None:
    address = f"{slack.url}/page/act"
    async with session.post(address, data="{}") as response:
        assert response.status == 415
    async with session.post(address, data="{", headers={"Content-Type": "application/json"}) as response:
        assert (response.status, (await response.json())["error"]) == (400, "that is not JSON")
    async with session.post(address, json=[]) as response:
        assert (await response.json())["error"] == "send an object with user and kind"


async def test_files_are_served_but_never_run(client: AsyncWebClient, browser: Browser) -> None:
    page = await client.files_upload_v2(content="<script>alert(1)</script>", filename="x.html")
    picture = await client.files_upload_v2(content=b"\x89PNG", filename="x.png")
    assert await browser.get(f"/page/file/{page['files'][0]['id']}") == (200, "text/plain", "no-store")
    assert await browser.get(f"/page/file/{picture['files'][0]['id']}") == (200, "image/png", "no-store")
    assert (await browser.get("/page/file/F0"))[0] == 404


async def test_the_page_itself_is_always_fresh(browser: Browser) -> None:
    assert await browser.get("/") == (200, "text/html", "no-store")
    assert await browser.get(f"/archives/{HERE}/p1") == (200, "text/html", "no-store")
    assert await browser.get("/page/static/main.js") == (200, "text/javascript", "no-store")


@pytest.mark.parametrize(
    "path", ["/page/static/nothing.js", "/page/static/..%2Fserver.py", "/page/static/server.py", "/x"]
)
async def test_nothing_but_the_page_is_served(browser: Browser, path: str) -> None:
    assert (await browser.get(path))[0] == 404
