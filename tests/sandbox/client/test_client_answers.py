"""What the client makes of answers that are not Slack's: proxies, outages, wrong addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import escape
from chatbot.slack.client import Slack
from chatbot.slack.refusals import seconds

HELLO = Payload(escape("hello"))
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def slack_answering(answer: Handler) -> AsyncIterator[Slack]:
    """A client of a server that gives *answer* to everything."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with Slack("xoxb-1", base_url=f"http://127.0.0.1:{runner.addresses[0][1]}/api/") as slack:
            yield slack
    finally:
        await runner.cleanup()


def always(status: int, body: str, content_type: str = "application/json", **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=body, content_type=content_type, headers=headers)

    return answer


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("[1]", "application/json"),
        ('"text"', "application/json"),
        ("{broken", "application/json"),
        ("", "application/json"),
        ("null", "application/json"),
        ("fine", "text/plain"),
        ("<html>", "text/html"),
        ('{"ok": true}', "application/json"),
        ('{"ok": true, "ts": 5}', "application/json"),
        ('{"ok": false}', "application/json"),
    ],
)
async def test_an_answer_that_cannot_be_read_leaves_the_outcome_open(body: str, content_type: str) -> None:
    async with slack_answering(always(200, body, content_type)) as slack:
        with pytest.raises(AmbiguousError):
            await slack.post("C0", HELLO)
        with pytest.raises(TransientError) as trouble:
            await slack.person("U0")
        assert not isinstance(trouble.value, AmbiguousError)


async def test_a_response_address_that_answers_something_else_leaves_the_outcome_open() -> None:
    async with slack_answering(always(200, "<html>", "text/html")) as slack:
        with pytest.raises(AmbiguousError):
            await slack.respond(f"{slack.transport.web.base_url}r", HELLO)
    async with slack_answering(always(200, "ok", "text/html")) as slack:
        await slack.respond(f"{slack.transport.web.base_url}r", HELLO)


@pytest.mark.parametrize("status", [301, 403, 404, 413])
async def test_a_refusal_that_is_not_slacks_points_at_the_address(status: int) -> None:
    async with slack_answering(always(status, "<html>", "text/html")) as slack:
        with pytest.raises(PermanentError, match="SLACK_API_URL") as refusal:
            await slack.post("C0", HELLO)
    assert refusal.value.code == f"http_{status}"


@pytest.mark.parametrize(("header", "wait"), [("3", 3.0), ("soon", 1.0), ("-1", 1.0), ("inf", 1.0)])
async def test_a_limit_without_a_sensible_wait_waits_a_second(header: str, wait: float) -> None:
    async with slack_answering(always(429, "slow down", "text/plain", **{"Retry-After": header})) as slack:
        with pytest.raises(TransientError) as limit:
            await slack.post("C0", HELLO)
    assert limit.value.retry_after == wait
    assert not isinstance(limit.value, AmbiguousError)


async def test_an_outage_that_says_how_long_is_ambiguous_all_the_same() -> None:
    async with slack_answering(always(503, "", "text/html", **{"Retry-After": "30"})) as slack:
        with pytest.raises(AmbiguousError) as trouble:
            await slack.post("C0", HELLO)
    assert trouble.value.retry_after == 30


async def test_an_answer_cut_off_in_the_middle_is_ambiguous() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100", "Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"ok": true, "ts":')
        assert request.transport is not None
        request.transport.close()
        return response

    async with slack_answering(cut) as slack:
        with pytest.raises(AmbiguousError, match="broke"):
            await slack.post("C0", HELLO)


async def test_a_request_that_arrived_incomplete_did_nothing() -> None:
    async with slack_answering(always(408, "", "text/html")) as slack:
        with pytest.raises(TransientError) as trouble:
            await slack.post("C0", HELLO)
    assert not isinstance(trouble.value, AmbiguousError)


def test_a_missing_wait_is_none() -> None:
    assert seconds(None) is None
    assert seconds("") is None
