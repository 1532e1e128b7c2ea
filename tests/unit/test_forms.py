"""The best form that Slack takes: native, picture, words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from chatbot.errors import AmbiguousError, PermanentError, TransientError
from chatbot.forms import Form, first_taken, words
from chatbot.messages.blocks import Payload
from chatbot.messages.escape import Text

NO_BLOCKS = PermanentError("refused", code="invalid_blocks")


class Wire:
    """Takes payloads, after the refusals it was told of."""

    def __init__(self, *refusals: Exception) -> None:
        self.refusals = list(refusals)
        self.asked: list[str] = []
        self.slept: list[float] = []

    async def send(self, payload: Payload) -> str:
        self.asked.append(payload.text)
        for refusal in self.refusals[:1]:
            del self.refusals[0]
            raise refusal
        return payload.text

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def said(text: str) -> Form:
    return words(Payload(text=Text(text)))


def failing(error: Exception) -> Callable[[], Awaitable[Payload]]:
    async def make() -> Payload:
        raise error

    return make


async def test_the_first_form_that_is_taken_is_the_only_one_sent() -> None:
    wire = Wire()
    assert await first_taken([said("chart"), said("words")], wire.send) == "chart"
    assert wire.asked == ["chart"]


@pytest.mark.parametrize("code", ["invalid_blocks", "invalid_arguments", "msg_blocks_too_long", "http_400"])
async def test_a_form_that_is_not_taken_is_followed_by_the_next(code: str) -> None:
    wire = Wire(PermanentError("refused", code=code))
    assert await first_taken([said("chart"), said("words")], wire.send) == "words"


async def test_a_form_may_be_tried_again_after_a_moment() -> None:
    wire = Wire(NO_BLOCKS)
    twice = Form(said("picture").make, tries=2)
    assert await first_taken([twice, said("words")], wire.send, sleep=wire.sleep) == "picture"
    assert wire.slept == [2.0]


@pytest.mark.parametrize("error", [TransientError("no upload"), PermanentError("missing_scope", code="missing_scope")])
async def test_a_form_that_cannot_be_made_is_followed_by_the_next(error: Exception) -> None:
    wire = Wire()
    assert await first_taken([Form(failing(error)), said("words")], wire.send) == "words"


@pytest.mark.parametrize(
    "error",
    [
        AmbiguousError("perhaps"),
        TransientError("later"),
        PermanentError("archived", code="is_archived"),
        PermanentError("used", code="used_url"),
    ],
)
async def test_what_is_not_about_the_form_is_not_answered_with_another(error: Exception) -> None:
    wire = Wire(error)
    with pytest.raises(type(error)):
        await first_taken([said("chart"), said("words")], wire.send)
    assert wire.asked == ["chart"]


async def test_where_not_even_words_are_taken_the_refusal_is_told() -> None:
    wire = Wire(NO_BLOCKS, NO_BLOCKS)
    with pytest.raises(PermanentError):
        await first_taken([said("chart"), said("words")], wire.send)
