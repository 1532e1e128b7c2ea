"""What the Buildkite source makes of a Buildkite and a network that fail: nothing of a failed poll counts."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from chatbot.ci import Conclusion
from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.sandbox.buildkite import BuildkiteSandbox
from chatbot.sandbox.serving import Fault
from chatbot.sources.buildkite import BuildkiteSource
from tests.trunks import sha

WINDOW = 200
PASSING = [
    (Fault.RATE_LIMITED, "rate limit is reached"),
    (Fault.SERVER_ERROR, "out of order .502 Bad Gateway"),
    (Fault.TRUNCATED, "cannot be read"),
    (Fault.REFUSED, "cannot be reached"),
    (Fault.BROKEN_OFF, "cannot be reached"),
]
STAYING = [
    (Fault.HTML, "with a web page: check that `api_url` is the address of the REST API"),
    (Fault.LOGIN, "sends us on to /login: check that `api_url`"),
    (Fault.MOVED, "put the new slugs into `org` and `pipeline`"),
    (Fault.FORBIDDEN, "the token needs the scopes read_builds, read_build_logs"),
]
EVERYWHERE = ["/builds[?]branch", "/builds/2"]


@pytest.fixture
async def buildkite(buildkite: BuildkiteSandbox) -> BuildkiteSandbox:
    buildkite.job(buildkite.build(sha(0)), "RSpec")
    buildkite.job(buildkite.build(sha(1), "running"), "RSpec", "failed")
    return buildkite


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(("fault", "text"), PASSING)
async def test_a_fault_that_passes_fails_the_poll_and_the_next_one_loses_nothing(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, path: str, fault: Fault, text: str
) -> None:
    buildkite.fail(path, fault, times=None)
    with pytest.raises(TransientError, match=text) as caught:
        await source.poll(None, window=WINDOW)
    buildkite.faults.clear()
    first = await source.poll(None, window=WINDOW)
    buildkite.change(2, state="failed")
    buildkite.job(buildkite.build(sha(2)), "RSpec")
    buildkite.fail(path, fault, times=None)
    with pytest.raises(TransientError, match=text):
        await source.poll(first.cursor, window=WINDOW)
    buildkite.faults.clear()
    second = await source.poll(first.cursor, window=WINDOW)

    assert caught.value.retry_after == (90.0 if fault is Fault.RATE_LIMITED else None)
    assert [a.conclusion for a in first.attempts] == [Conclusion.SUCCESS, Conclusion.FAILURE]
    assert [c.sha for c in second.commits] == [sha(2)]
    assert [a.sha for a in second.attempts] == [sha(1), sha(2)]


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(("fault", "text"), STAYING)
async def test_a_refusal_that_stays_says_what_to_do(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, path: str, fault: Fault, text: str
) -> None:
    buildkite.fail(path, fault)

    with pytest.raises(PermanentError, match=text):
        await source.poll(None, window=WINDOW)


async def test_a_pipeline_that_does_not_exist_says_what_to_do(
    buildkite: BuildkiteSandbox, http: aiohttp.ClientSession
) -> None:
    source = BuildkiteSource("acme", "other", http=http, token=buildkite.token, api_url=buildkite.api_url)

    with pytest.raises(PermanentError, match="check `org` and `pipeline`"):
        await source.poll(None, window=WINDOW)


async def test_a_wrong_token_says_so_and_is_not_repeated(
    buildkite: BuildkiteSandbox, http: aiohttp.ClientSession
) -> None:
    source = BuildkiteSource("acme", "app", http=http, token="bkua_canary", api_url=buildkite.api_url)

    with pytest.raises(PermanentError, match="set BUILDKITE_API_TOKEN anew") as caught:
        await source.poll(None, window=WINDOW)

    assert "canary" not in str(caught.value)


async def test_without_a_token_nothing_is_asked(http: aiohttp.ClientSession) -> None:
    with pytest.raises(ConfigError, match="BUILDKITE_API_TOKEN is not set: make a token with the scopes"):
        BuildkiteSource("acme", "app", http=http, token=None)


async def test_a_branch_without_builds_fails_the_poll(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, http: aiohttp.ClientSession
) -> None:
    first = await source.poll(None, window=WINDOW)
    buildkite.fail("/builds[?]branch", Fault.EMPTY)
    other = BuildkiteSource("acme", "app", "master", http=http, token=buildkite.token, api_url=buildkite.api_url)

    with pytest.raises(TransientError, match="no builds of branch 'main' in acme/app: if the branch was renamed"):
        await source.poll(first.cursor, window=WINDOW)
    with pytest.raises(TransientError, match="no builds of branch 'master'"):
        await other.poll(None, window=WINDOW)


async def test_links_to_another_host_are_not_followed(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    for n in range(2, 150):
        buildkite.build(sha(n), "skipped")
    buildkite.fail("/builds[?]branch", Fault.OTHER_HOST)

    with pytest.raises(PermanentError, match=r"points to http://elsewhere\.invalid") as caught:
        await source.poll(None, window=WINDOW)

    assert caught.value.code == "other_host"
    assert {one.token for one in buildkite.asked} == {buildkite.token}


async def test_a_list_that_grows_between_two_pages_shows_nothing_twice(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    for n in range(2, 150):
        buildkite.build(sha(n), "skipped")
    buildkite.fail("*&page=2", Fault.REPEATED)

    poll = await source.poll(None, window=WINDOW)

    assert [c.sha for c in poll.commits] == [sha(n) for n in range(150)]


async def test_unknown_fields_and_missing_texts_change_no_result(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    plain = await source.poll(None, window=WINDOW)
    buildkite.fail("", Fault.STRANGE, times=None)

    strange = await source.poll(None, window=WINDOW)

    assert [(a.sha, a.conclusion) for a in strange.attempts] == [(a.sha, a.conclusion) for a in plain.attempts]
    assert [c.title for c in strange.commits] == ["build 1", "build 2"]


async def test_an_answer_that_takes_too_long_fails_the_poll(
    buildkite: BuildkiteSandbox, http: aiohttp.ClientSession
) -> None:
    token, url = buildkite.token, buildkite.api_url
    impatient = BuildkiteSource("acme", "app", http=http, token=token, api_url=url, timeout=0.2)
    buildkite.fail("/builds/2", Fault.SLOW)

    with pytest.raises(TransientError, match=r"did not answer .*/builds/2 within 0.2 s"):
        await impatient.poll(None, window=WINDOW)


async def test_the_limit_used_up_says_when_it_is_full_again(
    buildkite: BuildkiteSandbox, source: BuildkiteSource
) -> None:
    buildkite.remaining, buildkite.resets_in = 0, 42

    with pytest.raises(TransientError) as caught:
        await source.poll(None, window=WINDOW)

    assert caught.value.retry_after is not None
    assert 41 <= caught.value.retry_after <= 44


async def test_a_cancelled_poll_leaves_nothing_behind(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    buildkite.fail("/builds/", Fault.SLOW, times=None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await source.poll(None, window=WINDOW)
    buildkite.faults.clear()

    assert len((await source.poll(None, window=WINDOW)).attempts) == 2
