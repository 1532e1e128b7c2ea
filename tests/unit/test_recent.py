"""What was made a moment ago, and when it has to be made anew."""

from __future__ import annotations

from itertools import count

from chatbot.recent import Recent


def test_the_same_of_the_same_is_made_once() -> None:
    made, numbers, of = Recent[int](), count(), (object(), None)
    assert [made.made("key", of, lambda: next(numbers)) for _ in range(3)] == [0, 0, 0]


def test_of_equal_but_other_things_it_is_made_anew() -> None:
    made, numbers, first, second = Recent[int](), count(), bytearray(b"x"), bytearray(b"x")
    assert made.made("key", (first,), lambda: next(numbers)) == 0
    assert made.made("key", (second,), lambda: next(numbers)) == 1
    assert made.made("key", (second, None), lambda: next(numbers)) == 2
    assert made.made("other", (second, None), lambda: next(numbers)) == 3


def test_only_the_last_few_are_held_on_to() -> None:
    made, numbers = Recent[int](most=2), count()
    for key in ("a", "b", "a", "c"):
        made.made(key, (), lambda: next(numbers))
    assert made.made("c", (), lambda: next(numbers)) == 2
    assert made.made("b", (), lambda: next(numbers)) == 1
    assert made.made("a", (), lambda: next(numbers)) == 3
