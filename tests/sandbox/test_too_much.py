"""Answers that are too large once unpacked, nested too deeply, or without an end: refused in words, within bounds.

Over real sockets, for every kind of source, the storage of logs and Slack's API.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import escape
from chatbot.slack import session
from chatbot.slack.client import Slack
from chatbot.sources import rest
from chatbot.sources.github import transport
from tests.sandbox.test_sent_on import BODIES, HUB, KINDS, ONE
from tests.strangers import SECRET, Answers, Stranger, linking, ok, saying

MILLION = 1_000_000
DEEP = [
    b"[" * 200_000,
    b'{"a":' * 200_000,
    b'[{"sha":' + b"[" * 200_000,
    b'{"x":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


@pytest.fixture
async def service() -> AsyncIterator[Stranger]:
    async with Stranger(ok) as server:
        yield server


def bomb(size: int) -> Answers:
    """So many bytes of JSON, a thousandth of them on the wire."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(b'{"ok":true,"x":"')]
    parts += [packer.compress(bytes(b"a" * MILLION)) for _ in range(size // MILLION + 1)]
    body = b"".join([*parts, packer.compress(b'"}'), packer.flush()])
    assert len(body) < size / 900
    return lambda _: web.Response(body=body, content_type="application/json", headers={"Content-Encoding": "gzip"})


def raw(body: bytes) -> Answers:
    return lambda _: web.Response(body=body, content_type="application/json")


@pytest.mark.parametrize(("kind", "most"), [("github", transport.LARGEST), ("gitlab", rest.LARGEST)])
async def test_what_unpacks_to_too_much_is_given_up(
    http: aiohttp.ClientSession, service: Stranger, kind: str, most: int
) -> None:
    service.answer = bomb(most)
    with pytest.raises(PermanentError, match=f"answers with more than {most // MILLION} MB") as caught:
        await KINDS[kind](http, service.url).poll(None, window=10)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("body", DEEP, ids=["lists", "objects", "in a field", "in an unknown field"])
@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_nested_too_deeply_cannot_be_read(
    http: aiohttp.ClientSession, service: Stranger, kind: str, body: bytes
) -> None:
    service.answer = raw(body)
    with pytest.raises(TransientError, match="cannot be read"):
        await KINDS[kind](http, service.url).poll(None, window=10)


@pytest.mark.parametrize("kind", HUB)
async def test_a_list_that_never_ends_is_given_up(http: aiohttp.ClientSession, service: Stranger, kind: str) -> None:
    numbers = itertools.count()

    def answer(request: web.Request) -> web.StreamResponse:
        return linking(f"{service.url}/next?page={next(numbers)}", [BODIES[kind]])(request)

    service.answer = answer
    source = KINDS[kind](http, service.url)
    await asked_in_vain(source.poll(None, window=1_000))
    assert len(service.got) <= 250


async def test_a_list_of_runs_that_never_ends_is_given_up(http: aiohttp.ClientSession, service: Stranger) -> None:
    numbers = itertools.count(1)

    def answer(request: web.Request) -> web.StreamResponse:
        number = next(numbers)
        page = {"total_count": 10**6, "workflow_runs": [{"id": number, "head_sha": "a" * 40}]}
        listed = [BODIES["github"] | {"parents": []}] if "/commits" in request.path else page  # type: ignore[operator]  # a dict
        return linking(f"{service.url}/actions/runs?page={number}", listed)(request)

    service.answer = answer
    with pytest.raises(TransientError, match="does not end after 200 pages"):
        await KINDS["github"](http, service.url).poll(None, window=1)


async def asked_in_vain(work: Awaitable[object]) -> None:
    """Whatever comes of it, it comes, and in our words."""
    try:
        await work
    except (TransientError, PermanentError):
        return


@pytest.mark.parametrize("kind", HUB)
async def test_of_a_log_without_an_end_so_much_is_read(
    http: aiohttp.ClientSession, service: Stranger, kind: str
) -> None:
    async with Stranger(lambda _: web.Response(body=b"x" * MILLION, content_type="text/plain")) as storage:
        service.answer = lambda _: web.Response(status=302, headers={"Location": f"{storage.url}/log"})
        source = KINDS[kind](http, service.url)
        read = b"".join([chunk async for chunk in source.log(ONE, limit=1_000)])  # type: ignore[call-arg]  # these take a limit
    assert len(read) == 1_000


HELLO = Payload(escape("hello"))
TOLD: dict[str, Callable[[Slack], Awaitable[object]]] = {
    "ask": lambda slack: slack.person("U1"),
    "tell": lambda slack: slack.edit("C1", "1.2", HELLO),
}


@pytest.mark.parametrize("told", TOLD)
async def test_an_answer_of_slacks_that_is_too_large_is_given_up(service: Stranger, told: str) -> None:
    service.answer = bomb(session.LARGEST)
    async with Slack(SECRET, base_url=f"{service.url}/api/") as slack:
        with pytest.raises(TransientError, match="larger than 64 MB"):
            await TOLD[told](slack)


@pytest.mark.parametrize("body", DEEP, ids=["lists", "objects", "in a field", "in an unknown field"])
async def test_an_answer_of_slacks_that_is_nested_too_deeply_cannot_be_read(service: Stranger, body: bytes) -> None:
    service.answer = raw(body)
    async with Slack(SECRET, base_url=f"{service.url}/api/") as slack:
        with pytest.raises(TransientError, match="cannot be read"):
            await slack.person("U1")
        with pytest.raises(AmbiguousError):
            await slack.post("C1", HELLO)
        with pytest.raises(AmbiguousError):
            await slack.respond(f"{service.url}/response", HELLO)


@pytest.mark.parametrize(
    "reasons",
    [
        {"response_metadata": "x"},
        {"response_metadata": {"messages": 1}},
        {"errors": {"a": 1}},
        {"errors": ["x" * MILLION]},
    ],
)
async def test_a_refusal_of_slacks_with_strange_reasons_is_a_short_refusal(
    service: Stranger, reasons: dict[str, object]
) -> None:
    service.answer = saying({"ok": False, "error": "invalid_blocks", **reasons})
    async with Slack(SECRET, base_url=f"{service.url}/api/") as slack:
        with pytest.raises(PermanentError, match="does not accept the blocks") as caught:
            await slack.edit("C1", "1.2", HELLO)
    assert len(str(caught.value)) < 3_000
