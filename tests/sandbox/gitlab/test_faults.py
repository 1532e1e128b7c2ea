"""What the GitLab source makes of a GitLab and a network that fail: nothing of a failed poll counts."""

from __future__ import annotations

import aiohttp
import pytest

from chatbot.ci import Conclusion
from chatbot.errors import PermanentError, TransientError
from chatbot.sandbox.gitlab import GitlabSandbox
from chatbot.sandbox.serving import Fault
from chatbot.sources.gitlab import GitlabSource

WINDOW = 200
PASSING = [
    (Fault.RATE_LIMITED, "rate limit is reached"),
    (Fault.SERVER_ERROR, "out of order .502 Bad Gateway"),
    (Fault.TRUNCATED, "cannot be read"),
    (Fault.REFUSED, "cannot be reached"),
    (Fault.BROKEN_OFF, "cannot be reached"),
]
STAYING = [
    (Fault.HTML, "with a web page: check that `url` is the server's address and that GITLAB_TOKEN is set"),
    (Fault.LOGIN, "sends us on to /users/sign_in: check that `url` is the server's address and that GITLAB_TOKEN"),
    (Fault.MOVED, "has moved to /api/v4/projects/81: put the project's new path, or its number, into `project`"),
    (Fault.FORBIDDEN, "give the token the scope read_api and its user the role Reporter"),
]
EVERYWHERE = ["/repository/commits[?]", "/pipelines[?]", "/jobs[?]", "/bridges[?]"]


@pytest.fixture
async def gitlab(gitlab: GitlabSandbox) -> GitlabSandbox:
    gitlab.job(gitlab.pipeline(gitlab.commit("one")), "rspec")
    gitlab.job(gitlab.pipeline(gitlab.commit("two"), "running"), "rspec", "failed")
    return gitlab


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(("fault", "text"), PASSING)
async def test_a_fault_that_passes_fails_the_poll_and_the_next_one_loses_nothing(
    gitlab: GitlabSandbox, source: GitlabSource, path: str, fault: Fault, text: str
) -> None:
    gitlab.fail(path, fault, times=None)
    with pytest.raises(TransientError, match=text) as caught:
        await source.poll(None, window=WINDOW)
    gitlab.faults.clear()
    first = await source.poll(None, window=WINDOW)
    late = gitlab.commit("three")
    gitlab.job(gitlab.pipeline(late), "rspec")
    gitlab.fail(path, fault, times=None)
    with pytest.raises(TransientError, match=text):
        await source.poll(first.cursor, window=WINDOW)
    gitlab.faults.clear()
    second = await source.poll(first.cursor, window=WINDOW)

    assert caught.value.retry_after == (90.0 if fault is Fault.RATE_LIMITED else None)
    assert [a.conclusion for a in first.attempts] == [Conclusion.SUCCESS, Conclusion.FAILURE]
    assert [c.sha for c in second.commits] == [late]
    assert late in {a.sha for a in second.attempts}


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(("fault", "text"), STAYING)
async def test_a_refusal_that_stays_says_what_to_do(
    gitlab: GitlabSandbox, source: GitlabSource, path: str, fault: Fault, text: str
) -> None:
    gitlab.fail(path, fault)

    with pytest.raises(PermanentError, match=text):
        await source.poll(None, window=WINDOW)


@pytest.mark.parametrize(
    ("project", "branch", "token"),
    [("acme/other", "main", "glpat-sandbox"), ("acme/app", "master", "glpat-sandbox")],
)
async def test_what_does_not_exist_or_may_not_be_seen_says_what_to_do(
    gitlab: GitlabSandbox, http: aiohttp.ClientSession, project: str, branch: str, token: str
) -> None:
    source = GitlabSource(project, branch, http=http, url=gitlab.url, token=token)

    with pytest.raises(PermanentError, match="check `url`, `project` and `branch`"):
        await source.poll(None, window=WINDOW)


@pytest.mark.parametrize("token", ["glpat-canary", None])
async def test_a_wrong_token_says_so_and_is_not_repeated(
    gitlab: GitlabSandbox, http: aiohttp.ClientSession, token: str | None
) -> None:
    source = GitlabSource("acme/app", http=http, url=gitlab.url, token=token)

    with pytest.raises(PermanentError, match="set GITLAB_TOKEN anew; it needs the scope read_api") as caught:
        await source.poll(None, window=WINDOW)

    assert "canary" not in str(caught.value)


async def test_a_branch_without_commits_fails_the_poll(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    gitlab.fail("/repository/commits", Fault.EMPTY, times=None)

    with pytest.raises(TransientError, match="no commits of branch 'main': if it was renamed or deleted"):
        await source.poll(None, window=WINDOW)
    with pytest.raises(PermanentError, match="no commits of branch 'main'"):
        await source.check()


async def test_an_empty_list_of_pipelines_takes_nothing_back(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    first = await source.poll(None, window=WINDOW)
    gitlab.fail("/pipelines[?]", Fault.EMPTY)

    second = await source.poll(first.cursor, window=WINDOW)

    assert (second.rewritten, second.complete) == (False, True)
    assert second.cursor["pipelines"] == first.cursor["pipelines"]


async def test_links_to_another_host_are_not_followed(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    for n in range(150):
        gitlab.commit(str(n))
    gitlab.fail("/repository/commits", Fault.OTHER_HOST)

    with pytest.raises(PermanentError, match=r"points to http://elsewhere\.invalid.* set `url`") as caught:
        await source.poll(None, window=WINDOW)

    assert caught.value.code == "other_host"


async def test_a_server_that_lives_elsewhere_now_is_named(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    gitlab.url = "https://gitlab.example.com"
    gitlab.fail("/repository/commits", Fault.MOVED)

    with pytest.raises(PermanentError, match=r"sends us on to https://gitlab\.example\.com: .* put it into `url`"):
        await source.poll(None, window=WINDOW)


async def test_a_list_that_grows_between_two_pages_shows_nothing_twice(
    gitlab: GitlabSandbox, source: GitlabSource
) -> None:
    pipeline = gitlab.pipeline(gitlab.commit("three"))
    for n in range(150):
        gitlab.job(pipeline, f"rspec {n}")
    gitlab.fail(f"/pipelines/{pipeline}/jobs*&page=2", Fault.REPEATED)

    poll = await source.poll(None, window=WINDOW)

    assert len([a for a in poll.attempts if a.run_id == pipeline]) == 150
    assert {a.attempt for a in poll.attempts} == {1}


async def test_unknown_fields_and_missing_texts_change_no_result(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    plain = await source.poll(None, window=WINDOW)
    gitlab.fail("", Fault.STRANGE, times=None)

    strange = await source.poll(None, window=WINDOW)

    assert [(a.sha, a.job, a.conclusion) for a in strange.attempts] == [
        (a.sha, a.job, a.conclusion) for a in plain.attempts
    ]
    assert [c.author.name for c in strange.commits] == [None, None]


async def test_the_limit_used_up_says_when_it_is_full_again(gitlab: GitlabSandbox, source: GitlabSource) -> None:
    gitlab.remaining, gitlab.resets_in = 0, 42

    with pytest.raises(TransientError) as caught:
        await source.poll(None, window=WINDOW)

    assert caught.value.retry_after is not None
    assert 40 <= caught.value.retry_after <= 44
