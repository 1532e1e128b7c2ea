"""What is written agrees with what is there: buttons and handlers, commands and help, README and everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import handlers
from chatbot import presses, slack_manifest
from chatbot.__main__ import COMMANDS, trunkwatch
from chatbot.alert import Alert
from chatbot.config import load
from chatbot.config.fields import COMMAND_WORDS
from chatbot.messages import alert as drawn
from chatbot.messages.budget import message_body
from chatbot.messages.help import help as helped
from chatbot.router import OVERVIEW, SHARE, WATCH
from chatbot.settings import Settings, variable
from chatbot.settle import settle
from chatbot.watch import evaluate
from tests.trunks import START, trunk, watch

README = Path(__file__).resolve().parents[2] / "README.md"
RULE = watch()
LATER = START + timedelta(hours=2)


def alert() -> Alert:
    made = trunk("+xxx", "++xx")
    opened = settle(None, RULE, evaluate(RULE, made, now=LATER), made)
    assert opened is not None
    return opened


def states() -> Iterator[Alert]:
    """An alert in every state that people can bring it to."""
    opened = alert()
    yield opened
    yield presses.assigned(opened, to="U1", by="U2", at=LATER)
    taken = presses.acknowledged(opened, by="U1", at=LATER)
    yield taken
    yield presses.assigned(taken, to="U2", by="U1", at=LATER)
    yield presses.unacknowledged(taken, by="U1", at=LATER)
    yield presses.resolved(taken, by="U1", at=LATER)


def elements(value: Any) -> Iterator[dict[str, Any]]:
    """Every interactive element in blocks."""
    if isinstance(value, list):
        for part in value:
            yield from elements(part)
    elif isinstance(value, dict):
        if "action_id" in value:
            yield value
        for part in value.values():
            yield from elements(part)


def pressed(element: dict[str, Any]) -> Iterator[str]:
    """What the router is asked for when the element is used."""
    options = [option["value"] for option in element.get("options", ())]
    menu = element["action_id"] == drawn.MORE
    yield from (options if menu else [element["action_id"]])


@pytest.mark.parametrize("present", [*states()], ids=lambda a: f"{a.state}-{a.assignee}")
def test_every_button_and_every_option_has_a_handler(present: Alert) -> None:
    known = {*handlers.router.presses, *handlers.router.modals}
    body = message_body(drawn.root(present, drawn.About(RULE.config)))
    shown = [name for element in elements(body["blocks"]) for name in pressed(element)]
    assert set(shown) <= known
    assert bool(shown) is present.open


def test_every_handler_of_a_command_says_what_it_does_in_a_sentence() -> None:
    for word in handlers.router.words.values():
        assert word.does.endswith(".")
        assert len(word.does) < 120


def test_help_lists_every_command_and_every_watch() -> None:
    words = [(f"/trunk {word.usage}".strip(), word.does) for word in handlers.router.words.values()]
    text = str(message_body(helped(words, watches=["inductor", "lint"])))
    for usage, _ in words:
        assert usage in text
    assert "inductor, lint" in text


def test_no_watch_may_be_called_what_a_command_is() -> None:
    typed = set(handlers.router.words) - {OVERVIEW, WATCH}
    assert typed | {SHARE} == COMMAND_WORDS


def test_the_manifest_has_the_command_and_an_address_only_over_http() -> None:
    for mode in ("socket", "http"):
        made = slack_manifest.manifest(mode=mode, address="https://bot.example.org", command="/ci")
        (command,) = made["features"]["slash_commands"]
        assert command["command"] == "/ci"
        assert ("url" in command) is (mode == "http")


def test_every_command_of_the_command_line_explains_itself() -> None:
    context = click.Context(trunkwatch)
    for name in COMMANDS:
        command = trunkwatch.get_command(context, name)
        assert command is not None
        assert command.help


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=30, deadline=None)
@given(st.text(max_size=500))
def test_any_title_makes_a_message_that_pings_nobody(title: str) -> None:
    rule = watch(title=title.replace("\x00", "") or "-")
    body = str(message_body(drawn.root(alert(), drawn.About(rule.config))))
    assert "<!channel" not in body
    assert "<@" not in body
    assert "<!subteam" not in body


# ---- README


@pytest.fixture(scope="module")
def readme() -> str:
    text = README.read_text(encoding="utf-8")
    return text or pytest.skip("README.md is empty")


def test_the_readme_names_every_command_of_the_command_line(readme: str) -> None:
    assert [name for name in COMMANDS if not re.search(rf"(trunkwatch|make) {name}\b", readme)] == []


def test_the_readme_names_every_setting(readme: str) -> None:
    assert [name for name in map(variable, Settings.model_fields) if name not in readme] == []


def test_the_readme_names_every_command_of_slack(readme: str) -> None:
    first_words = {word.usage.split()[0] for word in handlers.router.words.values() if word.usage}
    assert [word for word in sorted(first_words) if f"/trunk {word}" not in readme] == []


def test_the_readme_s_samples_are_valid_configurations(readme: str, tmp_path: Path) -> None:
    samples = [text for text in re.findall(r"```ya?ml\n(.*?)```", readme, re.DOTALL) if "version: 1" in text]
    assert samples
    for number, sample in enumerate(samples):
        file = tmp_path / f"{number}.yaml"
        file.write_text(sample, encoding="utf-8")
        assert load(file).watches


def test_what_the_readme_links_in_the_repository_is_there(readme: str) -> None:
    linked = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", readme) + re.findall(
        r'(?:src|href)="(?!http|#)([^"]+)"', readme
    )
    assert [path for path in linked if not (README.parent / path).exists()] == []
