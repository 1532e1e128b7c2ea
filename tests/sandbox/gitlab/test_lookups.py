"""Logs, files and the check of a GitLab project."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from chatbot.ci import Attempt, ChangedFile
from chatbot.errors import PermanentError, TransientError
from chatbot.sandbox.gitlab import GitlabSandbox
from chatbot.sandbox.serving import Fault
from chatbot.sources.gitlab import GitlabSource

TRACE = b"section_start:1766000000:step\r\x1b[0K$ rspec\n\x1b[31;1mERROR: Job failed: exit code 1\x1b[0;m\n" * 50


class Storage(GitlabSandbox):
    """Where traces are kept."""

    def show(self, request: web.Request) -> bytes:
        assert request.method == "GET"
        return TRACE


async def read(source: GitlabSource, attempt: Attempt, limit: int = 1_000_000) -> bytes:
    return b"".join([chunk async for chunk in source.log(attempt, limit=limit)])


@pytest.fixture
async def failed(gitlab: GitlabSandbox, source: GitlabSource) -> Attempt:
    job = gitlab.job(gitlab.pipeline(gitlab.commit(), "failed"), "rspec", "failed")
    gitlab.logs[job] = TRACE
    [attempt] = (await source.poll(None, window=10)).attempts
    return attempt


async def test_a_trace_is_read(source: GitlabSource, failed: Attempt) -> None:
    assert await read(source, failed) == TRACE
    assert await read(source, failed, 100) == TRACE[-100:]


async def test_a_trace_in_storage_is_read_there_without_the_token(
    gitlab: GitlabSandbox, source: GitlabSource, failed: Attempt
) -> None:
    async with Storage() as storage:
        storage.token = ""
        gitlab.storage = URL(storage.url)

        assert await read(source, failed) == TRACE
        assert [one.token for one in storage.asked] == [None]


async def test_a_trace_that_leads_back_to_the_server_is_a_login_page(
    gitlab: GitlabSandbox, source: GitlabSource, failed: Attempt
) -> None:
    gitlab.fail("/trace", Fault.LOGIN)

    with pytest.raises(PermanentError, match="sends us on to /users/sign_in"):
        await read(source, failed)


async def test_a_trace_that_is_gone_or_not_ours_says_so(
    gitlab: GitlabSandbox, source: GitlabSource, failed: Attempt
) -> None:
    gitlab.logs.clear()
    with pytest.raises(PermanentError, match=r"has no log at .*: it was deleted"):
        await read(source, failed)
    gitlab.fail("/trace", Fault.SERVER_ERROR)
    with pytest.raises(TransientError, match="out of order"):
        await read(source, failed)


async def test_files_come_with_their_lines(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    sha = gitlab.commit()
    many = [{"new_path": f"{n}.bin", "diff": "", "collapsed": True} for n in range(150)]
    gitlab.diffs[sha] += many

    files = await source.files(sha)

    assert files[0] == ChangedFile("doc/update/5.4-to-6.0.md", 2, 1)
    assert files[1] == ChangedFile("0.bin", None, None)
    assert len(files) == 151


async def test_the_check_says_what_is_reached(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    gitlab.commit()
    bare = await source.check()
    number = gitlab.pipeline(gitlab.commit())

    assert bare.startswith(
        "acme/app@main (private): commits and pipelines readable, no pipelines of this branch yet, 1,99"
    )
    assert f"the newest pipeline is {number}" in await source.check()


async def test_the_check_says_what_is_wrong(gitlab: GitlabSandbox, http: aiohttp.ClientSession) -> None:
    gitlab.commit()
    source = GitlabSource("acme/app", "master", http=http, url=gitlab.url, token=gitlab.token)

    with pytest.raises(PermanentError, match="check `url`, `project` and `branch`"):
        await source.check()
