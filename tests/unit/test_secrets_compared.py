"""Secrets are compared in constant time, in one place: nowhere does `==` or `in` look at one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from chatbot.webhooks.door import same

ROOT: Final = Path(__file__).resolve().parents[2]
SECRET: Final = re.compile(r"secret|token|signature|hexdigest|hmac|password|authorization", re.IGNORECASE)
HARMLESS: Final = {
    "header.lower() == 'authorization'",  # the name of a header
    "error.code in NO_TOKEN",  # Slack's words for a token that is refused
}


def compared() -> Iterator[str]:
    """Every `==`, `!=`, `in` and `not in` whose text speaks of something secret, but for whether there is one."""
    for folder in ("chatbot", "handlers"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Compare) and "sandbox" not in path.parts:
                    asks = any(isinstance(one, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for one in node.ops)
                    text = ast.unparse(node)
                    if asks and SECRET.search(text):
                        yield text


def test_no_operator_compares_a_secret() -> None:
    assert set(compared()) == HARMLESS


@pytest.mark.parametrize(
    ("given", "good"), [("abc", True), ("abd", False), ("", False), ("abcd", False), ("ä\udc80", False)]
)
def test_same_is_the_same_as_equal(given: str, *, good: bool) -> None:
    assert same(given, "abc") is good
