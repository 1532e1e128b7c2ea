"""Nobody is sent on: an answer that points elsewhere gets no request from us there, and never our token.

Every kind of source and every call to Slack, over real sockets: a server that answers with each kind of redirect, and
a second one that must not be asked. The one exception is where logs are kept, and that gets no token.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import msgspec
import pytest

from chatbot.ci import Attempt
from chatbot.errors import PermanentError, TransientError, TrunkwatchError
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import escape
from chatbot.slack.client import Slack
from chatbot.slack.lookup import try_socket
from chatbot.sources import Source
from chatbot.sources.buildkite import BuildkiteSource
from chatbot.sources.buildkite.jobs import job_number
from chatbot.sources.github import GitHubSource, Token
from chatbot.sources.gitlab import GitlabSource
from chatbot.sources.hud import HudSource
from tests.strangers import SECRET, Stranger, linking, ok, redirect, saying
from tests.trunks import attempt, sha

Opened = Callable[[aiohttp.ClientSession, str], Source]
KINDS: dict[str, Opened] = {
    "github": lambda http, url: GitHubSource("a/b", http=http, api_url=url, auth=Token(SECRET)),
    "hud": lambda http, url: HudSource("a/b", http=http, url=url, token=SECRET),
    "buildkite": lambda http, url: BuildkiteSource("a", "b", http=http, api_url=url, token=SECRET),
    "gitlab": lambda http, url: GitlabSource("a/b", http=http, url=url, token=SECRET),
}
HUB = ["github", "buildkite", "gitlab"]
STATUSES = [301, 302, 303, 307, 308]
UUID = "0190aaaa-0000-7000-8000-000000000001"
ONE: Attempt = msgspec.structs.replace(
    attempt(1, "x"), job_id=job_number(UUID), url=f"https://buildkite.com/a/b/builds/1#{UUID}"
)
HELLO = Payload(escape("hello"))


@pytest.fixture
async def service() -> AsyncIterator[Stranger]:
    async with Stranger(ok) as server:
        yield server


@pytest.fixture
async def elsewhere() -> AsyncIterator[Stranger]:
    async with Stranger(ok) as server:
        yield server


async def log_of(source: Source) -> bytes:
    return b"".join([chunk async for chunk in source.log(ONE)])


ASKED: dict[str, Callable[[Source], Awaitable[object]]] = {
    "poll": lambda source: source.poll(None, window=10),
    "check": lambda source: source.check(),
    "files": lambda source: source.files(sha(1)),
}
FILES_OF_OTHERS = {("hud", "files"), ("buildkite", "files")}
QUESTIONS = [(kind, asked) for kind in KINDS for asked in ASKED if (kind, asked) not in FILES_OF_OTHERS]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("kind", "asked"), QUESTIONS)
async def test_a_redirect_to_another_port_is_an_error_that_names_it(
    http: aiohttp.ClientSession, service: Stranger, elsewhere: Stranger, kind: str, asked: str, status: int
) -> None:
    service.answer = redirect(status, f"{elsewhere.url}/api")
    with pytest.raises(TrunkwatchError) as caught:
        await ASKED[asked](KINDS[kind](http, service.url))
    assert elsewhere.got == []
    assert service.leaked
    assert SECRET not in str(caught.value)


PLACES = [
    "http://elsewhere.invalid/",
    "https://127.0.0.1/",
    "//elsewhere.invalid/",
    "http://localhost:1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:1/",
    "javascript:alert(1)",
    "http://",
    "http://[::1",
    "http://127.0.0.1:99999/",
    "http://user:password@elsewhere.invalid/",
    "\x7f\x7f",
    "",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
async def test_whatever_a_redirect_says_is_answered_in_our_words(
    http: aiohttp.ClientSession, service: Stranger, kind: str, place: str
) -> None:
    service.answer = redirect(302, place)
    with pytest.raises((PermanentError, TransientError)) as caught:
        await KINDS[kind](http, service.url).poll(None, window=10)
    assert "password" not in str(caught.value)
    assert {got.method for got in service.got} == {"GET"}
    assert len(service.got) <= 3


@pytest.mark.parametrize("place", ["http://[::1", "http://127.0.0.1:99999/", "file:///etc/passwd"])
@pytest.mark.parametrize("kind", HUB)
async def test_whatever_a_link_says_is_answered_in_our_words(
    http: aiohttp.ClientSession, service: Stranger, kind: str, place: str
) -> None:
    service.answer = linking(place, [BODIES[kind]])
    with pytest.raises((PermanentError, TransientError)):
        await KINDS[kind](http, service.url).poll(None, window=10)


BODIES: dict[str, object] = {
    "github": {
        "sha": sha(9),
        "commit": {"message": "x", "author": {"date": "2026-01-05T12:00:00Z"}},
        "parents": [{"sha": sha(8)}],
    },
    "gitlab": {"id": sha(9), "parent_ids": [sha(8)], "title": "x", "created_at": "2026-01-05T12:00:00Z"},
    "buildkite": {"number": 9, "commit": sha(9), "branch": "main", "state": "passed"},
}


@pytest.mark.parametrize("kind", HUB)
async def test_a_link_to_another_port_is_not_followed(
    http: aiohttp.ClientSession, service: Stranger, elsewhere: Stranger, kind: str
) -> None:
    service.answer = linking(f"{elsewhere.url}/next", [BODIES[kind]])
    with pytest.raises(PermanentError, match=f"points to {elsewhere.url}, which is not {service.url}: set"):
        await KINDS[kind](http, service.url).poll(None, window=10)
    assert elsewhere.got == []


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("kind", ["buildkite", "gitlab"])
async def test_a_log_kept_elsewhere_is_fetched_without_the_token(
    http: aiohttp.ClientSession, service: Stranger, elsewhere: Stranger, kind: str, status: int
) -> None:
    service.answer = redirect(status, f"{elsewhere.url}/log?signature=x")
    assert await log_of(KINDS[kind](http, service.url)) == b'{"ok": true}'
    assert (len(elsewhere.got), elsewhere.leaked) == (1, [])


@pytest.mark.parametrize("status", [302, 307])
async def test_a_log_of_githubs_is_fetched_without_the_token(
    http: aiohttp.ClientSession, service: Stranger, elsewhere: Stranger, status: int
) -> None:
    service.answer = redirect(status, f"{elsewhere.url}/log?signature=x")
    assert await log_of(KINDS["github"](http, service.url)) == b'{"ok": true}'
    assert (len(elsewhere.got), elsewhere.leaked) == (1, [])


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("kind", HUB)
async def test_where_logs_are_kept_nobody_is_sent_further(
    http: aiohttp.ClientSession, service: Stranger, elsewhere: Stranger, kind: str, status: int
) -> None:
    async with Stranger(ok) as third:
        service.answer = redirect(302, f"{elsewhere.url}/log")
        elsewhere.answer = redirect(status, f"{third.url}/metadata")
        with pytest.raises(PermanentError, match="sends us on, which is not followed"):
            await log_of(KINDS[kind](http, service.url))
        assert third.got == []


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://elsewhere.invalid/log", "http://[::1", "http://:80/"])
@pytest.mark.parametrize("kind", HUB)
async def test_a_log_is_kept_on_the_web_or_nowhere(
    http: aiohttp.ClientSession, service: Stranger, kind: str, place: str
) -> None:
    service.answer = redirect(302, place)
    with pytest.raises(PermanentError, match="kept where there is no address"):
        await log_of(KINDS[kind](http, service.url))


CALLS: dict[str, Callable[[Slack], Awaitable[object]]] = {
    "post": lambda slack: slack.post("C1", HELLO),
    "edit": lambda slack: slack.edit("C1", "1.2", HELLO),
    "auth": lambda slack: slack.auth(),
    "person": lambda slack: slack.person("U1"),
    "upload": lambda slack: slack.upload(b"x", filename="x.png"),
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("call", CALLS)
async def test_slacks_api_sends_nobody_on(service: Stranger, elsewhere: Stranger, call: str, status: int) -> None:
    service.answer = redirect(status, f"{elsewhere.url}/api/")
    async with Slack(SECRET, base_url=f"{service.url}/api/") as slack:
        with pytest.raises(PermanentError, match=r"on to 127\.0\.0\.1, which is not followed\. Check SLACK_API_URL"):
            await CALLS[call](slack)
    assert (len(service.got), elsewhere.got) == (1, [])


@pytest.mark.parametrize("status", STATUSES)
async def test_an_answer_address_sends_nobody_on(service: Stranger, elsewhere: Stranger, status: int) -> None:
    service.answer = redirect(status, elsewhere.url)
    async with Slack(SECRET, base_url=f"{service.url}/api/") as slack:
        with pytest.raises(PermanentError, match="which is not followed"):
            await slack.respond(f"{service.url}/response/1", HELLO)
    assert (service.leaked, elsewhere.got) == ([], [])


FOREIGN = [
    "https://example.org/x",
    "https://slack.com.example.org/x",
    "https://notslack.com/x",
    "https://hooks.slack.com@example.org/x",
    "http://hooks.slack.com/x",
    "http://127.0.0.1:1/x",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "http://[::1",
    "//hooks.slack.com/x",
    "x",
    "",
]


@pytest.mark.parametrize("address", FOREIGN)
async def test_an_answer_address_that_is_not_slacks_gets_nothing(address: str) -> None:
    async with Slack(SECRET, base_url="https://slack.com/api/") as slack:
        with pytest.raises(PermanentError, match="nothing is sent there"):
            await slack.respond(address, HELLO)
        assert slack.transport.web.session is None


async def test_an_upload_address_that_is_not_slacks_gets_nothing(service: Stranger) -> None:
    service.answer = saying({"ok": True, "upload_url": "http://elsewhere.invalid/x", "file_id": "F1"})
    async with Slack(SECRET, base_url=f"{service.url}/api/") as slack:
        with pytest.raises(PermanentError, match=r"upload address is on elsewhere\.invalid, which is neither"):
            await slack.upload(b"x", filename="x.png")
    assert len(service.got) == 1


async def test_a_socket_that_is_not_slacks_is_not_opened(service: Stranger) -> None:
    service.answer = saying({"ok": True, "url": "wss://elsewhere.invalid/link"})
    with pytest.raises(PermanentError, match=r"socket address is on elsewhere\.invalid"):
        await try_socket(SECRET, base_url=f"{service.url}/api/")
    async with Slack(SECRET, base_url=f"{service.url}/api/") as slack:
        slack.transport.web.session = None
        with pytest.raises(PermanentError, match=r"socket address is on elsewhere\.invalid"):
            await slack.transport.web.apps_connections_open(app_token=SECRET)
