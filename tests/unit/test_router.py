"""What is understood of a line of text."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import handlers
from chatbot.errors import UserError
from chatbot.router import OVERVIEW, WATCH, Router, understood

WATCHES = ("inductor", "linux-cpu", "help-desk", "alerts")


@pytest.mark.parametrize(
    ("text", "name", "words", "share"),
    [
        ("", OVERVIEW, (), False),
        ("   ", OVERVIEW, (), False),
        ("share", OVERVIEW, (), True),
        ("inductor", WATCH, ("inductor",), False),
        ("inductor SHARE", WATCH, ("inductor",), True),
        ("Commit abc123", "commit", ("abc123",), False),
        ("explain inductor share", "explain", ("inductor",), True),
        ("resolve inductor we share the blame", "resolve", ("inductor", "we", "share", "the", "blame"), False),
        ("hepl", "help", (), False),
        ("alerts", "alerts", (), False),  # a command goes before a watch of the same name
        ("help-desk", WATCH, ("help-desk",), False),
        ("linux", WATCH, ("linux",), False),
    ],
)
def test_a_line_is_understood(text: str, name: str, words: tuple[str, ...], share: bool) -> None:
    assert understood(handlers.router, text, WATCHES) == (name, words, share)


def test_what_is_not_understood_names_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean inductor"):
        understood(handlers.router, "indoctrinate", WATCHES)


@given(st.text(max_size=300))
def test_any_text_is_understood_or_told_what_to_do(text: str) -> None:
    with contextlib.suppress(UserError):
        name, words, _ = understood(handlers.router, text, WATCHES)
        assert name in handlers.router.words
        assert len(words) <= len(text.split())


def test_routers_are_put_together() -> None:
    one, other = Router(), Router()

    @one.command("one", usage="one")
    async def _one(*_: object) -> None:
        """Does one thing."""

    @other.press("other")
    async def _other(*_: object) -> None:
        """Does another."""

    both = Router(one, other)
    assert both.words["one"].does == "Does one thing."
    assert "other" in both.presses
