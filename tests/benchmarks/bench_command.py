"""Measures `/trunk WATCH` of the real bot over HTTP, ten people at once, beside a bare Bolt handler that echoes.

usage: bench_command.py [ROUNDS]
Three processes: the bot as `trunkwatch run` with its embedded server, between the sandbox's Slack and GitHub; the
echo, an `AsyncApp` with `process_before_response` behind aiohttp that answers in the acknowledgement; and this one,
which sends both the same signed deliveries in turn. An answer counts when it is seen: the echo's in the
acknowledgement, the bot's at its `response_url`. The watch has an open alert, so that the answer is a long one.
Between the rounds that are counted, both are asked until they are warm.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from typing import Any
from urllib.parse import urlencode

import psutil
from aiohttp import ClientError, ClientSession, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from chatbot.sandbox.demo import furnish
from chatbot.sandbox.stage import Stage
from chatbot.sandbox.story import CONFIG, REPO, TRUNK, story

AT_ONCE, EACH = 10, 60
SECRET = "0123456789abcdef0123456789abcdef"
_numbers = count(1)


# ---- the peer


async def echo(port: int) -> None:
    """The least that Bolt can do, until it is killed."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T", bot_token="xoxb-1", bot_id="B", bot_user_id="U")

    bolt = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)

    async def said(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack(str(body["text"]))

    bolt.command("/trunk")(said)

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post("/slack/events", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


# ---- Slack's side


class Slack:
    """Sends commands, and receives what is said to their response addresses."""

    def __init__(self, http: ClientSession) -> None:
        self._http = http
        self._awaited: dict[str, asyncio.Future[bytes]] = {}

    async def listen(self) -> web.AppRunner:
        """Have an address for answers."""
        app = web.Application()
        app.router.add_post("/answers/{name}", self._answered)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port = runner.addresses[0][1]
        return runner

    async def _answered(self, request: web.Request) -> web.Response:
        body = await request.read()
        waiting = self._awaited.pop(request.match_info["name"], None)
        if waiting is not None and not waiting.done():
            waiting.set_result(body)
        return web.Response(text="ok")

    async def ask(self, address: str, secret: str, text: str, *, later: bool) -> tuple[float, bytes]:
        """Seconds until the answer was seen, and the answer. *later*: it comes to the response address."""
        name = str(next(_numbers))
        fields = {
            "command": "/trunk",
            "text": text,
            "user_id": "U01ALICE",
            "user_name": "alice",
            "channel_id": "C0INDUCTOR",
            "channel_name": "broken-inductor",
            "team_id": "T0SANDBOX",
            "api_app_id": "A0",
            "trigger_id": f"1.{name}.abc",
            "response_url": f"http://127.0.0.1:{self._port}/answers/{name}",
        }
        body, at = urlencode(fields), str(int(time.time()))
        sign = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={sign}",
        }
        waiting = self._awaited[name] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        async with self._http.post(address, data=body, headers=headers) as answer:
            said = await answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{address} answered {answer.status}: {said!r}")
        if later:
            said = await asyncio.wait_for(waiting, 10)
        return time.perf_counter() - began, said


async def at_once(ask: Callable[[], Awaitable[tuple[float, bytes]]]) -> list[float]:
    """The milliseconds of everybody's questions, each asked when the one before is answered."""

    async def person() -> list[float]:
        return [(await ask())[0] * 1000 for _ in range(EACH)]

    return [took for some in await asyncio.gather(*(person() for _ in range(AT_ONCE))) for took in some]


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])


async def ready(ask: Callable[[], Awaitable[tuple[float, bytes]]], word: bytes) -> bytes:
    """Ask until the answer has *word* in it."""
    while True:
        try:
            _, said = await ask()
        except (ClientError, TimeoutError):
            said = b""
        if word in said:
            return said
        await asyncio.sleep(0.2)


def quantiles(took: list[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    return statistics.median(took), sorted(took)[int(len(took) * 0.99) - 1]


async def main(rounds: int) -> None:
    """Print the table."""
    told, port, echo_port = story(), free_port(), free_port()
    config = CONFIG.read_text(encoding="utf-8").replace("poll_every: 5s", "poll_every: 60s")
    async with AsyncExitStack() as stack:
        stage = Stage(
            told.lines,
            config.replace("mode: socket", "mode: http"),
            repos={TRUNK: REPO},
            logs=told.logs,
            mode="http",
            begin_after=(told.lines[-1].at - told.lines[0].at) * 0.55,
            environment={"TRUNKWATCH_HTTP_PORT": str(port)},
        )
        await stack.enter_async_context(stage)
        furnish(stage.slack)
        await stage.start_bot()
        peer = await asyncio.create_subprocess_exec(sys.executable, __file__, "echo", str(echo_port))
        stack.callback(peer.kill)
        slack = Slack(await stack.enter_async_context(ClientSession()))
        stack.push_async_callback((await slack.listen()).cleanup)

        async def ours() -> tuple[float, bytes]:
            address = f"http://127.0.0.1:{port}/slack/events"
            return await slack.ask(address, stage.slack.signing_secret, "inductor", later=True)

        async def theirs() -> tuple[float, bytes]:
            return await slack.ask(f"http://127.0.0.1:{echo_port}/slack/events", SECRET, "inductor", later=False)

        answer = await ready(ours, b"Recent failures")
        await ready(theirs, b"inductor")
        print(f"{AT_ONCE} at once, {rounds} rounds of {AT_ONCE * EACH}; an answer of ours is {len(answer)} bytes\n")
        assert stage.bot is not None
        table: dict[str, list[float]] = {"bare Bolt echo (peer)": [], "/trunk WATCH": []}
        cpu = dict.fromkeys(table, 0.0)
        processes = {"bare Bolt echo (peer)": psutil.Process(peer.pid), "/trunk WATCH": psutil.Process(stage.bot.pid)}
        for number in range(rounds + 1):
            for name, ask in (("bare Bolt echo (peer)", theirs), ("/trunk WATCH", ours)):
                before = processes[name].cpu_times()
                took = await at_once(ask)
                after = processes[name].cpu_times()
                if number:  # the first one warms
                    table[name] += took
                    cpu[name] += after.user + after.system - before.user - before.system
        report(table, cpu)


def report(table: dict[str, list[float]], cpu: dict[str, float]) -> None:
    """Print times and how they compare."""
    print("| | p50 ms | p99 ms | CPU ms an answer |\n| --- | --- | --- | --- |")
    for name, took in table.items():
        p50, p99 = quantiles(took)
        print(f"| {name} | {p50:.1f} | {p99:.1f} | {cpu[name] * 1000 / len(took):.2f} |")
    (peer50, peer99), (ours50, ours99) = (quantiles(took) for took in table.values())
    print(f"| ours to the peer's | {ours50 / peer50:.1f} | {ours99 / peer99:.1f} | |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["echo"]:
        asyncio.run(echo(int(sys.argv[2])))
    else:
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
