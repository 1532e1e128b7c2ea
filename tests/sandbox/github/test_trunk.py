"""The branch as the GitHub source follows it: new commits, merges, force-pushes, and cursors that do not fit."""

from __future__ import annotations

import aiohttp
import pytest

from chatbot.ci import Status
from chatbot.recording import RecordedCommit
from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.sources import Cursor
from chatbot.sources.github import GitHubSource
from tests.sandbox.github.reading import WINDOW, opened, show


async def test_a_new_commit_follows_the_known_head(github: GitHubSandbox, source: GitHubSource, draft: Draft) -> None:
    first = await source.poll(None, window=WINDOW)
    sha = draft.commit("one more")
    job = draft.job(sha, "build", Status.QUEUED)
    show(github, draft)

    poll = await source.poll(first.cursor, window=WINDOW)

    assert [commit.sha for commit in poll.commits] == [sha]
    assert [(attempt.job_id, attempt.status) for attempt in poll.attempts] == [(job, Status.QUEUED)]
    assert not poll.rewritten


async def test_first_parents_are_followed_through_merges(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    first = await source.poll(None, window=WINDOW)
    merge = draft.commit("Merge pull request #77 from ada/branch")
    after = draft.commit("after")
    show(github, draft)

    poll = await source.poll(first.cursor, window=WINDOW)
    anew = await source.poll(None, window=WINDOW)

    assert [(commit.sha, commit.pr) for commit in poll.commits] == [(merge, 77), (after, None)]
    assert not poll.rewritten
    assert len(anew.commits) == 6


async def test_more_than_a_page_of_commits_is_read_up_to_the_window(draft: Draft, http: aiohttp.ClientSession) -> None:
    shas = [draft.commit(f"commit {index}") for index in range(250)]
    async with GitHubSandbox(draft.taken()) as github:
        github.advance()
        poll = await opened(github, http).poll(None, window=220)

    assert [commit.sha for commit in poll.commits] == shas[30:]


async def test_a_window_that_overflowed_while_nobody_looked_is_read_anew(
    github: GitHubSandbox, source: GitHubSource, draft: Draft
) -> None:
    first = await source.poll(None, window=5)
    shas = [draft.commit(f"late {index}") for index in range(9)]
    show(github, draft)

    poll = await source.poll(first.cursor, window=5)

    assert poll.rewritten
    assert [commit.sha for commit in poll.commits] == shas[-5:]


async def test_a_force_push_has_the_window_read_anew(github: GitHubSandbox, source: GitHubSource, draft: Draft) -> None:
    first = await source.poll(None, window=WINDOW)
    draft.commit("instead")
    [instead] = draft.taken()
    assert isinstance(instead, RecordedCommit)
    github.force_push(drop=2, commits=[instead])

    poll = await source.poll(first.cursor, window=WINDOW)
    idle = await source.poll(poll.cursor, window=WINDOW)

    assert poll.rewritten
    assert [commit.sha for commit in poll.commits] == [first.commits[0].sha, first.commits[1].sha, instead.sha]
    assert len(poll.attempts) == 6
    assert (idle.rewritten, idle.charged) == (False, 0)


async def test_a_branch_reset_to_an_older_commit_is_a_rewrite_too(github: GitHubSandbox, source: GitHubSource) -> None:
    first = await source.poll(None, window=WINDOW)
    github.force_push(drop=1)

    poll = await source.poll(first.cursor, window=WINDOW)

    assert poll.rewritten
    assert poll.commits == first.commits[:3]


@pytest.mark.parametrize("change", [{"branch": "release"}, {"version": 0}, {"commits": "gone"}, {"window": 3}])
async def test_a_cursor_that_does_not_fit_has_the_window_read_anew(
    github: GitHubSandbox, source: GitHubSource, change: dict[str, object]
) -> None:
    first = await source.poll(None, window=WINDOW)
    cursor: Cursor = {**first.cursor, **change}

    poll = await source.poll(cursor, window=WINDOW)

    assert poll.rewritten
    assert len(poll.commits) == 4
