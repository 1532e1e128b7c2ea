"""Kinds of sources that an installed distribution brings, and what happens where it is broken."""

from __future__ import annotations

import importlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from chatbot.ci import Attempt, Conclusion
from chatbot.config import Config, InvalidConfigError, OtherSource, read
from chatbot.config.installed import kinds
from chatbot.config.schema import schema_with
from chatbot.config.sources import KINDS
from chatbot.errors import ConfigError, PermanentError, TransientError
from chatbot.settings import Settings
from chatbot.sources import Source
from chatbot.sources.open import open_source, opened

CODE = """
from datetime import UTC, datetime

from chatbot.ci import Commit
from chatbot.errors import ConfigError, TransientError
from chatbot.sources import Poll


class Jenkins:
    def __init__(self, trunk, settings, http):
        self.server = trunk.source.options["server"]
        if "://" not in self.server:
            raise ConfigError("`server` is no address")

    async def poll(self, cursor, *, window):
        if self.server.endswith("down"):
            raise TransientError("is down", retry_after=3)
        if self.server.endswith("odd"):
            return {}
        now = datetime(2026, 1, 5, tzinfo=UTC)
        return Poll((Commit("a" * 40, now, "one"),), (), {}, now)

    async def files(self, sha):
        raise KeyError("files")

    async def log(self, attempt):
        yield b"one"
        raise ZeroDivisionError

    async def check(self):
        return f"Jenkins at {self.server}"

    async def close(self):
        raise ValueError


def half(trunk, settings, http):
    return object()


nothing = None
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a distribution with these entry points, as pip would leave it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "trunkwatch_jenkins.py").write_text(CODE)
    monkeypatch.delitem(sys.modules, "trunkwatch_jenkins", raising=False)

    def write(name: str = "trunkwatch-jenkins", **points: str) -> None:
        information = tmp_path / f"{name.replace('-', '_')}-1.2.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        lines = [f"{kind} = {where}" for kind, where in points.items()]
        (information / "entry_points.txt").write_text("\n".join(["[trunkwatch.sources]", *lines, ""]))
        importlib.invalidate_caches()

    return write


def configured(source: str) -> Config:
    return read(f"version: 1\ntrunks:\n  - source: {source}\n")


@pytest.fixture
async def open_it() -> AsyncIterator[Callable[[str], Source]]:
    async with aiohttp.ClientSession() as http:
        yield lambda source: open_source(configured(source).trunks[0], Settings(), http)


def test_a_kind_that_is_installed_is_let_through_with_its_keys(install: Callable[..., None]) -> None:
    install(jenkins="trunkwatch_jenkins:Jenkins")
    trunk = configured("{kind: jenkins, server: 'https://ci', depth: {most: 3}}").trunks[0]
    assert isinstance(trunk.source, OtherSource)
    assert (trunk.id, trunk.source.options) == ("jenkins", {"server": "https://ci", "depth": {"most": 3}})


def test_a_trunk_of_such_a_kind_is_called_like_its_repository(install: Callable[..., None]) -> None:
    install(jenkins="trunkwatch_jenkins:Jenkins")
    assert configured("{kind: jenkins, repo: acme/rocket}").trunks[0].id == "rocket"


def test_a_kind_that_is_not_installed_is_refused_with_the_known_ones(install: Callable[..., None]) -> None:
    install(jenkins="trunkwatch_jenkins:Jenkins")
    with pytest.raises(InvalidConfigError) as refused:
        configured("{kind: elsewhere, server: x}")
    assert f"is 'elsewhere'; known are {', '.join(sorted([*KINDS, 'jenkins']))}" in str(refused.value)
    with pytest.raises(InvalidConfigError, match="did you mean 'jenkins'"):
        configured("{kind: jenkinz}")


def test_the_kinds_that_come_with_us_cannot_be_replaced(install: Callable[..., None]) -> None:
    install(github="trunkwatch_jenkins:Jenkins")
    with pytest.raises(InvalidConfigError, match="is not a key known here"):
        configured("{kind: github, repo: a/b, server: x}")


def test_the_schema_knows_what_is_installed(install: Callable[..., None]) -> None:
    install(jenkins="trunkwatch_jenkins:Jenkins")
    (last,) = schema_with(kinds())["$defs"]["TrunkConfig"]["properties"]["source"]["oneOf"][-1:]
    assert last["properties"]["kind"]["enum"] == ["jenkins"]
    assert "jenkins" not in str(schema_with([]))


async def test_it_is_opened_and_read(install: Callable[..., None], open_it: Callable[[str], Source]) -> None:
    install(jenkins="trunkwatch_jenkins:Jenkins")
    source = open_it("{kind: jenkins, server: 'https://ci'}")
    assert (await source.poll(None, window=5)).commits[0].title == "one"
    assert await source.check() == "Jenkins at https://ci"


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("trunkwatch_nowhere:Jenkins", "of trunkwatch-jenkins 1.2 cannot be loaded: ModuleNotFoundError"),
        ("trunkwatch_jenkins:Jenkings", "of trunkwatch-jenkins 1.2 cannot be loaded: AttributeError"),
        ("trunkwatch_jenkins:nothing", "cannot be loaded: trunkwatch_jenkins:nothing is not callable"),
        ("trunkwatch_jenkins:half", "cannot be used: what it opens lacks poll, files, log, check, close"),
        ("trunkwatch_jenkins:Jenkins", "cannot be opened: KeyError: 'server'"),
    ],
)
async def test_a_broken_one_is_refused_by_name(
    install: Callable[..., None], open_it: Callable[[str], Source], where: str, says: str
) -> None:
    install(jenkins=where)
    with pytest.raises(ConfigError) as refused:
        open_it("{kind: jenkins}")
    assert str(refused.value).startswith("trunk 'jenkins': kind 'jenkins' ")
    assert says in str(refused.value)


async def test_its_own_words_about_its_configuration_are_kept(
    install: Callable[..., None], open_it: Callable[[str], Source]
) -> None:
    install(jenkins="trunkwatch_jenkins:Jenkins")
    with pytest.raises(ConfigError, match="trunk 'jenkins': `server` is no address"):
        open_it("{kind: jenkins, server: ci}")


async def test_two_that_bring_one_kind_are_refused(
    install: Callable[..., None], open_it: Callable[[str], Source]
) -> None:
    install(jenkins="trunkwatch_jenkins:Jenkins")
    install("other-jenkins", jenkins="trunkwatch_jenkins:half")
    with pytest.raises(ConfigError, match=r"come from .* and .*: uninstall one"):
        open_it("{kind: jenkins, server: 'https://ci'}")


async def test_what_it_raises_becomes_ours(install: Callable[..., None], open_it: Callable[[str], Source]) -> None:
    install(jenkins="trunkwatch_jenkins:Jenkins")
    source = open_it("{kind: jenkins, server: 'https://ci'}")
    with pytest.raises(PermanentError, match="the source of kind 'jenkins' broke: KeyError: 'files'"):
        await source.files("a" * 40)
    attempt = Attempt("a" * 40, "w", "j", 1, 1, conclusion=Conclusion.FAILURE)
    with pytest.raises(PermanentError, match="broke: ZeroDivisionError"):
        assert [chunk async for chunk in source.log(attempt)] == [b"one"]
    with pytest.raises(PermanentError, match="broke: ValueError"):
        await source.close()
    with pytest.raises(TransientError, match="is down"):
        await open_it("{kind: jenkins, server: 'https://down'}").poll(None, window=5)
    with pytest.raises(PermanentError, match="gives dict for a `Poll`"):
        await open_it("{kind: jenkins, server: 'https://odd'}").poll(None, window=5)


async def test_who_follows_it_gets_a_source_that_says_why_it_is_none(install: Callable[..., None]) -> None:
    install(jenkins="trunkwatch_jenkins:nothing")
    async with aiohttp.ClientSession() as http:
        source = opened(configured("{kind: jenkins}").trunks[0], Settings(), http)
    said = r"trunk 'jenkins': kind 'jenkins' .* is not callable"
    attempt = Attempt("a" * 40, "w", "j", 1, 1, conclusion=Conclusion.FAILURE)
    with pytest.raises(ConfigError, match=said):
        await source.poll(None, window=5)
    with pytest.raises(ConfigError, match=said):
        await source.files("a" * 40)
    with pytest.raises(ConfigError, match=said):
        await anext(aiter(source.log(attempt)))
    with pytest.raises(ConfigError, match=said):
        await source.check()
    await source.close()
