"""What the HUD source makes of a HUD and a network that fail: nothing of a failed poll counts."""

from __future__ import annotations

import aiohttp
import pytest

from chatbot.errors import PermanentError, TransientError
from chatbot.sandbox.serving import Fault
from chatbot.sources.hud import HudSource
from tests.sandbox.hud.conftest import Following, Grid

WINDOW = 200
PASSING = [
    (Fault.RATE_LIMITED, "HUD's rate limit is reached"),
    (Fault.SERVER_ERROR, "HUD is out of order .502 Bad Gateway"),
    (Fault.TRUNCATED, "the page from HUD cannot be read"),
    (Fault.REFUSED, "HUD at 127.0.0.1 cannot be reached"),
    (Fault.EMPTY, "the page from HUD cannot be read: Expected `object`, got `array`"),
]
STAYING = [
    (Fault.HTML, "with a web page: check `url`, or set HUD_TOKEN if it wants people to sign in"),
    (Fault.LOGIN, "HUD sends us on to /login: check `url`, or set HUD_TOKEN if it wants people to sign in"),
    (Fault.MOVED, "has moved to /api/hud/renamed/renamed/main/1: put what it is called now into `url`, `repo` or"),
    (Fault.FORBIDDEN, "403 .*the token may not read this, or there is none: set HUD_TOKEN anew"),
    (Fault.NOT_FOUND, "404 .*check `url`, `repo` and `branch`"),
]


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize(("fault", "text"), PASSING)
async def test_a_fault_that_passes_fails_the_poll_and_the_next_one_loses_nothing(
    hud: Grid, following: Following, page: int, fault: Fault, text: str
) -> None:
    hud.land(60)
    hud.fail(f"/{page}[?]", fault, times=None)
    with pytest.raises(TransientError, match=text) as caught:
        await following.poll()
    assert caught.value.retry_after == (90.0 if fault is Fault.RATE_LIMITED else None)
    hud.faults.clear()
    await following.poll()
    hud.land(60, "failure")
    hud.fail(f"/{page}[?]", fault, times=None)
    with pytest.raises(TransientError, match=text):
        await following.poll()
    hud.faults.clear()
    await following.poll()
    assert following.numbers == list(range(124))
    assert [following.outcome(number) for number in (3, 63, 64, 123)] == [["GREEN"], ["GREEN"], ["RED"], ["RED"]]


@pytest.mark.parametrize(("fault", "text"), STAYING)
async def test_a_refusal_that_stays_says_what_to_do(hud: Grid, following: Following, fault: Fault, text: str) -> None:
    await following.poll()
    hud.land(1)
    hud.fail("", fault, times=None)
    with pytest.raises(PermanentError, match=text):
        await following.poll()
    with pytest.raises(PermanentError, match=text):
        await following.source.check()


@pytest.mark.parametrize(("repo", "branch"), [("pytorch/vision", "main"), ("pytorch/pytorch", "master")])
async def test_an_empty_grid_is_no_trunk(hud: Grid, http: aiohttp.ClientSession, repo: str, branch: str) -> None:
    source = HudSource(repo, branch, http=http, url=hud.url)
    said = f"HUD shows no commits of {repo}@{branch}: check `repo` and `branch`"
    with pytest.raises(PermanentError, match=said):
        await source.poll(None, window=WINDOW)
    with pytest.raises(PermanentError, match=said):
        await source.check()


async def test_a_branch_that_is_renamed_takes_nothing_back(hud: Grid, following: Following) -> None:
    await following.poll()
    hud.branch = "trunk"
    with pytest.raises(PermanentError, match="HUD shows no commits of pytorch/pytorch@main"):
        await following.poll()
    assert following.outcome(3) == ["GREEN"]


async def test_unknown_fields_and_missing_texts_change_no_result(hud: Grid, following: Following) -> None:
    hud.land(3, "failure")
    hud.fail("", Fault.STRANGE, times=None)
    await following.poll()
    assert following.numbers == list(range(7))
    assert [following.outcome(number) for number in (3, 4)] == [["GREEN"], ["RED"]]
    assert {(commit.title, commit.author.name, commit.pr) for commit in following.trunk.commits} == {("", None, None)}
    (cells,) = (following.trunk.cells(job, following.trunk.commits[-1].sha) for job in following.trunk.jobs)
    assert (cells[0].url, cells[0].failure) == (None, None)


async def test_half_an_answer_does_not_make_the_other_half_old_news(hud: Grid, following: Following) -> None:
    hud.fail("", Fault.TRUNCATED)
    with pytest.raises(TransientError):
        await following.poll()
    hud.paths()
    assert len((await following.poll()).commits) == 4


async def test_names_may_be_written_in_any_script(hud: Grid, following: Following) -> None:
    hud.cell(hud.commits[-1].sha, "тесты / сборка 🔥 <!here> (1, 2)", "failure", failureLines=["fehlgeschlagen: ✗"])
    await following.poll()
    named = {str(job): job for job in following.trunk.jobs}
    (cell,) = following.trunk.cells(named["тесты / сборка 🔥 <!here>"], hud.commits[-1].sha)
    assert cell.failure is not None
    assert cell.failure.line == "fehlgeschlagen: ✗"


async def test_a_hud_that_lives_elsewhere_now_is_named(hud: Grid, source: HudSource) -> None:
    hud.url = "https://hud.example.com"
    hud.fail("", Fault.MOVED)
    with pytest.raises(PermanentError, match=r"sends us on to https://hud\.example\.com: .* put it into `url`"):
        await source.poll(None, window=WINDOW)


async def test_a_hud_that_does_not_answer_in_time_says_so(hud: Grid, http: aiohttp.ClientSession) -> None:
    hud.fail("", Fault.SLOW)
    source = HudSource("pytorch/pytorch", http=http, url=hud.url, timeout=0.05)
    with pytest.raises(TransientError, match=r"HUD did not answer /api/hud/pytorch/pytorch/main/1 within 0\.05 s"):
        await source.poll(None, window=WINDOW)
