"""Single questions to GitHub: files, logs, annotations, pull requests, rights."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chatbot.ci import Attempt, ChangedFile, Conclusion, Status
from chatbot.errors import PermanentError, TransientError
from chatbot.sandbox.github import Draft, Fault, GitHubSandbox
from chatbot.sources.github import GitHubSource

LOG = b"".join(b"line %07d\n" % index for index in range(20_000))


@pytest.fixture
async def github(draft: Draft) -> AsyncIterator[GitHubSandbox]:
    sha = draft.commit("[x] change (#12)", pr=12, files=[f"src/file_{index}.py" for index in range(750)])
    job = draft.job(sha, "build", Conclusion.FAILURE, line="E: it broke")
    draft.job(sha, "test", Conclusion.FAILURE, line="FAILED t.py::test_a - AssertionError")
    draft.job(sha, "slow", Status.IN_PROGRESS)
    draft.commit("second")
    async with GitHubSandbox(draft.taken(), logs={job: LOG}) as sandbox:
        sandbox.advance()
        yield sandbox


async def attempts(source: GitHubSource) -> dict[str, Attempt]:
    return {attempt.job: attempt for attempt in (await source.poll(None, window=10)).attempts}


async def text(source: GitHubSource, attempt: Attempt, **more: int) -> bytes:
    return b"".join([chunk async for chunk in source.log(attempt, **more)])


async def test_the_files_of_a_commit_are_read_over_all_pages(github: GitHubSandbox, source: GitHubSource) -> None:
    files = await source.files(github.repository().line[0])

    assert [file.path for file in files] == [f"src/file_{index}.py" for index in range(750)]
    assert files[0] == ChangedFile("src/file_0.py", 3, 1)


async def test_a_commit_that_does_not_exist_has_no_files_to_show(source: GitHubSource) -> None:
    with pytest.raises(PermanentError, match="No commit found"):
        await source.files("f" * 40)


async def test_a_log_is_read_from_the_storage_host_without_the_token(
    github: GitHubSandbox, source: GitHubSource
) -> None:
    assert await text(source, (await attempts(source))["build"]) == LOG
    assert [fetched.authorized for fetched in github.storage.fetched] == [False]


@pytest.mark.parametrize("ranges", [True, False])
async def test_of_a_long_log_the_end_is_read(github: GitHubSandbox, source: GitHubSource, *, ranges: bool) -> None:
    github.storage.ranges = ranges

    assert await text(source, (await attempts(source))["build"], limit=1300) == LOG[-1300:]
    assert github.storage.fetched[-1].range == f"bytes={len(LOG) - 1300}-"


async def test_a_log_made_from_the_recording_holds_its_explaining_line(source: GitHubSource) -> None:
    log = await text(source, (await attempts(source))["test"])

    assert b"Z FAILED t.py::test_a - AssertionError\n" in log
    assert log.endswith(b"##[error]Process completed with exit code 1.\n")


async def test_a_job_that_has_not_ended_has_no_log(source: GitHubSource) -> None:
    with pytest.raises(PermanentError, match="the job has not ended"):
        await text(source, (await attempts(source))["slow"])


async def test_a_log_that_cannot_be_had_for_lack_of_rights_says_so(github: GitHubSandbox, source: GitHubSource) -> None:
    build = (await attempts(source))["build"]
    github.faults.add("/logs", Fault.FORBIDDEN)

    with pytest.raises(PermanentError, match="give the token read access"):
        await text(source, build)


async def test_a_log_whose_storage_host_is_gone_may_come_back(github: GitHubSandbox, source: GitHubSource) -> None:
    build = (await attempts(source))["build"]
    github.point_logs_to("http://127.0.0.1:9")

    with pytest.raises(TransientError, match=r"The log at 127.0.0.1 cannot be read"):
        await text(source, build)


async def test_annotations_of_a_failed_job_are_read(source: GitHubSource) -> None:
    remarks = await source.annotations((await attempts(source))["build"])

    assert [(remark.level, remark.message) for remark in remarks] == [
        ("failure", "E: it broke"),
        ("failure", "Process completed with exit code 1."),
    ]


async def test_the_pull_requests_of_a_commit_are_read(github: GitHubSandbox, source: GitHubSource) -> None:
    first, second = github.repository().line

    [pull] = await source.pulls(first)
    assert (pull.number, pull.title, pull.author) == (12, "[x] change (#12)", "ada")
    assert pull.node_id == "PR_12"
    assert list(await source.pulls(second)) == []


async def test_check_says_in_one_line_what_is_reached_and_what_is_left(source: GitHubSource) -> None:
    line = await source.check()

    assert line.startswith("demo/demo@main (public), with a token: commits and runs readable, 4,99")
    assert "\n" not in line


async def test_check_refuses_what_a_poll_could_not_read(github: GitHubSandbox, source: GitHubSource) -> None:
    github.faults.add("actions/runs", Fault.FORBIDDEN)

    with pytest.raises(PermanentError, match="`actions`"):
        await source.check()
