"""Writes the pages of deploy/docs that are generated: the configuration from its schema, commands from the handlers.

usage: python -m tests.docs.pages
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import handlers
from chatbot.alert import State
from chatbot.config.schema import schema
from chatbot.messages.alert import buttons
from chatbot.slack_manifest import EVENTS, SCOPES
from chatbot.snooze import Snooze
from chatbot.wishes import Until
from tests.alerts import alert, group, hours

DOCS: Final = Path(__file__).parents[2] / "deploy" / "docs"
MADE: Final = "<!-- Written by `make docs`; change what it is made of instead. -->"
FILE: Final = """\
`trunkwatch.yaml`, read at start and on SIGHUP. `trunkwatch check --offline --config trunkwatch.yaml` says what is
wrong with it, with the line; unknown keys are errors. Durations are `500ms`, `90s`, `5m`, `6h`, `2d`. Globs are
case-insensitive; `re:` in front makes a pattern an RE2 regular expression. `trunkwatch schema` prints all this as a
JSON Schema for editors.
"""
ANSWERS: Final = """\
Answers are for your eyes only; a last word `share` posts them to the channel. WATCH may be a prefix or have a typo;
where nothing is meant for certain, the nearest names are told.
"""
_TYPES: Final = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}

Node = Mapping[str, Any]


def configuration() -> str:
    """Every key of trunkwatch.yaml."""
    whole = json.loads(json.dumps(schema()))
    parts = [
        "# The configuration file\n",
        MADE + "\n",
        FILE,
        "## The whole file\n",
        *_table(whole),
    ]
    for name, node in sorted(_named(whole).items()):
        parts += [f"\n## {name}\n", *_about(node), *_table(node)]
    return "\n".join(parts) + "\n"


def _named(whole: Node) -> dict[str, Node]:
    return {name: node for name, node in whole["$defs"].items() if "properties" in node}


def _about(node: Node) -> Iterator[str]:
    if node.get("description"):
        yield node["description"].strip() + "\n"


def _table(node: Node) -> Iterator[str]:
    yield "| key | what it takes | by default | meaning |"
    yield "| --- | --- | --- | --- |"
    needed = node.get("required", [])
    for name, one in node["properties"].items():
        default = "needed" if name in needed else _default(one)
        meaning = " ".join(str(one.get("description", "")).split())
        yield f"| `{name}` | {_kind(one)} | {default} | {_cell(meaning)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _kind(one: Node) -> str:
    """What can stand there, in a few words."""
    parts = one.get("anyOf") or one.get("oneOf")
    if parts:
        return " or ".join(dict.fromkeys(_kind(part) for part in parts if part.get("type") != "null"))
    if "$ref" in one:
        name = one["$ref"].rpartition("/")[2]
        return "`P0` to `P3`" if name == "Priority" else f"[{name}](#{name.lower()})"
    values = [one["const"]] if "const" in one else one.get("enum")
    return ", ".join(f"`{value}`" for value in values) if values else _plain(one)


def _plain(one: Node) -> str:
    if one.get("type") == "array":
        return f"list of {_kind(one.get('items', {}))}"
    if one.get("type") == "object":
        patterns: Mapping[str, Node] = one.get("patternProperties", {})
        return f"name to {_kind(one.get('additionalProperties') or next(iter(patterns.values()), {}))}"
    return "duration" if "ms|s|m|h" in one.get("pattern", "") else _TYPES.get(one.get("type", ""), "text")


def _default(one: Node) -> str:
    if "default" not in one or one["default"] is None:
        return ""
    span = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", str(one["default"]))
    if span:
        return "`" + "".join(f"{n}{unit}" for n, unit in zip(span.groups(), "dhms", strict=True) if n) + "`"
    if isinstance(one["default"], dict):
        return "as below" if one["default"] else "none"
    return f"`{json.dumps(one['default'])}`" if one["default"] != [] else "none"


def commands() -> str:
    """Everything that can be typed and pressed."""
    router = handlers.router
    parts = [
        "# Commands and buttons\n",
        MADE + "\n",
        ANSWERS,
        "## Commands\n",
        "| typed after `/trunk` | what it does |",
        "| --- | --- |",
        *(f"| {_typed(word.usage)} | {_cell(word.does)} |" for word in router.words.values()),
        "\n## On an alert\n",
        "What is shown depends on the alert's state.\n",
        "| button or entry of *More* | what it does |",
        "| --- | --- |",
        *(f"| {label} | {_does(action)} |" for label, action in _labels().items()),
        "\n## What the Slack app may do\n",
        "| scope | what for |",
        "| --- | --- |",
        *(f"| `{scope}` | {_cell(why)} |" for scope, why in SCOPES.items()),
        "\n| event | what for |",
        "| --- | --- |",
        *(f"| `{event}` | {_cell(why)} |" for event, why in EVENTS.items()),
    ]
    return "\n".join(parts) + "\n"


def _typed(usage: str) -> str:
    return f"`{_cell(usage)}`" if usage else "nothing"


def _labels() -> dict[str, str]:
    """Every label of an alert's row in any of its states, and its action."""
    snooze = Snooze(Until.TIME, "U01ALICE", hours(0), hours(2))
    states = (
        alert(groups=(group(),)),
        alert(groups=(group(),), state=State.ACKNOWLEDGED, acknowledged_by="U01ALICE"),
        alert(groups=(group(),), snooze=snooze),
    )
    found: dict[str, str] = {}
    for one in states:
        for element in buttons(one).body["elements"]:
            label = element.get("text", element.get("placeholder"))["text"]
            for option in element.get("options", []):
                found[option["text"]["text"]] = option["value"]
            if "options" not in element:
                found[label] = element["action_id"]
    return found


def _does(action: str) -> str:
    router = handlers.router
    handler = router.modals[action].fill if action in router.modals else router.presses[action]
    return (handler.__doc__ or "").strip().partition("\n")[0]


PAGES: Final = {"configuration.md": configuration, "commands.md": commands}


def main() -> None:
    for name, made in PAGES.items():
        (DOCS / name).write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main()
