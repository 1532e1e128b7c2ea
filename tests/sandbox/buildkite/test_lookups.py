"""Logs, files and the check of a Buildkite pipeline."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp
import msgspec
import pytest

from chatbot.ci import Attempt, ChangedFile
from chatbot.errors import PermanentError, TransientError
from chatbot.sandbox.buildkite import BuildkiteSandbox
from chatbot.sandbox.serving import Fault
from chatbot.sources.buildkite import BuildkiteSource
from tests.trunks import sha


async def read(source: BuildkiteSource, attempt: Attempt, limit: int = 1_000_000) -> bytes:
    return b"".join([chunk async for chunk in source.log(attempt, limit=limit)])


@pytest.fixture
async def failed(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> Attempt:
    job = buildkite.job(buildkite.build(sha(0), "failed"), "RSpec", "failed")
    buildkite.logs[job] = b"\x1b_bk;t=1766000000000\x07+ rspec\r\nFAILED spec/a_spec.rb\n" * 50
    [attempt] = (await source.poll(None, window=10)).attempts
    return attempt


async def test_a_log_is_read_by_the_address_of_its_page(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, failed: Attempt
) -> None:
    buildkite.paths()

    assert await read(source, failed) == buildkite.logs[buildkite.builds[1]["jobs"][0]["id"]]
    assert len(buildkite.paths()) == 1


async def test_of_a_long_log_only_the_end_is_asked_for(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, failed: Attempt
) -> None:
    [log] = buildkite.logs.values()

    assert await read(source, failed, 100) == log[-100:]
    buildkite.ranges = False
    assert await read(source, failed, 100) == log[-100:]


async def test_an_empty_log_is_empty(buildkite: BuildkiteSandbox, source: BuildkiteSource, failed: Attempt) -> None:
    buildkite.logs = dict.fromkeys(buildkite.logs, b"")

    assert await read(source, failed) == b""


async def test_a_log_is_found_by_the_jobs_number_alone(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, failed: Attempt
) -> None:
    bare = Attempt(failed.sha, failed.workflow, failed.job, failed.run_id, failed.job_id)

    assert (await read(source, bare)).startswith(b"\x1b_bk;t=")


async def test_a_log_that_is_gone_or_not_ours_says_so(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, failed: Attempt
) -> None:
    with pytest.raises(PermanentError, match="does not have that job any more"):
        await read(source, msgspec.structs.replace(failed, job_id=1, url=None))
    buildkite.logs.clear()
    with pytest.raises(PermanentError, match=r"has no log at .*: it was deleted"):
        await read(source, failed)
    buildkite.fail("/log", Fault.FORBIDDEN)
    with pytest.raises(PermanentError, match="read_build_logs"):
        await read(source, failed)
    buildkite.fail("/log", Fault.REFUSED, times=None)
    with pytest.raises(TransientError, match="cannot be reached"):
        await read(source, failed)


async def test_files_are_asked_of_whoever_knows_them(
    buildkite: BuildkiteSandbox, source: BuildkiteSource, http: aiohttp.ClientSession
) -> None:
    async def files(commit: str) -> Sequence[ChangedFile]:
        return (ChangedFile(f"{commit[-1]}.py"),)

    told = BuildkiteSource("acme", "app", http=http, token="x", api_url=buildkite.api_url, files=files)

    assert await source.files(sha(7)) == ()
    assert await told.files(sha(7)) == (ChangedFile("7.py"),)


async def test_the_check_says_what_is_reached(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    buildkite.build(sha(0))

    said = await source.check()

    assert said.startswith("acme/app@main: builds readable, the newest is 1 of ")
    assert said.endswith("of 200 requests left this minute")


async def test_the_check_names_scopes_that_are_missing(buildkite: BuildkiteSandbox, source: BuildkiteSource) -> None:
    buildkite.build(sha(0))
    buildkite.scopes = ("read_builds",)

    with pytest.raises(PermanentError, match="lacks the scopes read_build_logs"):
        await source.check()


async def test_the_check_names_the_default_branch_where_ours_has_no_builds(
    buildkite: BuildkiteSandbox, http: aiohttp.ClientSession
) -> None:
    source = BuildkiteSource("acme", "app", "master", http=http, token=buildkite.token, api_url=buildkite.api_url)

    with pytest.raises(PermanentError, match="the pipeline's default branch is 'main'"):
        await source.check()
