"""The documentation says what is so: generated pages are as generated, examples are what the program takes."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from chatbot.__main__ import run, trunkwatch
from chatbot.config import load
from tests.docs.pages import DOCS, PAGES

ROOT = DOCS.parents[1]
WRITTEN = sorted([*DOCS.glob("*.md"), *ROOT.glob("*.md"), ROOT / "deploy" / "runbook.md"])


def blocks(*languages: str) -> list[tuple[str, str]]:
    """Every fenced block in one of *languages*, with the page it is on."""
    fence = re.compile(rf"^ *```(?:{'|'.join(languages)})\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
    return [(page.name, block) for page in WRITTEN for block in fence.findall(page.read_text())]


def whole(block: str) -> str:
    """A part of a configuration with what every one needs around it."""
    begin = "version: 1\ntrunks:\n  - source: {kind: github, repo: pytorch/pytorch}\n"
    return block if "version:" in block else begin + block


def dedented(block: str) -> str:
    lines = block.splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:] for line in lines) + "\n"


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_make_docs_writes(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize(("page", "block"), blocks("yaml"))
def test_every_yaml_is_a_configuration_that_is_accepted(page: str, block: str, tmp_path: Path) -> None:
    file = tmp_path / "trunkwatch.yaml"
    file.write_text(whole(dedented(block)))
    assert load(file).trunks, page


@pytest.mark.parametrize("page", WRITTEN, ids=[page.name for page in WRITTEN])
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:)([^)\s]*)\)", page.read_text())
    for path, _, place in (link.partition("#") for link in links):
        target = (page.parent / path) if path else page
        assert target.exists(), path
        titles = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE) if place else []
        assert place in {"", *(re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles)}, place


FILES = """\
version: 1
trunks:
  - source: {kind: github, repo: pytorch/pytorch}
teams: {inductor: {channel: C0INDUCTOR}}
watches: [{id: inductor, when: {consecutive_commits: 1}}]
"""


def without_figures(value: Any) -> Any:
    """*value* without what a model or a rule says of it: probabilities may become others."""
    if isinstance(value, dict):
        return {key: without_figures(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_figures(inner) for inner in value]
    return 0.0 if isinstance(value, float) else value


def test_what_is_printed_for_the_shown_files_is_what_is_shown(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "files.md").read_text()
    recording, fired, cases, ranked, found = re.findall(r"```jsonl\n(.*?)```", page, re.DOTALL)
    (log,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    for name, text in (("t.yaml", FILES), ("r.jsonl", recording), ("c.jsonl", cases), ("log", log)):
        (tmp_path / name).write_text(text)
    for call, shown in (
        ("backtest --config t.yaml --recording r.jsonl --format json", fired),
        ("suspects --cases c.jsonl --format json", ranked),
        ("classify log --format json", found),
    ):
        assert run(call.split()) == 0
        printed = capsysbinary.readouterr().out
        assert without_figures(json.loads(printed)) == without_figures(json.loads(shown))


def typed() -> list[tuple[str, list[str]]]:
    """Every call of the program in a shell block."""
    lines = [(page, line) for page, block in blocks("console", "shell") for line in dedented(block).splitlines()]
    calls = [(page, line.partition("trunkwatch ")[2]) for page, line in lines if re.match(r"\S*trunkwatch \w", line)]
    return [(page, shlex.split(call, comments=True)) for page, call in calls]


@pytest.mark.parametrize(("page", "words"), typed())
def test_every_command_and_option_exists(page: str, words: list[str]) -> None:
    assert isinstance(trunkwatch, click.Group)
    command = trunkwatch.get_command(click.Context(trunkwatch), words[0])
    assert command is not None, page
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known | {"--help"}
