"""The command that `CONTRIBUTING.md` shows, tried by the test that it shows."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

import handlers
from tests.e2e.scene import Scene

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("## Add a command")[2].partition("\n## ")[0]


def module(name: str, code: str) -> ModuleType:
    made = ModuleType(name)
    exec(dedent(code), vars(made))
    return made


async def test_the_command_passes_its_test(world: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    command, test = re.findall(r"^ *```python\n(.*?)^ *```", SECTION, re.DOTALL | re.MULTILINE)
    (word,) = module("handlers.blame", command).router.words.values()
    monkeypatch.setitem(handlers.router.words, word.name, word)
    await module("test_blame", test).test_blame_names_the_likeliest_suspect(world)
