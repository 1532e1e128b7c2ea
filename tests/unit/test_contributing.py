"""`CONTRIBUTING.md`, followed to the letter: the source that it shows is installed, checked and read.

Its command is tried in `tests/e2e/test_contributing.py`.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent

import aiohttp
import pytest
from aiohttp import web

from chatbot import conditions
from chatbot.ci import Attempt, Conclusion, Status
from chatbot.config import TrunkConfig, read
from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.settings import Settings
from chatbot.sources import Source
from chatbot.sources.open import open_source
from chatbot.trunk import Outcome
from tests.trunks import START
from tests.trunks import trunk as trunk_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("## Add a source")[2].partition("\n## ")[0]
BLOCKS = dict(re.findall(r"```(\w+)\n(.*?)```", SECTION, re.DOTALL))
MODULES = [
    code for code in re.findall(r"^ *```python\n(.*?)^ *```", TEXT, re.DOTALL | re.MULTILINE) if '"""' in code[:6]
]
CONDITION = TEXT.partition("## Add a condition")[2].partition("\n## ")[0]


class Ours:
    """The service that the example reads."""

    def __init__(self) -> None:
        self.rows = [row("a", "success"), row("b", "failure"), row("c", None)]
        self.url = ""

    async def serve(self) -> AsyncIterator[Ours]:
        app = web.Application()
        app.router.add_get("/trunk.json", self._trunk)
        app.router.add_get("/logs/{name}", self._log)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield self
        await runner.cleanup()

    async def _trunk(self, request: web.Request) -> web.Response:
        etag = f'"{len(self.rows)}"'
        status = 304 if request.headers.get("If-None-Match") == etag else 200
        body = None if status == 304 else self.rows
        return web.json_response(body, status=status, headers={"ETag": etag})

    async def _log(self, request: web.Request) -> web.Response:
        return web.json_response(f"E boom {request.match_info['name']}")


def row(letter: str, conclusion: str | None) -> dict[str, object]:
    job = {"id": ord(letter), "name": "build", "conclusion": conclusion}
    return {"sha": letter * 40, "at": "2026-01-05T09:00:00Z", "title": f"Change {letter}", "jobs": [job]}


@pytest.fixture
async def ours() -> AsyncIterator[Ours]:
    async for served in Ours().serve():
        yield served


@pytest.fixture
def trunk(ours: Ours, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrunkConfig:
    """The example's trunk, its distribution installed as pip would."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "trunkwatch_ours", raising=False)
    (tmp_path / "trunkwatch_ours.py").write_text(BLOCKS["python"], encoding="utf-8")
    project = tomllib.loads(BLOCKS["toml"])["project"]
    information = tmp_path / "trunkwatch_ours-1.0.dist-info"
    information.mkdir()
    told = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (information / "METADATA").write_text(told)
    points = [f"{kind} = {where}" for kind, where in project["entry-points"]["trunkwatch.sources"].items()]
    (information / "entry_points.txt").write_text("\n".join(["[trunkwatch.sources]", *points]))
    importlib.invalidate_caches()
    return read(BLOCKS["yml"].replace("https://ci.example.org", ours.url)).trunks[0]


@pytest.fixture
def source(trunk: TrunkConfig, http: aiohttp.ClientSession) -> Source:
    return open_source(trunk, Settings(), http)


async def test_the_example_is_checked_and_read(ours: Ours, source: Source) -> None:
    assert await source.check() == f"{ours.url}: the newest commit is 'Change c'"
    first = await source.poll(None, window=2)
    assert [commit.title for commit in first.commits] == ["Change b", "Change c"]
    assert [(one.status, one.conclusion) for one in first.attempts] == [
        (Status.COMPLETED, Conclusion.FAILURE),
        (Status.IN_PROGRESS, None),
    ]
    idle = await source.poll(first.cursor, window=2)
    assert (idle.commits, idle.attempts, idle.charged) == ((), (), 0)
    ours.rows.append(row("d", "success"))
    later = await source.poll(idle.cursor, window=2)
    assert [commit.title for commit in later.commits] == ["Change d"]
    ours.rows[2:] = [row("e", "success")] * 3
    assert (await source.poll(later.cursor, window=2)).rewritten
    await source.close()


async def test_the_example_tells_what_is_wrong(ours: Ours, source: Source) -> None:
    ours.rows.clear()
    with pytest.raises(PermanentError, match="Our CI shows no commits: check `url`"):
        await source.poll(None, window=2)
    with pytest.raises(PermanentError, match="does not tell which files"):
        await source.files("a" * 40)
    ours.rows.append({"sha": 1})
    with pytest.raises(TransientError, match="Our CI's answer for trunk cannot be read"):
        await source.poll(None, window=2)


async def test_the_example_reads_logs(source: Source) -> None:
    attempt = Attempt("a" * 40, "ours", "build", 1, 97, conclusion=Conclusion.FAILURE)
    assert [chunk async for chunk in source.log(attempt)] == [b'"E boom 97.json"']


async def test_the_example_wants_its_key(trunk: TrunkConfig, http: aiohttp.ClientSession) -> None:
    without = trunk.model_copy(update={"source": trunk.source.model_copy(update={"url": None})})
    with pytest.raises(ConfigError, match="trunk 'rocket': `url` is missing: write where our CI is"):
        open_source(without, Settings(), http)


def test_the_condition_that_it_shows_says_why_and_what_its_rule_is() -> None:
    _, functions, entry = re.findall(r"```python\n(.*?)```", CONDITION, re.DOTALL)
    space = {**vars(conditions), "Outcome": Outcome}
    exec(functions, space)
    made = eval(f"{{{entry}}}", space)["failures"]
    told = trunk_of("+xx+x.x")
    (job,) = told.jobs
    assert made.met(4, told, job, START) == "failed on 4 commits"
    assert made.met(5, told, job, START) is None
    assert made.rule(4) == "failed on 4 or more commits"
    assert not made.timed


@pytest.mark.parametrize("code", MODULES, ids=[code.splitlines()[0] for code in MODULES])
def test_modules_that_it_shows_are_formatted_and_without_findings(code: str) -> None:
    place = "--stdin-filename={}/shown.py".format("tests" if "def test_" in code else "chatbot")
    for call in (["check", "--ignore=ARG002", place], ["format", "--check", place]):
        ruff = [sys.executable, "-m", "ruff", *call, "-"]
        said = subprocess.run(ruff, input=dedent(code), cwd=ROOT, text=True, capture_output=True, check=False)
        assert said.returncode == 0, said.stdout


def test_files_that_are_named_exist() -> None:
    named = re.findall(r"`((?:chatbot|tests|handlers)/[\w/.]+)`", TEXT)
    invented = {"handlers/blame.py", "tests/e2e/test_blame.py"}
    assert {path for path in named if not (ROOT / path).exists()} <= invented
