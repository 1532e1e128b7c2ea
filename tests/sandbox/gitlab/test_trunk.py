"""The branch as GitLab lists it: its order, what follows, and what happens when it is rewritten."""

from __future__ import annotations

import aiohttp
import pytest

from chatbot.errors import ConfigError, TransientError
from chatbot.sandbox.gitlab import GitlabSandbox
from chatbot.sources import Poll
from chatbot.sources.gitlab import GitlabSource


def shas(poll: Poll) -> list[str]:
    return [commit.sha for commit in poll.commits]


async def test_new_commits_follow_the_known_head(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    old = [gitlab.commit(str(n)) for n in range(3)]
    first = await source.poll(None, window=50)
    new = [gitlab.commit(str(n)) for n in range(3, 6)]

    second = await source.poll(first.cursor, window=50)

    assert (shas(first), shas(second), second.rewritten) == (old, new, False)


@pytest.mark.parametrize("linked", [True, False])
async def test_a_window_larger_than_a_page_is_read_whole(
    gitlab: GitlabSandbox, source: GitlabSource, *, linked: bool
) -> None:
    gitlab.linked = linked
    line = [gitlab.commit(str(n)) for n in range(250)]

    assert shas(await source.poll(None, window=230)) == line[-230:]


async def test_of_a_merge_only_the_first_parent_is_followed(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    base = gitlab.commit("base")
    merge = gitlab.commit("Merge branch 'x' into 'main'", merged="e" * 40)

    assert shas(await source.poll(None, window=50)) == [base, merge]


async def test_a_force_push_has_the_window_read_anew(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    kept = gitlab.commit("kept")
    gitlab.job(gitlab.pipeline(kept), "rspec")
    gitlab.commit("dropped")
    first = await source.poll(None, window=50)
    gitlab.line.pop()
    other = gitlab.commit("other")

    second = await source.poll(first.cursor, window=50)
    third = await source.poll(second.cursor, window=50)

    assert (second.rewritten, shas(second)) == (True, [kept, other])
    assert [a.sha for a in second.attempts] == [kept]
    assert (third.rewritten, shas(third)) == (False, [])


async def test_a_list_that_lags_behind_is_no_force_push(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    for n in range(3):
        gitlab.commit(str(n))
    first = await source.poll(None, window=50)
    gitlab.lag = 1

    with pytest.raises(TransientError, match="does not begin with the branch's head"):
        await source.poll(first.cursor, window=50)
    gitlab.lag = 0

    assert not (await source.poll(first.cursor, window=50)).rewritten


async def test_a_list_with_holes_fails_the_poll(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    for n in range(3):
        gitlab.commit(str(n))
    missing = gitlab.line.pop(1)

    with pytest.raises(TransientError, match=f"lacks {missing['id']}"):
        await source.poll(None, window=50)


async def test_a_pipeline_of_a_commit_that_is_not_listed_yet_is_found_with_it(
    gitlab: GitlabSandbox, source: GitlabSource
) -> None:
    gitlab.commit("one")
    sha = gitlab.commit("two")
    gitlab.job(gitlab.pipeline(sha, "failed"), "rspec", "failed")
    gitlab.lag = 1
    first = await source.poll(None, window=50)
    gitlab.lag = 0

    second = await source.poll(first.cursor, window=50)

    assert (first.attempts, [a.sha for a in second.attempts]) == ((), [sha])


@pytest.mark.parametrize("project", ["81", "acme/app"])
async def test_a_project_is_its_path_or_its_number(
    gitlab: GitlabSandbox, http: aiohttp.ClientSession, project: str
) -> None:
    sha = gitlab.commit()

    assert shas(
        await GitlabSource(project, http=http, url=f"{gitlab.url}/", token=gitlab.token).poll(None, window=5)
    ) == [sha]


@pytest.mark.parametrize("project", ["", "app", "acme/", "/app", "a b/c", "https://gitlab.com/acme/app"])
async def test_what_is_no_project_is_refused(http: aiohttp.ClientSession, project: str) -> None:
    with pytest.raises(ConfigError, match="is not a project: write its path, as in group/name, or its number"):
        GitlabSource(project, http=http)


@pytest.mark.parametrize("cursor", [{}, {"version": 9}, {"version": 1, "project": "other", "pipelines": []}])
async def test_a_cursor_that_cannot_be_gone_on_from_has_everything_read_anew(
    gitlab: GitlabSandbox, source: GitlabSource, cursor: dict[str, object]
) -> None:
    sha = gitlab.commit()

    poll = await source.poll(cursor, window=50)

    assert (poll.rewritten, shas(poll)) == (True, [sha])
