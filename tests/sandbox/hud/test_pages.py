"""Which pages of HUD are read when, and that nothing is lost or doubled between them."""

from __future__ import annotations

import aiohttp
import msgspec
import pytest

from chatbot.ci import Attempt, Conclusion, Failure, Job
from chatbot.errors import PermanentError, TransientError
from chatbot.sandbox.github import Draft, GitHubSandbox
from chatbot.sandbox.hud import HudSandbox
from chatbot.sources.github import GitHubSource, Token
from chatbot.sources.hud import HudSource
from tests.sandbox.hud.conftest import LINE, MINUTE, Following, Grid
from tests.trunks import commit, sha

JOB = Job("pull", "linux-jammy / test (default, linux.2xlarge)")


def pages(hud: HudSandbox) -> list[int]:
    """The pages asked for since this was asked last."""
    return [int(path.partition("?")[0].rpartition("/")[2]) for path in hud.paths()]


async def test_a_first_poll_reads_until_the_window_is_filled(hud: Grid, source: HudSource) -> None:
    hud.land(130)
    following = Following(source, window=100)
    poll = await following.poll()
    assert pages(hud) == [1, 2]
    assert following.numbers == list(range(34, 134))
    assert (poll.requests, poll.charged, poll.rewritten, poll.complete) == (2, 2, False, True)


async def test_a_short_branch_is_read_to_its_end(hud: Grid, following: Following) -> None:
    hud.land(60)
    await following.poll()
    assert pages(hud) == [1, 2, 3]
    assert following.numbers == list(range(64))


async def test_an_idle_poll_is_one_request_that_costs_nothing(hud: Grid, following: Following) -> None:
    await following.poll()
    pages(hud)
    cursor = msgspec.json.decode(msgspec.json.encode(following.cursor))
    poll = await following.source.poll(cursor, window=200)
    assert pages(hud) == [1]
    assert (poll.requests, poll.charged, poll.commits, poll.pages) == (1, 0, (), ())


async def test_new_commits_are_on_the_first_page(hud: Grid, following: Following) -> None:
    await following.poll()
    hud.land(3, "failure")
    pages(hud)
    poll = await following.poll()
    assert pages(hud) == [1]
    assert [one.sha for one in poll.commits] == [sha(4), sha(5), sha(6)]
    assert following.outcome(5) == ["RED"]


async def test_many_new_commits_are_read_down_to_the_known_head(hud: Grid, following: Following) -> None:
    hud.land(100)
    await following.poll()
    hud.land(70)
    pages(hud)
    await following.poll()
    assert pages(hud) == [1, 2]
    assert following.numbers == list(range(174))


async def test_a_page_with_unfinished_jobs_is_read_until_they_end(hud: Grid, following: Following) -> None:
    hud.land(70)
    hud.finish(20, "pending", shard=2)
    await following.poll()
    pages(hud)
    await following.poll()
    assert pages(hud) == [1, 2]
    hud.finish(20, "failure", shard=2)
    hud.land(1)
    await following.poll()
    assert following.outcome(20) == ["RED"]
    pages(hud)
    await following.poll()
    assert pages(hud) == [1]


async def test_what_has_not_ended_after_a_day_is_not_waited_for(hud: Grid, following: Following) -> None:
    hud.finish(0, "pending", shard=2)
    hud.land(200)
    await following.poll()
    pages(hud)
    await following.poll()
    assert pages(hud) == [1]


async def test_a_late_re_run_on_an_old_page_is_noticed_in_time(hud: Grid, following: Following) -> None:
    hud.land(180)
    hud.finish(10, "failure")
    await following.poll()
    assert following.outcome(10) == ["RED"]
    hud.finish(10, "success")
    for _ in range(20):
        await following.poll()
    assert following.outcome(10) == ["GREEN"]
    assert following.trunk.jobs[JOB].flakes[10] == 1


async def test_commits_that_land_between_two_pages_are_neither_lost_nor_doubled(
    hud: Grid, following: Following
) -> None:
    hud.land(100)
    hud.lands_meanwhile = [commit(number) for number in (104, 105)]
    await following.poll()
    assert following.numbers == list(range(104))
    await following.poll()
    assert following.numbers == list(range(106))


async def test_a_head_that_is_gone_is_believed_after_two_minutes(hud: Grid, following: Following) -> None:
    await following.poll()
    hud.commits = [*hud.commits[:-1], commit(40), commit(41)]
    with pytest.raises(
        TransientError, match=f"HUD does not show commit {sha(3)[:12]} of pytorch/pytorch@main any more"
    ):
        await following.poll()
    hud.time += MINUTE
    with pytest.raises(TransientError, match="if it stays so until 09:42:00 UTC, trunk was rewritten"):
        await following.poll()
    hud.time += MINUTE
    poll = await following.poll()
    assert poll.rewritten
    assert following.numbers == [0, 1, 2, 40, 41]
    assert not (await following.poll()).rewritten


async def test_a_page_that_lags_behind_changes_nothing(hud: Grid, following: Following) -> None:
    await following.poll()
    newest = hud.commits.pop()
    with pytest.raises(TransientError, match="any more, the newest one known"):
        await following.poll()
    hud.commits.append(newest)
    hud.land(1)
    hud.time += 5 * MINUTE
    await following.poll()
    assert following.numbers == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("spoiled", [{"place": "http://elsewhere/"}, {"version": 0}, {"head": None}, {"window": 100}])
async def test_a_cursor_that_does_not_fit_has_the_window_read_anew(
    following: Following, spoiled: dict[str, object]
) -> None:
    await following.poll()
    following.cursor = {**(following.cursor or {}), **spoiled}
    assert (await following.poll()).rewritten
    assert following.numbers == [0, 1, 2, 3]


async def test_a_branch_may_be_called_anything(hud: Grid, http: aiohttp.ClientSession) -> None:
    hud.branch = "release/2.9 für ?#%"
    source = HudSource("pytorch/pytorch", hud.branch, http=http, url=hud.url)
    assert len((await source.poll(None, window=200)).commits) == 4


async def test_failures_bring_their_lines(hud: Grid, following: Following) -> None:
    hud.land(1, "failure")
    await following.poll()
    (cell,) = following.trunk.cells(JOB, sha(4))
    assert cell.failure == Failure(LINE)
    assert cell.url == f"https://github.com/pytorch/pytorch/actions/runs/1/job/{sha(4)[:8]}"


FAILED = Attempt(sha(1), "ci", "build", 1, 700_001, conclusion=Conclusion.FAILURE)


async def test_files_and_logs_are_github_s_where_it_may_be_asked(hud: Grid, http: aiohttp.ClientSession) -> None:
    draft = Draft()
    told = draft.commit("one", files=["torch/x.py"])
    draft.job(told, state="failure", line="E boom")
    async with GitHubSandbox(draft.taken(), repos={"demo": "pytorch/pytorch"}) as github:
        github.advance()
        asked = GitHubSource("pytorch/pytorch", http=http, api_url=github.url, auth=Token(github.token))
        source = HudSource("pytorch/pytorch", http=http, url=hud.url, github=asked)
        assert [file.path for file in await source.files(told)] == ["torch/x.py"]
        assert b"E boom" in b"".join([chunk async for chunk in source.log(FAILED)])
        assert "files of commits: pytorch/pytorch@main (public)" in await source.check()
        github.faults.add("*", "forbidden", None)
        assert "files of commits cannot be read: GitHub refuses" in await source.check()
        await source.close()


async def test_without_github_nobody_is_asked(source: HudSource) -> None:
    with pytest.raises(PermanentError, match="set GITHUB_TOKEN, and GitHub is asked") as refused:
        await source.files(sha(1))
    assert refused.value.code == "no_files"
    with pytest.raises(PermanentError, match="HUD shows no line for this failure"):
        await anext(aiter(source.log(FAILED)))


async def test_check_says_what_is_there(hud: Grid, source: HudSource) -> None:
    said = await source.check()
    assert said.startswith("pytorch/pytorch@main at 127.0.0.1: 4 commits and 1 names of jobs on the first page, ")
    assert said.endswith("the newest commit of 2026-01-05 09:30 UTC; files of commits are not told (set GITHUB_TOKEN)")
    await source.close()


@pytest.mark.parametrize("header", ["x-hud-internal-bot", "Authorization"])
async def test_a_token_comes_in_the_header_that_is_wanted(http: aiohttp.ClientSession, header: str) -> None:
    async with HudSandbox(token="good", header=header) as hud:
        hud.commit(commit(1))
        source = HudSource("pytorch/pytorch", http=http, url=hud.url, token="good", header=header)
        assert len((await source.poll(None, window=5)).commits) == 1
        wrong = HudSource("pytorch/pytorch", http=http, url=hud.url, token="canary", header=header)
        with pytest.raises(PermanentError, match=r"401 Unauthorized.*set HUD_TOKEN") as refused:
            await wrong.check()
        assert "canary" not in str(refused.value)
